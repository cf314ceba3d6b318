/* force_order.c -- see force_order.h. */
#include "force_order.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/str.h"

#define KEYS  " [owner=NAME] [override=RULE] [reason=TEXT]"
#define USAGE "wanted: force ID up|down|auto [for=TIME]" KEYS

static const struct {
    const char *word, *usage;
} verbs[] = {
        [FORCE_FORCE] = {"force",   USAGE                                       },
        [FORCE_DRAIN] = {"drain",   "wanted: drain ID|OWNER/SET [for=TIME]" KEYS},
        [FORCE_UNDRAIN] = {"undrain", "wanted: undrain ID|OWNER/SET" KEYS         },
};

static const struct state_word {
    const char *word;
    enum health_state state;
} state_words[] = {
        {"up",   HEALTH_UP     },
        {"down", HEALTH_DOWN   },
        {"auto", HEALTH_UNKNOWN},
};

/* Cuts the next word off *at; the empty word at the end. */
static char *next_word(char **at)
{
    char *word = *at + strspn(*at, " ");
    *at = word + strcspn(word, " ");
    if (**at == ' ')
        *(*at)++ = '\0';
    return word;
}

static int fault(struct buf *why, const char *key, const char *value, const char *wanted)
{
    buf_printf(why, "%s=%s: %s", key, value, wanted);
    return ERR_SYNTAX;
}

/* Copies a text into `room` bytes, with its NUL. */
static int take_text(const char *key, const char *value, char *ret, size_t room, struct buf *why)
{
    size_t length = strlen(value);
    if (!str_is_printable(value)) {
        buf_printf(why, "%s: only printable ASCII characters are taken", key);
        return ERR_SYNTAX;
    }
    if (length >= room) {
        buf_printf(why, "%s: has %zu bytes, at most %zu are taken", key, length, room - 1);
        return ERR_SYNTAX;
    }
    memcpy(ret, value, length + 1);
    return 0;
}

static int take_for(const char *value, struct force_order *order, struct buf *why)
{
    static const char wanted[] = "wanted a number and s, m, h or d, such as 45m";
    char digits[16] = "";
    uint64_t number;
    size_t length = strlen(value);
    const char unit = length > 0 ? value[length - 1] : '\0';

    if (length < 2 || length > sizeof(digits) || strchr("smhd", unit) == NULL)
        return fault(why, "for", value, wanted);
    memcpy(digits, value, length - 1);
    int error = str_parse_number(digits, FORCE_ORDER_SECONDS_MAX / str_unit_s(unit), &number);
    if (error == -ERANGE)
        return fault(why, "for", value, "at most 365d are taken; without for= it has no end");
    if (error != 0)
        return fault(why, "for", value, wanted);
    if (number == 0)
        return fault(why, "for", value, "wanted more than nothing");
    order->for_ms = number * str_unit_s(unit) * 1000;
    return 0;
}

static int take_owner(const char *value, struct force_order *order, struct buf *why)
{
    if (value[0] == '\0')
        return fault(why, "owner", value, "wanted a name without blanks");
    return take_text("owner", value, order->owner, sizeof(order->owner), why);
}

static int take_reason(const char *value, struct force_order *order, struct buf *why)
{
    return take_text("reason", value, order->reason, sizeof(order->reason), why);
}

static int take_override(const char *value, struct force_order *order, struct buf *why)
{
    return rules_take_override(value, order->overrides, &order->overrides_count, why);
}

static const struct key {
    const char *name;
    bool is_rest; /* its value is the rest of the line */
    bool repeats; /* it may be given several times */
    int (*take)(const char *value, struct force_order *order, struct buf *why);
} keys[] = {
        {"for",      false, false, take_for     },
        {"owner",    false, false, take_owner   },
        {"override", false, true,  take_override},
        {"reason",   true,  false, take_reason  },
};

static const struct key *find_key(const char *word)
{
    for (size_t i = 0; i < COUNT(keys); i++) {
        size_t length = strlen(keys[i].name);
        if (strncmp(word, keys[i].name, length) == 0 && word[length] == '=')
            return &keys[i];
    }
    return NULL;
}

static int refuse_key(char *word, struct buf *why)
{
    struct str_nearest nearest = {.word = word};
    word[strcspn(word, "=")] = '\0';
    for (size_t i = 0; i < COUNT(keys); i++)
        str_nearest_offer(&nearest, keys[i].name);
    buf_printf(why, "\"%s\" is not known", word);
    if (nearest.best != NULL)
        buf_printf(why, "; did you mean \"%s=\"?", nearest.best);
    else
        buf_add_string(why, "; " USAGE);
    return ERR_SYNTAX;
}

