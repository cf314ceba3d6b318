/* connections.h -- who is connected to a worker over TCP, and who goes when there are too many.
 *
 * There are two bounds (RFC 7766 section 6.2.2): on all connections, and on those of one client, which
 * is an IPv4 address or an IPv6 prefix of 64 bits, within which a host may take any address it likes (RFC
 * 4291 section 2.5.4).  Where a new connection would be one too many the one that has been idle for
 * longest makes room: of its own client if that is at its bound, else of all.
 *
 * Every step costs the same however many connections there are.  All are in a list in order of their
 * deadlines, those of a client in another in the same order: as all get the same time, whatever renews a
 * deadline moves its connection to the end, and the first is always the next to expire.  Clients are
 * found by a hash with a secret key, so that nobody can choose addresses that fall together.
 *
 * No sockets and no clock; all calls belong to the loop's thread.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/list.h"
#include "base/net.h"
#include "base/siphash.h"

struct connections;
struct client; /* opaque */

/* The part of a connection that is kept here; it must stay where it is while it is. */
struct connections_entry {
    struct list_link in_all;
    struct list_link in_client;
    struct client *client;
    uint64_t deadline_ms;
};

/* New connections, none yet: at most `max`, of one client at most `client_max`, both at least 1. */
MUST_CHECK struct connections *connections_new(
        uint32_t max, uint32_t client_max, const uint8_t key[SIPHASH_KEY_BYTES]);

/* Frees what holds no entry any more.  NULL does nothing. */
void connections_free(struct connections *connections);

/* The entry, borrowed, that has to go before one from `address` is added; NULL if there is room. */
struct connections_entry *connections_surplus(
        const struct connections *connections, const union net_address *address);

/* Adds an entry for a connection from `address`, for which there is room.  No deadline is before one that
 * was given earlier. */
void connections_add(struct connections *connections, struct connections_entry *entry,
        const union net_address *address, uint64_t deadline_ms);

/* Moves a deadline, under the same rule. */
void connections_renew(
        struct connections *connections, struct connections_entry *entry, uint64_t deadline_ms);

/* Takes an entry out. */
void connections_remove(struct connections *connections, struct connections_entry *entry);

/* The entry whose deadline is first, borrowed, or NULL. */
struct connections_entry *connections_first(const struct connections *connections);
