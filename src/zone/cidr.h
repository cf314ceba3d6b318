/* cidr.h -- a CIDR collection: networks under the names of locations (route53.md 1.9).
 *
 * A file NAME.cidr.json holds the collection NAME in one of Route 53's shapes; docs/formats/cidr.md has
 * them.  The longest block that holds a client's network counts; a client whose network is shorter than
 * a block is not held by it.  Immutable once loaded; any thread.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/diag.h"
#include "base/intern.h"
#include "route/prefix_map.h"

#define CIDR_FILE_MAX     (64U << 20) /* bytes of a collection */
#define CIDR_BLOCKS_MAX   1000000U
#define CIDR_LOCATION_MAX 16U /* bytes of a location's name */
#define CIDR_FAULTS_MAX   20U /* then the reading ends */

struct cidr {
    struct prefix_map *map;   /* values are locations; owned, as all */
    struct intern *locations; /* names, with their NUL */
};

/* Reads a collection out of a text, which is called `file` in messages.
 *
 * Returns 0 and a new *ret, ended with cidr_free(); or ERR_FAULTY with the faults in diag. */
MUST_CHECK int cidr_load_text(
        const char *file, const char *text, size_t length, struct cidr **ret, struct diag *diag);

/* NULL does nothing. */
void cidr_free(struct cidr *cidr);
