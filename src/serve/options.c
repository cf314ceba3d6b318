/* options.c -- see options.h. */
#include "serve/options.h"

#include <string.h>

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

static const struct {
    uint16_t code;
    unsigned (*take)(struct response *response, const struct option *option);
} rows[] = {
        {EDNS_NSID, take_nsid},
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
    return rcode;
}
