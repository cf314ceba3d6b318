/* annotation.c -- see annotation.h.
 *
 * An annotation is words between blanks.  The first is the policy, a row of policies[]; one with a '='
 * is a key, a row of keys[]; any other is an argument, which the policy's row reads.  Every word is
 * looked at, so that all faults of a line are found; what words owe each other is asked at the end.
 */
#include "zone/annotation.h"

#include <assert.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "base/str.h"

#define WORD_MAX 1100U /* bytes: a name with every byte escaped, and its key */

struct word {
    struct diag_place place;
    size_t length; /* as written, even above WORD_MAX */
    char text[WORD_MAX + 1];
};

enum key_number {
    KEY_CHECK,
    KEY_SET,
    KEY_ALIAS,
    KEY_EVALUATE,
    KEYS,
};

struct policy;

/* One annotation while it is read. */
struct parser {
    const char *at;
    struct diag_place place; /* of `at` */
    const uint8_t *origin;
    struct diag *diag;
    const struct policy *policy;
    bool seen[KEYS];
    struct diag_place key_place[KEYS]; /* of the keys seen */
    bool has_argument;
    struct annotation result;
};

/* Reads a policy's argument into parser->result, or adds a fault. */
typedef void argument_reader(struct parser *parser, const struct word *word);

struct policy {
    const char *word;
    bool supported;
    enum route_policy policy;
    argument_reader *read_argument; /* NULL: takes none */
    const char *argument;           /* what it is, for people */
};

static argument_reader read_rank, read_weight;

static const struct policy policies[] = {
        {"simple",       true,  ROUTE_SIMPLE,       NULL,        NULL                                        },
        {"failover",     true,  ROUTE_FAILOVER,     read_rank,   "primary, secondary or a rank from 3 to 255"},
        {"weighted",     true,  ROUTE_WEIGHTED,     read_weight, "a weight from 0 to 255"                    },
        {"multivalue",   true,  ROUTE_MULTIVALUE,   NULL,        NULL                                        },
        {"latency",      false, ROUTE_LATENCY,      NULL,        NULL                                        },
        {"geo",          false, ROUTE_GEO,          NULL,        NULL                                        },
        {"geoproximity", false, ROUTE_GEOPROXIMITY, NULL,        NULL                                        },
        {"cidr",         false, ROUTE_CIDR,         NULL,        NULL                                        },
};

/* Reads a key's value, which is not empty, into parser->result, or adds a fault at `place`. */
typedef void value_reader(struct parser *parser, const char *value, struct diag_place place);

static value_reader read_check, read_set, read_alias, read_evaluate;

