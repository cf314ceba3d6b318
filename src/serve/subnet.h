/* subnet.h -- the client subnet option (RFC 7871), and who a query is answered for.  Pure. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/net.h"
#include "route/client.h"

#define SUBNET_SCOPE_AT 3U /* where the scope stands in the option's data */

/* Reads the data of a client subnet option as it came in a query: as many bytes of address as the
 * prefix needs, no bit behind it, no scope, a family that is known (RFC 7871 sections 6 and 7.2.1).
 *
 * Returns 0 and the network in *ret, or ERR_SYNTAX.  Family 0 is how a client says that it has no subnet
 * to tell: the network then has no bits. */
MUST_CHECK int subnet_read(const uint8_t *data, uint16_t length, struct client *ret);

/* The client of a query without a subnet: whoever sent it. */
void subnet_from_address(const union net_address *address, struct client *ret);
