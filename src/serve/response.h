/* response.h -- a response while it is written: header, question, records, OPT.
 *
 * It is begun with a query's header and question, filled section by section in order, and finished
 * once.  An RRset is added whole or not at all, so that what does not fit can be left out or
 * reported as truncation by whoever knows which it is.  No allocation.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "dns/edns.h"
#include "dns/message.h"
#include "dns/rr.h"
#include "dns/wire.h"
#include "route/client.h"
#include "serve/compress.h"
#include "serve/query.h"
#include "zone/zone.h"

enum section {
    SECTION_QUESTION,
    SECTION_ANSWER,
    SECTION_AUTHORITY,
    SECTION_ADDITIONAL,
};

/* What all options together may take that answer a client's. */
#define RESPONSE_OPTIONS_MAX                                                                       \
    (4 * EDNS_OPTION_BYTES + QUERY_SERVER_ID_MAX + EDNS_SUBNET_MAX + 2 + COOKIE_BYTES)

/* How many reasons a response gives. */
#define RESPONSE_ERRORS_MAX 3U

/* An extended error; its text is borrowed, and may be empty. */
struct response_error {
    enum edns_error code;
    const char *text;
};

/* A place to go back to. */
struct response_mark {
    size_t at;
    uint32_t names;
    uint16_t counts[4];
};

struct response {
    struct wire_writer writer; /* its size leaves room for OPT */
    struct message_header header;
    unsigned rcode;         /* extended */
    size_t reserved;        /* bytes kept for OPT and its options, 0 without EDNS */
    uint16_t our_udp_bytes; /* what we say in OPT */
    uint16_t edns_flags;
    struct response_error errors[RESPONSE_ERRORS_MAX];
    uint32_t errors_count;
    uint16_t options_bytes;
    uint8_t options[RESPONSE_OPTIONS_MAX];
    uint8_t *subnet_scope; /* where the scope stands in options; NULL without a client subnet */
    struct client subnet;
    bool ignore_subnet; /* the zone answers by who sent the query */
    bool opens;         /* verdicts are stale, and the zone opens then */
    uint8_t scope;      /* bits of the client's network that choices have used */
    const union net_address *sender;
    struct response_mark records; /* where they begin */
    struct response_mark links;   /* behind the chain that led to the name looked for now */
    struct compress names;
    struct query_context *context;
};

/* Whose records are added: its name, and where it stands in the message, 0 if it does not yet. */
struct response_owner {
    const uint8_t *name;
    uint16_t offset;
};

/* Begins a response to the query with this header in `room` bytes at `out`, at least
 * MESSAGE_HEADER_BYTES.  It has no question, no EDNS and RCODE 0 yet. */
void response_begin(struct response *response, struct query_context *context,
        const struct message_header *header, uint8_t *out, size_t room);

/* Holds the response to `limit` bytes in all, at least MESSAGE_UDP_PLAIN. */
void response_open(struct response *response, size_t limit);

/* Copies the question as it was asked, out of the message it was read from: once, and before anything
 * else is added. */
void response_add_question(
        struct response *response, const struct message_question *question, const uint8_t *query);

/* Keeps room for an OPT that answers the client's: to be called before records are added. */
void response_add_edns(
        struct response *response, const struct edns *client, uint16_t our_udp_bytes);

/* Keeps an option for OPT and its room: to be called with EDNS and before records are added.  All
 * options together have at most RESPONSE_OPTIONS_MAX bytes. */
void response_add_option(
        struct response *response, enum edns_option code, const void *data, size_t length);

/* The same for a client subnet, whose data is `length` bytes as they came: the scope is filled in when
 * the response is finished. */
void response_add_subnet(struct response *response, const struct client *subnet,
        const uint8_t *data, uint16_t length);

/* Who the response is for: the client subnet if there is one that tells anything and counts here, else
 * who sent the query (RFC 7871 section 7.1.2). */
void response_client(const struct response *response, struct client *ret);

/* Explains the response by an extended error (RFC 8914) if the client has EDNS and there is room beside
 * everything else.  Several are given in the order in which they were found, each once, the first
 * RESPONSE_ERRORS_MAX of them.  `text` is borrowed, and may be empty. */
void response_explain(struct response *response, enum edns_error error, const char *text);

/* Adds all records of an RRset with this TTL, several in an order that starts at random.  If they do
 * not fit the response is unchanged.
 *
 * Returns whether they fitted. */
MUST_CHECK bool response_add_rrset(struct response *response, enum section section,
        struct response_owner *owner, const struct rrset *rrset, uint32_t ttl);

/* Adds one CNAME that no zone holds (RFC 6672 section 3.1); `target` must live as long as the response.
 *
 * Returns whether it fitted. */
MUST_CHECK bool response_add_cname(struct response *response, struct response_owner *owner,
        const uint8_t *target, uint32_t ttl);

/* Takes back what was added behind the mark; an owner that stood there stands there no more. */
struct response_mark response_mark(const struct response *response);
void response_rewind(
        struct response *response, const struct response_mark *mark, struct response_owner *owner);

/* Notes that the records so far lead to another name, and are a response by themselves. */
void response_keep_links(struct response *response);

/* Drops what was added behind the links.  Returns whether there are any. */
bool response_drop_to_links(struct response *response);

/* Drops all records and sets TC: the client asks again over TCP (RFC 2181 section 9). */
void response_truncate(struct response *response);

/* Writes OPT and the header.  Returns the response's length. */
size_t response_finish(struct response *response);
