/* audit.h -- the record of what operators did, or tried to do, to the daemon.
 *
 * One JSON object a line in the state directory, for each request that changes something, written and
 * synced before the request is answered, by the supervisor: it alone knows who is behind the control
 * socket.  A file that would pass AUDIT_BYTES_MAX becomes the older file, in place of the one before, so
 * that both together are bounded.  docs/formats/audit-log.md lists the members.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "admin/control.h"
#include "admin/doc.h"
#include "base/attr.h"

#define AUDIT_BYTES_MAX (4U << 20)
#define AUDIT_OLDER     ".1" /* behind the path: the older file */

struct audit_entry {
    uint64_t now_ms;          /* real time */
    struct control_peer peer; /* who asked */
    const char *user;         /* the name of peer.uid */
    const char *verb;
    const char *arguments; /* as they came; what is not printable ASCII becomes '?' */
    struct doc *before;    /* what the verb is about, before and after; NULL for nothing */
    struct doc *after;
    bool refused;
    const char *result; /* "ok", or a sentence */
};

/* Appends an entry to the file at `path` and syncs it; takes over the entry's documents.
 *
 * Returns 0, or -errno; then nothing of it stays in the file, if that can be. */
MUST_CHECK int audit_append(const char *path, const struct audit_entry *entry);