/* Takes the key at *at; `seen` has a bit for each. */
static int take_key(char **at, unsigned *seen, struct force_order *order, struct buf *why)
{
    *at += strspn(*at, " ");
    const struct key *key = find_key(*at);
    if (key == NULL)
        return refuse_key(next_word(at), why);
    unsigned bit = 1U << (key - keys);
    if ((*seen & bit) != 0 && !key->repeats) {
        buf_printf(why, "%s= is given twice", key->name);
        return ERR_SYNTAX;
    }
    *seen |= bit;
    const char *value = *at + strlen(key->name) + 1;
    if (key->is_rest)
        *at += strlen(*at);
    else
        (void)next_word(at);
    return key->take(value, order, why);
}

static int take_state(const char *word, struct force_order *order, struct buf *why)
{
    struct str_nearest nearest = {.word = word};
    for (size_t i = 0; i < COUNT(state_words); i++) {
        if (strcmp(state_words[i].word, word) == 0) {
            order->state = state_words[i].state;
            return 0;
        }
        str_nearest_offer(&nearest, state_words[i].word);
    }
    buf_printf(why, "\"%s\" is no state", word);
    if (nearest.best != NULL)
        buf_printf(why, "; did you mean \"%s\"?", nearest.best);
    else
        buf_add_string(why, "; wanted up, down or auto");
    return ERR_SYNTAX;
}

static int take_check(char **at, struct force_order *order, struct buf *why)
{
    const char *id = next_word(at);
    const char *state = next_word(at);
    if (state[0] == '\0') {
        buf_add_string(why, USAGE);
        return ERR_SYNTAX;
    }
    int error = take_text("ID", id, order->id, sizeof(order->id), why);
    return error == 0 ? take_state(state, order, why) : error;
}

/* A set has one spelling, so that undrain finds it whatever drain was given: its owner in lower case, without the last
 * dot. */
static void make_canonical(char *target)
{
    char *slash = strchr(target, '/');
    if (slash == NULL)
        return;
    for (char *at = target; at < slash; at++)
        *at = (char)tolower((unsigned char)*at);
    if (slash > target + 1 && slash[-1] == '.')
        memmove(slash - 1, slash, strlen(slash) + 1);
}

static int take_target(enum force_verb verb, char **at, struct force_order *order, struct buf *why)
{
    const char *target = next_word(at);
    if (target[0] == '\0') {
        buf_add_string(why, verbs[verb].usage);
        return ERR_SYNTAX;
    }
    order->state = verb == FORCE_DRAIN ? HEALTH_DOWN : HEALTH_UNKNOWN;
    int error = take_text("ID|SET", target, order->target, sizeof(order->target), why);
    make_canonical(order->target);
    return error;
}

static int take_words(enum force_verb verb, char *at, struct force_order *order, struct buf *why)
{
    unsigned seen = 0;
    int error =
            verb == FORCE_FORCE ? take_check(&at, order, why) : take_target(verb, &at, order, why);
    while (error == 0 && at[strspn(at, " ")] != '\0')
        error = take_key(&at, &seen, order, why);
    if (error == 0 && order->state == HEALTH_UNKNOWN && order->for_ms != 0) {
        buf_add_string(why, verb == FORCE_FORCE
                                    ? "auto ends a force at once; for= goes with up or down"
                                    : "undrain ends it at once; for= goes with drain");
        error = ERR_SYNTAX;
    }
    if (error == 0 && verb == FORCE_FORCE &&
            strncmp(order->reason, FORCE_DRAIN_MARK, sizeof(FORCE_DRAIN_MARK) - 1) == 0) {
        buf_add_string(why,
                "reason: \"" FORCE_DRAIN_MARK "...\" is how a drain is known; say it otherwise");
        error = ERR_SYNTAX;
    }
    return error;
}

const char *force_verb_word(enum force_verb verb)
{
    return verbs[verb].word;
}

int force_order_parse(
        enum force_verb verb, const char *text, struct force_order *ret, struct buf *why)
{
    struct force_order order = {.id = ""};
    char *copy = mem_string(text);
    int error = take_words(verb, copy, &order, why);
    free(copy);
    if (error == 0)
        *ret = order;
    return error;
}
