/* annotation.c -- see annotation.h: the grammar.
 *
 * An annotation is words between blanks.  The first is the policy, a row of policies[]; one with a '='
 * is a key, a row of keys[], which says for which policies it is; any other is an argument, which the
 * policy's row reads.  Every word is looked at, so that all faults of a line are found; what words owe
 * each other is asked at the end.
 */
#include "zone/annotation.h"

#include <assert.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "base/str.h"
#include "zone/annotation_reader.h"
#include "zone/lexer.h"

#define WORD_MAX      1100U /* bytes: a name with every byte escaped, and its key */
#define WORD_TEXT_MAX 32U   /* bytes of a policy or key with its sign */
#define LIST_MAX      256U  /* bytes of the words that would have been right */

struct word {
    struct diag_place place;
    size_t length; /* as written, even above WORD_MAX */
    char text[WORD_MAX + 1];
};

struct annotation_policy {
    annotation_value_reader *read_argument; /* NULL: takes none */
    bool needs_argument;
    annotation_whole_checker *check_whole; /* NULL: nothing of its own */
};

static annotation_whole_checker check_simple, check_multivalue;

static const struct annotation_policy policies[ROUTE_POLICIES] = {
        [ROUTE_SIMPLE] = {NULL,                     false, check_simple             },
        [ROUTE_FAILOVER] = {annotation_read_rank,     true,  NULL                     },
        [ROUTE_WEIGHTED] = {annotation_read_weight,   true,  NULL                     },
        [ROUTE_MULTIVALUE] = {NULL,                     false, check_multivalue         },
        [ROUTE_LATENCY] = {annotation_read_region,   true,  NULL                     },
        [ROUTE_GEO] = {annotation_read_default,  false, annotation_check_location},
        [ROUTE_GEOPROXIMITY] = {annotation_read_no_point, false, annotation_check_point   },
        [ROUTE_CIDR] = {annotation_read_network,  true,  NULL                     },
};

/* What the argument of a policy is, for people. */
static const char *const arguments[ROUTE_POLICIES] = {
        [ROUTE_FAILOVER] = "primary, secondary or a rank from 3 to 255",
        [ROUTE_WEIGHTED] = "a weight from 0 to 255",
        [ROUTE_LATENCY] = "a region",
        [ROUTE_GEO] = "default",
        [ROUTE_CIDR] = "COLLECTION/LOCATION, or COLLECTION/* for its default",
};

#define ONLY(policy) (1U << (policy))
#define EVERY        (ONLY(ROUTE_POLICIES) - 1)
#define DRAWN        (ONLY(ROUTE_WEIGHTED) | ONLY(ROUTE_MULTIVALUE))
#define GEO          ONLY(ROUTE_GEO)
#define PROXIMITY    ONLY(ROUTE_GEOPROXIMITY)

static const struct {
    const char *word;
    const char *value; /* what it is, for people */
    uint32_t policies; /* ONLY() of each it belongs to */
    annotation_value_reader *read_value;
} keys[KEYS] = {
        [KEY_CHECK] = {"check",       "the id of a health check", EVERY,     annotation_read_check    },
        [KEY_SET] = {"set",         "a set identifier",         EVERY,     annotation_read_set      },
        [KEY_ALIAS] = {"alias",       "a name of this zone",      EVERY,     annotation_read_alias    },
        [KEY_EVALUATE] = {"evaluate",    "yes or no",                EVERY,     annotation_read_evaluate },
        [KEY_COUPLE] = {"couple",      "a couple's name",          EVERY,     annotation_read_couple   },
        [KEY_STICKY] = {"sticky",      "a prefix length",          DRAWN,     annotation_read_sticky   },
        [KEY_CONTINENT] = {"continent",   "a continent's code",       GEO,       annotation_read_continent},
        [KEY_COUNTRY] = {"country",     "a country's code",         GEO,       annotation_read_country  },
        [KEY_SUBDIVISION] = {"subdivision", "a US state's code",        GEO,       annotation_read_state    },
        [KEY_AT] = {"at",          "LATITUDE,LONGITUDE",       PROXIMITY, annotation_read_at       },
        [KEY_REGION] = {"region",      "a region",                 PROXIMITY, annotation_read_at_region},
        [KEY_BIAS] = {"bias",        "a number from -99 to 99",  PROXIMITY, annotation_read_bias     },
};

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

const char *annotation_find(const char *comment)
{
    while (is_blank(*comment))
        comment++;
    return comment[0] == '@' && (unsigned char)comment[1] > ' ' ? comment : NULL;
}

