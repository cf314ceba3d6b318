/* routed.h -- an RRset whose records a policy chooses, as part of a response.  Pure. */
#pragma once

#include <stdbool.h>

#include "serve/response.h"
#include "zone/zone.h"

/* Adds an RRset under its owner: a plain one whole, of a routed one the sets that its group chooses now.
 * The records get one TTL, the least of the chosen sets (RFC 2181 section 5.2).  If `shown` is not
 * NULL it gets the RRset whose records went out, of several the first, or NULL if the group has nothing
 * for this client.  If they do not fit the response is unchanged.
 *
 * Returns whether they fitted. */
MUST_CHECK bool routed_add(struct response *response, enum section section,
        struct response_owner *owner, const struct rrset *rrset, const struct rrset **shown);
