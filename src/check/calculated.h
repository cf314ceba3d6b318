/* calculated.h -- CALCULATED checks that count others of their kind: which come before which.  Pure.
 *
 * Route 53 lets no CALCULATED check count another; here they nest.  What is counted comes before what counts
 * it, so no check may count itself, by whatever way, and a chain has at most CALCULATED_DEPTH_MAX of them.
 */
#pragma once

#include <stdint.h>

#include "base/attr.h"
#include "base/diag.h"
#include "check/definition.h"

#define CALCULATED_DEPTH_MAX 16U

/* Puts the places of all definitions in the list into `ret` (definitions->count of them), each behind its
 * children.  Children that no definition has are passed over: definition.c tells them.
 *
 * Returns 0; or ERR_FAULTY with an error for each circle, spelled out, and for each chain that is too long:
 * then *ret is of no use. */
MUST_CHECK int calculated_order(
        const struct definitions *definitions, uint32_t *ret, struct diag *diag);
