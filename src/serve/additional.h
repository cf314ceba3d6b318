/* additional.h -- addresses that save the client a question: of name servers, mail exchangers and
 * services, and the glue of a delegation.  Pure.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "serve/response.h"
#include "zone/zone.h"

#define ADDITIONAL_NAMES_MAX 16U /* names looked up where their addresses are not required */

struct additional {
    struct response *response;
    const struct zone *zone;
    const struct node *cut; /* of a delegation; NULL if the records are an answer */
    const uint8_t *owner; /* of the records, for whose rdata a root name stands (RFC 9460 2.5.2) */
    uint16_t wanted;      /* a type wanted beside addresses, or 0; set here */
    const uint8_t *added[ADDITIONAL_NAMES_MAX]; /* the names whose addresses were added */
    uint32_t added_count;
};

/* Whether the rdata of a type names a host: of others additional_add() has nothing to add. */
bool additional_has(uint16_t type);

/* Adds the addresses, as far as the zone has them or a wildcard gives them, of the names in an RRset's
 * rdata.  Those of name servers at or below the cut are required (RFC 9471 section 3); others are left
 * out if they do not fit.
 *
 * Returns whether all that is required was added. */
bool additional_add(struct additional *additional, const struct rrset *rrset);
