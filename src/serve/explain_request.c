/* explain_request.c -- see explain_request.h. */
#include "serve/explain_request.h"

#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "base/str.h"
#include "dns/rr.h"
#include "dns/text.h"

#define WORD_MAX 1100U

/* Takes the next word between blanks; false at the end.  What is longer than a word may be is cut, and
 * then means nothing. */
static bool next_word(const char **at, char ret[WORD_MAX])
{
    *at += strspn(*at, " ");
    size_t length = strcspn(*at, " ");
    if (length == 0)
        return false;
    snprintf(ret, WORD_MAX, "%.*s", (int)length, *at);
    *at += length;
    return true;
}

/* The id may have a '=' itself: the last one stands before the state. */
static int take_assumption(char *value, struct explain_request *ret, struct buf *why)
{
    char *equals = strrchr(value, '=');
    struct explain_assumption *to = &ret->assumptions[ret->assumptions_count];

    if (ret->assumptions_count == EXPLAIN_ASSUMPTIONS_MAX) {
        buf_printf(why, "more than %u assumptions", EXPLAIN_ASSUMPTIONS_MAX);
        return ERR_SYNTAX;
    }
    if (equals == NULL || equals == value || (size_t)(equals - value) > HEALTH_ID_MAX) {
        buf_printf(why, "\"%s\" is not ID=up or ID=down", value);
        return ERR_SYNTAX;
    }
    *equals = '\0';
    if (!str_equal_fold(equals + 1, "up") && !str_equal_fold(equals + 1, "down")) {
        buf_printf(why, "\"%s\" is neither up nor down", equals + 1);
        return ERR_SYNTAX;
    }
    snprintf(to->id, sizeof(to->id), "%s", value);
    for (uint32_t i = 0; i < ret->assumptions_count; i++) {
        if (strcmp(ret->assumptions[i].id, to->id) != 0)
            continue;
        buf_printf(why, "two assumptions about \"%s\"", to->id);
        return ERR_SYNTAX;
    }
    to->state = str_equal_fold(equals + 1, "up") ? HEALTH_UP : HEALTH_DOWN;
    ret->assumptions_count++;
    return 0;
}

static int take_key(char *word, struct explain_request *ret, struct buf *why)
{
    if (strncmp(word, "assume=", 7) == 0)
        return take_assumption(word + 7, ret, why);
    if (strncmp(word, "client=", 7) != 0) {
        buf_printf(why, "\"%s\" is neither client=PREFIX nor assume=ID=up|down", word);
        return ERR_SYNTAX;
    }
    if (client_parse(word + 7, &ret->client) == 0) {
        ret->has_client = true;
        if (ret->client.bits > 0)
            return 0;
        buf_add_string(why,
                "a client of no bits is answered as whoever sent the query: leave client= out");
        return ERR_SYNTAX;
    }
    buf_printf(why, "\"%s\" is neither an address nor ADDRESS/BITS", word + 7);
    return ERR_SYNTAX;
}

/* The two words that must be there. */
static int take_question(const char **at, struct explain_request *ret, struct buf *why)
{
    static const uint8_t root[] = {0};
    char word[WORD_MAX];

    if (!next_word(at, word)) {
        buf_add_string(why, "wanted: NAME TYPE");
        return ERR_SYNTAX;
    }
    if (name_from_text(word, root, &ret->name) != 0) {
        buf_printf(why, "\"%s\" is no name", word);
        return ERR_SYNTAX;
    }
    if (!next_word(at, word)) {
        buf_add_string(why, "wanted: a type behind the name");
        return ERR_SYNTAX;
    }
    if (text_type_parse(word, &ret->type) != 0) {
        buf_printf(why, "\"%s\" is no type", word);
        return ERR_SYNTAX;
    }
    if (ret->type == RR_OPT || ret->type == RR_AXFR || ret->type == RR_IXFR) {
        buf_printf(why, "\"%s\" is no type of records", word);
        return ERR_SYNTAX;
    }
    return 0;
}

int explain_request_parse(const char *words, struct explain_request *ret, struct buf *why)
{
    char word[WORD_MAX];

    *ret = (struct explain_request){.has_client = false};
    int error = take_question(&words, ret, why);
    while (error == 0 && next_word(&words, word))
        error = take_key(word, ret, why);
    return error;
}
