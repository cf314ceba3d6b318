/* explain_request.c -- see explain_request.h. */
#include "serve/explain_request.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "base/str.h"
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

static void clear_behind(struct client *client)
{
    for (uint32_t bit = client->bits; bit < 8 * CLIENT_ADDRESS_BYTES; bit++)
        client->address[bit / 8] &= (uint8_t) ~(0x80U >> bit % 8);
}

int explain_parse_client(const char *text, struct client *ret)
{
    char address[INET6_ADDRSTRLEN];
    const char *slash = strchr(text, '/');
    size_t length = slash != NULL ? (size_t)(slash - text) : strlen(text);
    struct client client = {.family = CLIENT_IPV4};
    uint64_t bits;

    if (length >= sizeof(address))
        return ERR_SYNTAX;
    memcpy(address, text, length);
    address[length] = '\0';
    if (strchr(address, ':') != NULL)
        client.family = CLIENT_IPV6;
    if (inet_pton(client.family == CLIENT_IPV6 ? AF_INET6 : AF_INET, address, client.address) != 1)
        return ERR_SYNTAX;
    bits = client_bits_max(client.family);
    if (slash != NULL && str_parse_number(slash + 1, bits, &bits) != 0)
        return ERR_SYNTAX;
    client.bits = (uint8_t)bits;
    clear_behind(&client);
    *ret = client;
    return 0;
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
    if (explain_parse_client(word + 7, &ret->client) == 0) {
        ret->has_client = true;
        return 0;
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