/* Takes the next word; false at the end. */
static bool next_word(struct annotation_reader *reader, struct word *ret)
{
    size_t blanks = strspn(reader->at, " \t");
    reader->at += blanks;
    reader->place.column += (uint32_t)blanks;
    if (*reader->at == '\0')
        return false;

    ret->length = strcspn(reader->at, " \t");
    ret->place = reader->place;
    size_t kept = ret->length < WORD_MAX ? ret->length : WORD_MAX;
    memcpy(ret->text, reader->at, kept);
    ret->text[kept] = '\0';
    reader->at += ret->length;
    reader->place.column += (uint32_t)ret->length;
    return true;
}

/* Whether a word can be looked at at all. */
static bool check_word(struct annotation_reader *reader, const struct word *word)
{
    struct diag_place place = word->place;

    if (word->length > WORD_MAX) {
        diag_error(reader->diag, place, "a word of %zu bytes in an annotation; at most %u are read",
                word->length, WORD_MAX);
        return false;
    }
    for (const char *at = word->text; *at != '\0'; at++) {
        if ((unsigned char)*at < ' ' || *at == 0x7f) {
            place.column += (uint32_t)(at - word->text);
            diag_error(reader->diag, place, "control byte 0x%02x in an annotation",
                    (unsigned char)*at);
            return false;
        }
    }
    return true;
}

/* ------------------------------------------------------------------ lists of words */

/* Appends "a, b and c" word by word; `i` counts from 0 to `count`. */
static void add_to_list(struct buf *list, size_t i, size_t count, const char *word)
{
    if (i > 0)
        buf_add_string(list, i + 1 == count ? " and " : ", ");
    buf_add_string(list, word);
}

/* The policies of a set of them: "@weighted and @multivalue". */
static void list_policies(uint32_t set, struct buf *ret)
{
    size_t count = (size_t)__builtin_popcount(set);
    size_t i = 0;

    for (enum route_policy policy = 0; policy < ROUTE_POLICIES; policy++) {
        char word[WORD_TEXT_MAX];
        if ((set & ONLY(policy)) == 0)
            continue;
        snprintf(word, sizeof(word), "@%s", route_policy_name(policy));
        add_to_list(ret, i++, count, word);
    }
}

static bool is_key_of(const struct annotation_reader *reader, size_t key)
{
    return (keys[key].policies & ONLY(reader->result.policy)) != 0;
}

/* The keys of the policy: "check=, set= and alias=". */
static void list_keys(const struct annotation_reader *reader, struct buf *ret)
{
    size_t count = 0;
    size_t i = 0;

    for (size_t key = 0; key < KEYS; key++)
        count += is_key_of(reader, key);
    for (size_t key = 0; key < KEYS; key++) {
        char word[WORD_TEXT_MAX];
        if (!is_key_of(reader, key))
            continue;
        snprintf(word, sizeof(word), "%s=", keys[key].word);
        add_to_list(ret, i++, count, word);
    }
}

/* ------------------------------------------------------------------ keys and arguments */

/* The number of a key, or KEYS. */
static size_t find_key(const char *word)
{
    size_t key = 0;
    while (key < KEYS && !str_equal_fold(word, keys[key].word))
        key++;
    return key;
}

/* Says that a word is no key of this policy. */
static void tell_no_key(struct annotation_reader *reader, const struct word *word, size_t key)
{
    struct str_nearest nearest = {.word = word->text};
    struct buf list;

    for (size_t i = 0; i < KEYS; i++)
        if (is_key_of(reader, i))
            str_nearest_offer(&nearest, keys[i].word);
    buf_init(&list, LIST_MAX);
    if (key < KEYS) {
        list_policies(keys[key].policies, &list);
        diag_error(
                reader->diag, word->place, "%s= belongs to %s", keys[key].word, buf_string(&list));
    } else if (nearest.best != NULL) {
        diag_error(reader->diag, word->place, "\"%.64s\" is no key; did you mean %s=?", word->text,
                nearest.best);
    } else {
        list_keys(reader, &list);
        diag_error(reader->diag, word->place, "\"%.64s\" is no key; %s are", word->text,
                buf_string(&list));
    }
    buf_done(&list);
}

/* Reads key=value; `equals` is where the '=' stands in the word. */
static void read_key(struct annotation_reader *reader, struct word *word, char *equals)
{
    struct diag_place place = word->place;
    const char *value = equals + 1;
    *equals = '\0';
    size_t key = find_key(word->text);

    place.column += (uint32_t)(value - word->text);
    if (word->text[0] == '\0')
        diag_error(
                reader->diag, word->place, "no key before \"=\"; write key=value without blanks");
    else if (key == KEYS || !is_key_of(reader, key))
        tell_no_key(reader, word, key);
    else if (reader->seen[key])
        diag_error(reader->diag, word->place, "a second %s= in one annotation", keys[key].word);
    else if (*value == '\0')
        diag_error(reader->diag, word->place, "%s= wants %s behind it", keys[key].word,
                keys[key].value);
    else if (*value == '"')
        diag_error(reader->diag, place, "values are written without quotes");
    else
        keys[key].read_value(reader, value, place);
    if (key < KEYS && !reader->seen[key]) {
        reader->seen[key] = true;
        reader->key_place[key] = word->place;
    }
}

