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
                        "wanted: alarm NAME OK|ALARM|INSUFFICIENT_DATA [region=REGION]"    },
        [PUSH_CONTROL] = {{NULL, "on", "off"},                  "wanted: control NAME on|off"},
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

static int take_region(
        enum push_verb verb, const char *word, struct push_order *order, struct buf *why)
{
    static const char key[] = "region=";
    if (verb == PUSH_ALARM && strncmp(word, key, sizeof(key) - 1) == 0)
        return take_name(key, word + sizeof(key) - 1, order->region, sizeof(order->region), why);
    buf_printf(why, "\"%s\" is not known; %s", word, verbs[verb].usage);
    return ERR_SYNTAX;
}

static int take_words(enum push_verb verb, char *at, struct push_order *order, struct buf *why)
{
    char *word[4] = {NULL};
    size_t count = 0;
    for (char *each = strtok_r(at, " ", &at); each != NULL && count < COUNT(word);
            each = strtok_r(NULL, " ", &at))
        word[count++] = each;
    if (count < 2 || count > 3) {
        buf_add_string(why, verbs[verb].usage);
        return ERR_SYNTAX;
    }
    int error = take_name("NAME", word[0], order->name, sizeof(order->name), why);
    if (error == 0)
        error = take_state(verb, word[1], order, why);
    if (error == 0 && count == 3)
        error = take_region(verb, word[2], order, why);
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
