/* options.c -- see options.h. */
#include "serve/options.h"

#include <string.h>

#include "serve/subnet.h"

/* One option as it came in. */
struct option {
    const uint8_t *data; /* borrowed */
    uint16_t length;
    const struct query *query;
};

/* NSID is told to whoever asks, if the operator gave one (RFC 5001 section 2.2).  What the client put
 * into its request is to be ignored (section 2.1). */
static unsigned take_nsid(struct response *response, const struct option *option)
{
    const char *id = response->context->server_id;

    (void)option;
    if (id != NULL && *id != '\0')
        response_add_option(response, EDNS_NSID, id, strlen(id));
    return RCODE_NOERROR;
}

/* The network goes back as it came, with a scope that is not known before the answer is (RFC 7871 section
 * 7.2.1; a malformed option is refused by the same section). */
static unsigned take_subnet(struct response *response, const struct option *option)
{
    struct client subnet;

    if (subnet_read(option->data, option->length, &subnet) < 0)
        return RCODE_FORMERR;
    response_add_subnet(response, &subnet, option->data, option->length);
    return RCODE_NOERROR;
}

/* How long an idle connection is kept, in units of 100 ms (RFC 7828 section 3.1).  A client has no time to
 * say (section 3.2.1); over UDP the option means nothing (section 3.3.1). */
static unsigned take_keepalive(struct response *response, const struct option *option)
{
    uint8_t timeout[2];

    if (!option->query->tcp)
        return RCODE_NOERROR;
    if (option->length != 0)
        return RCODE_FORMERR;
    wire_store16(timeout, (uint16_t)(response->context->tcp_idle_ms / 100));
    response_add_option(response, EDNS_KEEPALIVE, timeout, sizeof(timeout));
    return RCODE_NOERROR;
}

/* A client's part alone, or a server's behind it (RFC 7873 section 4). */
static bool is_cookie_length(uint16_t length)
{
    return length == COOKIE_CLIENT_BYTES ||
           (length >= COOKIE_CLIENT_BYTES + COOKIE_SERVER_MIN_BYTES &&
                   length <= COOKIE_CLIENT_BYTES + COOKIE_SERVER_MAX_BYTES);
}

static bool has_cookies(const struct response *response)
{
    const struct cookie_settings *settings = response->context->cookies;
    return settings != NULL && settings->mode != COOKIE_OFF;
}

static bool is_without_question(const struct response *response)
{
    return response->header.counts[SECTION_QUESTION] == 0;
}

/* Whether a cookie must be valid.  Who asks for nothing but a cookie may have none yet, but one it holds
 * is judged, whatever the mode (RFC 7873 section 5.4). */
static bool must_be_valid(const struct response *response, const struct option *option)
{
    if (is_without_question(response))
        return option->length > COOKIE_CLIENT_BYTES;
    return response->context->cookies->mode == COOKIE_REQUIRE && !option->query->tcp;
}

/* The rules of RFC 7873 section 5.2, by number: a malformed cookie (5.2.2), a client's part alone
 * (5.2.3), a server's part that is not valid (5.2.4) or is (5.2.5).  BADCOOKIE carries a valid one. */
static unsigned take_cookie(struct response *response, const struct option *option)
{
    const struct cookie_settings *settings = response->context->cookies;
    const union net_address *client = option->query->client;
    uint32_t now_s = response->context->now_s;
    enum cookie_verdict verdict = COOKIE_INVALID;
    uint8_t cookie[COOKIE_BYTES];

    if (!has_cookies(response))
        return RCODE_NOERROR;
    if (!is_cookie_length(option->length))
        return RCODE_FORMERR;
    memcpy(cookie, option->data, COOKIE_CLIENT_BYTES);
    if (option->length == COOKIE_BYTES) {
        memcpy(cookie, option->data, COOKIE_BYTES);
        verdict = cookie_check(settings, client, cookie, now_s);
    }
    if (verdict != COOKIE_FRESH)
        cookie_make(settings, client, cookie, now_s);
    response_add_option(response, EDNS_COOKIE, cookie, sizeof(cookie));
    bool refused = verdict == COOKIE_INVALID && must_be_valid(response, option);
    return refused ? RCODE_BADCOOKIE : RCODE_NOERROR;
}

enum row {
    ROW_NSID,
    ROW_SUBNET,
    ROW_COOKIE,
    ROW_KEEPALIVE,
};

static const struct {
    uint16_t code;
    unsigned (*take)(struct response *response, const struct option *option);
} rows[] = {
        [ROW_NSID] = {EDNS_NSID,      take_nsid     },
        [ROW_SUBNET] = {EDNS_SUBNET,    take_subnet   },
        [ROW_COOKIE] = {EDNS_COOKIE,    take_cookie   },
        [ROW_KEEPALIVE] = {EDNS_KEEPALIVE, take_keepalive},
};

/* Hands an option to its row unless that has had one already. */
static unsigned take_option(
        struct response *response, uint16_t code, const struct option *option, unsigned *seen)
{
    for (size_t i = 0; i < COUNT(rows); i++) {
        if (rows[i].code != code)
            continue;
        if ((*seen & 1U << i) != 0)
            return RCODE_NOERROR;
        *seen |= 1U << i;
        return rows[i].take(response, option);
    }
    return RCODE_NOERROR;
}

unsigned options_read(struct response *response, const struct query *query, const struct edns *edns)
{
    struct wire_reader reader = {.bytes = edns->options, .size = edns->options_bytes};
    struct option option = {.query = query};
    unsigned rcode = RCODE_NOERROR;
    unsigned seen = 0;
    uint16_t code;

    while (edns_next_option(&reader, &code, &option.data, &option.length)) {
        unsigned found = take_option(response, code, &option, &seen);
        if (found == RCODE_FORMERR)
            return found;
        if (found != RCODE_NOERROR)
            rcode = found;
    }
    bool asks_cookie = has_cookies(response) && (seen & 1U << ROW_COOKIE) != 0;
    return is_without_question(response) && !asks_cookie ? RCODE_FORMERR : rcode;
}