static void read_argument(struct annotation_reader *reader, const struct word *word)
{
    enum route_policy policy = reader->result.policy;
    const char *name = route_policy_name(policy);
    size_t key = find_key(word->text);

    if (key < KEYS && is_key_of(reader, key)) {
        diag_error(reader->diag, word->place, "%s wants its value right behind it: %s=...",
                keys[key].word, keys[key].word);
    } else if (policies[policy].read_argument == NULL) {
        diag_error(reader->diag, word->place, "\"%.64s\" is too much: @%s has no argument",
                word->text, name);
    } else if (reader->has_argument && arguments[policy] != NULL) {
        diag_error(reader->diag, word->place, "\"%.64s\" is too much: @%s has one argument (%s)",
                word->text, name, arguments[policy]);
    } else {
        policies[policy].read_argument(reader, word->text, word->place);
        reader->has_argument = true;
    }
}

/* Reads the word behind '@'.  Returns false if the rest cannot be understood. */
static bool read_policy(struct annotation_reader *reader, const struct word *word)
{
    const char *text = word->text + 1;
    struct str_nearest nearest = {.word = text};
    struct buf list;

    for (enum route_policy policy = 0; policy < ROUTE_POLICIES; policy++) {
        reader->result.policy = policy;
        if (str_equal_fold(text, route_policy_name(policy)))
            return true;
        str_nearest_offer(&nearest, route_policy_name(policy));
    }
    if (nearest.best != NULL) {
        diag_error(reader->diag, word->place, "\"@%.64s\" is no policy; did you mean @%s?", text,
                nearest.best);
        return false;
    }
    buf_init(&list, LIST_MAX);
    list_policies(EVERY, &list);
    diag_error(
            reader->diag, word->place, "\"@%.64s\" is no policy; %s are", text, buf_string(&list));
    buf_done(&list);
    return false;
}

/* ------------------------------------------------------------------ the whole */

static void check_simple(struct annotation_reader *reader)
{
    const bool *seen = reader->seen;

    if (!seen[KEY_ALIAS] && !seen[KEY_CHECK] && !seen[KEY_COUPLE])
        diag_error(reader->diag, reader->result.place,
                "@simple says nothing without alias=, check= or couple=; a plain line needs no "
                "annotation");
}

/* route53.md 1.1: a multivalue answer is made of records, each its own. */
static void check_multivalue(struct annotation_reader *reader)
{
    if (reader->seen[KEY_ALIAS])
        diag_error(reader->diag, reader->key_place[KEY_ALIAS], "@multivalue cannot have alias=");
}

/* What words of one annotation owe each other. */
static void check_whole(struct annotation_reader *reader)
{
    const struct annotation_policy *policy = &policies[reader->result.policy];

    if (policy->needs_argument && !reader->has_argument)
        diag_error(reader->diag, reader->result.place, "@%s wants %s",
                route_policy_name(reader->result.policy), arguments[reader->result.policy]);
    if (policy->check_whole != NULL)
        policy->check_whole(reader);
}

int annotation_parse(const struct annotation_source *source, struct arena *arena,
        struct annotation *ret, struct diag *diag)
{
    uint32_t errors = diag_errors(diag);
    struct annotation_reader reader = {
            .at = source->text,
            .place = source->place,
            .source = source,
            .arena = arena,
            .diag = diag,
            .result = {.check = "",
                       .set = "",
                       .couple = "",
                       .evaluate = true,
                       .place = source->place},
    };
    struct word word;

    assert(*source->text == '@');
    assert(strlen(source->text) <= LEXER_ANNOTATION_MAX);
    if (!next_word(&reader, &word) || !check_word(&reader, &word) || !read_policy(&reader, &word))
        return ERR_FAULTY;
    while (next_word(&reader, &word)) {
        char *equals = strchr(word.text, '=');
        if (!check_word(&reader, &word))
            continue;
        if (equals != NULL)
            read_key(&reader, &word, equals);
        else
            read_argument(&reader, &word);
    }
    check_whole(&reader);
    if (diag_errors(diag) > errors)
        return ERR_FAULTY;
    *ret = reader.result;
    return 0;
}

static_assert(LEXER_ANNOTATION_MAX <= UINT16_MAX, "an offset in an annotation must fit");

void annotation_note_place(
        struct annotation_reader *reader, enum annotation_word word, struct diag_place place)
{
    assert(word < ANNOTATION_WORDS);
    reader->result.offset[word] = (uint16_t)(place.column - reader->source->place.column);
}

struct diag_place annotation_word_place(
        const struct annotation *annotation, enum annotation_word word)
{
    struct diag_place place = annotation->place;

    assert(word < ANNOTATION_WORDS);
    place.column += annotation->offset[word];
    return place;
}
