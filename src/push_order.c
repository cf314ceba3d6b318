/* push_order.c -- see push_order.h. */
#include "push_order.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/str.h"

static const struct {
    const char *words[3]; /* by enum health_state */
    const char *usage;
} verbs[] = {
        [PUSH_ALARM] = {{"INSUFFICIENT_DATA", "OK", "ALARM"},
                        "wanted: alarm NAME OK|ALARM|INSUFFICIENT_DATA [region=REGION]"                    },
        [PUSH_CONTROL] = {{NULL, "on", "off"},                  "wanted: control NAME on|off [override=RULE]"},
};

const char *push_state_word(enum push_verb verb, enum health_state state)
{
    return verbs[verb].words[state];
}

static int take_state(
        enum push_verb verb, const char *word, struct push_order *order, struct buf *why)
{
    for (size_t i = 0; i < COUNT(verbs[verb].words); i++) {
        if (verbs[verb].words[i] == NULL || strcmp(verbs[verb].words[i], word) != 0)
            continue;
        order->state = (enum health_state)i;
        return 0;
    }
    /* No guess: of "of" both on and off are near. */
    buf_printf(why, "\"%s\" is no state; %s", word, verbs[verb].usage);
    return ERR_SYNTAX;
}

static int take_name(const char *what, const char *text, char *to, size_t room, struct buf *why)
{
    size_t length = strlen(text);
    if (length > 0 && length < room && str_is_printable(text)) {
        memcpy(to, text, length + 1);
        return 0;
    }
    buf_printf(why, "%s takes 1 to %zu printable characters", what, room - 1);
    return ERR_SYNTAX;
}

static int take_key(
        enum push_verb verb, const char *word, struct push_order *order, struct buf *why)
{
    static const char region[] = "region=", override[] = "override=";
    if (verb == PUSH_ALARM && order->region[0] == '\0' &&
            strncmp(word, region, sizeof(region) - 1) == 0)
        return take_name(
                region, word + sizeof(region) - 1, order->region, sizeof(order->region), why);
    if (verb == PUSH_CONTROL && strncmp(word, override, sizeof(override) - 1) == 0)
        return rules_take_override(
                word + sizeof(override) - 1, order->overrides, &order->overrides_count, why);
    buf_printf(why, "\"%s\" is not known; %s", word, verbs[verb].usage);
    return ERR_SYNTAX;
}

static int take_words(enum push_verb verb, char *at, struct push_order *order, struct buf *why)
{
    char *word[3 + RULES_OVERRIDE_MAX + 1] = {NULL};
    size_t count = 0;
    for (char *each = strtok_r(at, " ", &at); each != NULL && count < COUNT(word);
            each = strtok_r(NULL, " ", &at))
        word[count++] = each;
    if (count < 2 || count == COUNT(word)) {
        buf_add_string(why, verbs[verb].usage);
        return ERR_SYNTAX;
    }
    int error = take_name("NAME", word[0], order->name, sizeof(order->name), why);
    if (error == 0)
        error = take_state(verb, word[1], order, why);
    for (size_t i = 2; i < count && error == 0; i++)
        error = take_key(verb, word[i], order, why);
    return error;
}

int push_order_parse(
        enum push_verb verb, const char *words, struct push_order *ret, struct buf *why)
{
    struct push_order order = {.name = ""};
    char *copy = mem_string(words);
    int error = take_words(verb, copy, &order, why);
    free(copy);
    if (error == 0)
        *ret = order;
    return error;
}