static const struct {
    const char *word;
    value_reader *read_value;
    const char *value; /* what it is, for people */
} keys[KEYS] = {
        [KEY_CHECK] = {"check",    read_check,    "the id of a health check"},
        [KEY_SET] = {"set",      read_set,      "a set identifier"        },
        [KEY_ALIAS] = {"alias",    read_alias,    "a name of this zone"     },
        [KEY_EVALUATE] = {"evaluate", read_evaluate, "yes or no"               },
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
static bool next_word(struct parser *parser, struct word *ret)
{
    size_t blanks = strspn(parser->at, " \t");
    parser->at += blanks;
    parser->place.column += (uint32_t)blanks;
    if (*parser->at == '\0')
        return false;

    ret->length = strcspn(parser->at, " \t");
    ret->place = parser->place;
    size_t kept = ret->length < WORD_MAX ? ret->length : WORD_MAX;
    memcpy(ret->text, parser->at, kept);
    ret->text[kept] = '\0';
    parser->at += ret->length;
    parser->place.column += (uint32_t)ret->length;
    return true;
}

/* Whether a word can be looked at at all. */
static bool check_word(struct parser *parser, const struct word *word)
{
    struct diag_place place = word->place;

    if (word->length > WORD_MAX) {
        diag_error(parser->diag, place, "a word of %zu bytes in an annotation; at most %u are read",
                word->length, WORD_MAX);
        return false;
    }
    for (const char *at = word->text; *at != '\0'; at++) {
        if ((unsigned char)*at < ' ' || *at == 0x7f) {
            place.column += (uint32_t)(at - word->text);
            diag_error(parser->diag, place, "control byte 0x%02x in an annotation",
                    (unsigned char)*at);
            return false;
        }
    }
    return true;
}

static void read_rank(struct parser *parser, const struct word *word)
{
    struct str_nearest nearest = {.word = word->text};
    uint64_t rank;
    int err = str_parse_number(word->text, ROUTE_RANK_MAX, &rank);

    if (str_equal_fold(word->text, "primary"))
        parser->result.rank = ROUTE_RANK_PRIMARY;
    else if (str_equal_fold(word->text, "secondary"))
        parser->result.rank = ROUTE_RANK_SECONDARY;
    else if (err == 0 && rank > ROUTE_RANK_SECONDARY)
        parser->result.rank = (uint16_t)rank;
    else if (err == 0 && rank > 0)
        diag_error(parser->diag, word->place, "rank %s is written as %s", word->text,
                rank == ROUTE_RANK_PRIMARY ? "primary" : "secondary");
    else {
        str_nearest_offer(&nearest, "primary");
        str_nearest_offer(&nearest, "secondary");
        if (nearest.best != NULL)
            diag_error(parser->diag, word->place, "\"%.64s\" is no rank; did you mean %s?",
                    word->text, nearest.best);
        else
            diag_error(parser->diag, word->place,
                    "\"%.64s\" is no rank: write primary, secondary or a number from 3 to %u",
                    word->text, ROUTE_RANK_MAX);
    }
}

static void read_weight(struct parser *parser, const struct word *word)
{
    uint64_t weight;
    if (str_parse_number(word->text, ROUTE_WEIGHT_MAX, &weight) < 0)
        diag_error(parser->diag, word->place, "\"%.64s\" is no weight: write a number from 0 to %u",
                word->text, ROUTE_WEIGHT_MAX);
    else
        parser->result.weight = (uint16_t)weight;
}

static void read_check(struct parser *parser, const char *value, struct diag_place place)
{
    if (strlen(value) > HEALTH_ID_MAX)
        diag_error(parser->diag, place, "a check id of %zu bytes; it may have %u", strlen(value),
                HEALTH_ID_MAX);
    else
        snprintf(parser->result.check, sizeof(parser->result.check), "%s", value);
    parser->result.check_place = place;
}

static void read_set(struct parser *parser, const char *value, struct diag_place place)
{
    if (strlen(value) > ANNOTATION_SET_MAX)
        diag_error(parser->diag, place, "a set identifier of %zu bytes; it may have %u",
                strlen(value), ANNOTATION_SET_MAX);
    else
        snprintf(parser->result.set, sizeof(parser->result.set), "%s", value);
    parser->result.set_place = place;
}

static void read_alias(struct parser *parser, const char *value, struct diag_place place)
{
    if (name_from_text(value, parser->origin, &parser->result.alias) < 0)
        diag_error(parser->diag, place, "\"%.64s\" is no name", value);
    else
        parser->result.has_alias = true;
    parser->result.alias_place = place;
}

static void read_evaluate(struct parser *parser, const char *value, struct diag_place place)
{
    static const char *const words[] = {"no", "yes"};
    struct str_nearest nearest = {.word = value};

    for (size_t i = 0; i < COUNT(words); i++) {
        if (str_equal_fold(value, words[i])) {
            parser->result.evaluate = i == 1;
            parser->result.has_evaluate = true;
            return;
        }
        str_nearest_offer(&nearest, words[i]);
    }
    if (nearest.best != NULL)
        diag_error(parser->diag, place, "\"%.64s\" is neither yes nor no; did you mean %s?", value,
                nearest.best);
    else
        diag_error(parser->diag, place, "\"%.64s\" is neither yes nor no", value);
}

/* The number of a key, or KEYS with the nearest one in *nearest. */
static size_t find_key(const char *word, struct str_nearest *nearest)
{
    *nearest = (struct str_nearest){.word = word};
    for (size_t i = 0; i < KEYS; i++) {
        if (str_equal_fold(word, keys[i].word))
            return i;
        str_nearest_offer(nearest, keys[i].word);
    }
    return KEYS;
}

/* Reads key=value; `equals` is where the '=' stands in the word. */
static void read_key(struct parser *parser, struct word *word, char *equals)
{
    struct str_nearest nearest;
    struct diag_place place = word->place;
    const char *value = equals + 1;
    *equals = '\0';
    size_t key = find_key(word->text, &nearest);

    place.column += (uint32_t)(value - word->text);
    if (word->text[0] == '\0')
        diag_error(
                parser->diag, word->place, "no key before \"=\"; write key=value without blanks");
    else if (key == KEYS && nearest.best != NULL)
        diag_error(parser->diag, word->place, "\"%.64s\" is no key; did you mean %s=?", word->text,
                nearest.best);
    else if (key == KEYS)
        diag_error(parser->diag, word->place,
                "\"%.64s\" is no key; check=, set=, alias= and evaluate= are", word->text);
    else if (parser->seen[key])
        diag_error(parser->diag, word->place, "a second %s= in one annotation", keys[key].word);
    else if (*value == '\0')
        diag_error(parser->diag, word->place, "%s= wants %s behind it", keys[key].word,
                keys[key].value);
    else if (*value == '"')
        diag_error(parser->diag, place, "values are written without quotes");
    else
        keys[key].read_value(parser, value, place);
    if (key < KEYS && !parser->seen[key]) {
        parser->seen[key] = true;
        parser->key_place[key] = word->place;
    }
}

static void read_argument(struct parser *parser, const struct word *word)
{
    const struct policy *policy = parser->policy;
    struct str_nearest nearest;
    size_t key = find_key(word->text, &nearest);

    if (key < KEYS) {
        diag_error(parser->diag, word->place, "%s wants its value right behind it: %s=...",
                keys[key].word, keys[key].word);
    } else if (policy->read_argument == NULL) {
        diag_error(parser->diag, word->place, "\"%.64s\" is too much: @%s has no argument",
                word->text, policy->word);
    } else if (parser->has_argument) {
        diag_error(parser->diag, word->place, "\"%.64s\" is too much: @%s has one argument (%s)",
                word->text, policy->word, policy->argument);
    } else {
        policy->read_argument(parser, word);
        parser->has_argument = true;
    }
}

/* Reads the word behind '@'.  Returns false if the rest cannot be understood. */
static bool read_policy(struct parser *parser, const struct word *word)
{
    const char *text = word->text + 1;
    struct str_nearest nearest = {.word = text};

    for (size_t i = 0; i < COUNT(policies); i++) {
        str_nearest_offer(&nearest, policies[i].word);
        if (!str_equal_fold(text, policies[i].word))
            continue;
        parser->policy = &policies[i];
        parser->result.policy = policies[i].policy;
        if (!policies[i].supported)
            diag_error(parser->diag, word->place, "@%s is not supported by this version",
                    policies[i].word);
        return policies[i].supported;
    }
    if (nearest.best != NULL)
        diag_error(parser->diag, word->place, "\"@%.64s\" is no policy; did you mean @%s?", text,
                nearest.best);
    else
        diag_error(parser->diag, word->place,
                "\"@%.64s\" is no policy; @simple, @failover, @weighted and @multivalue are", text);
    return false;
}

/* What words of one annotation owe each other. */
static void check_whole(struct parser *parser)
{
    const struct annotation *result = &parser->result;
    const struct policy *policy = parser->policy;

    if (policy->read_argument != NULL && !parser->has_argument)
        diag_error(parser->diag, result->place, "@%s wants %s", policy->word, policy->argument);
    if (policy->policy == ROUTE_SIMPLE && !parser->seen[KEY_ALIAS] && !parser->seen[KEY_CHECK])
        diag_error(parser->diag, result->place,
                "@simple says nothing without alias= or check=; a plain line needs no annotation");
    /* route53.md 1.1: a multivalue answer is made of records, each its own. */
    if (policy->policy == ROUTE_MULTIVALUE && parser->seen[KEY_ALIAS])
        diag_error(parser->diag, parser->key_place[KEY_ALIAS], "@multivalue cannot have alias=");
}

int annotation_parse(const char *text, struct diag_place place, const uint8_t *origin,
        struct annotation *ret, struct diag *diag)
{
    uint32_t errors = diag_errors(diag);
    struct parser parser = {.at = text, .place = place, .origin = origin, .diag = diag};
    struct word word;

    assert(*text == '@');
    parser.result.place = place;
    parser.result.evaluate = true;
    if (!next_word(&parser, &word) || !check_word(&parser, &word) || !read_policy(&parser, &word))
        return ERR_FAULTY;
    while (next_word(&parser, &word)) {
        char *equals = strchr(word.text, '=');
        if (!check_word(&parser, &word))
            continue;
        if (equals != NULL)
            read_key(&parser, &word, equals);
        else
            read_argument(&parser, &word);
    }
    check_whole(&parser);
    if (diag_errors(diag) > errors)
        return ERR_FAULTY;
    *ret = parser.result;
    return 0;
}

void annotation_format(const struct annotation *annotation, struct buf *ret)
{
    char name[NAME_TEXT_MAX];

    buf_printf(ret, "@%s", route_policy_name(annotation->policy));
    if (annotation->policy == ROUTE_WEIGHTED)
        buf_printf(ret, " %u", annotation->weight);
    if (annotation->policy == ROUTE_FAILOVER && annotation->rank == ROUTE_RANK_PRIMARY)
        buf_add_string(ret, " primary");
    else if (annotation->policy == ROUTE_FAILOVER && annotation->rank == ROUTE_RANK_SECONDARY)
        buf_add_string(ret, " secondary");
    else if (annotation->policy == ROUTE_FAILOVER)
        buf_printf(ret, " %u", annotation->rank);
    if (annotation->check[0] != '\0')
        buf_printf(ret, " check=%s", annotation->check);
    if (annotation->set[0] != '\0')
        buf_printf(ret, " set=%s", annotation->set);
    if (annotation->has_alias)
        buf_printf(ret, " alias=%s", name_to_text(annotation->alias.bytes, name));
    if (annotation->has_evaluate)
        buf_printf(ret, " evaluate=%s", annotation->evaluate ? "yes" : "no");
}
