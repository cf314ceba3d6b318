/* diff_rrset.h -- two versions of an RRset as the lines of a zone file that only one of them has. */
#pragma once

#include <stdint.h>

#include "admin/doc.h"
#include "zone/diff.h"

/* Makes a new document of a pair of which one may be NULL: "type"; "removed" and "added", arrays of lines,
 * each with "ttl" and "data" (null for an alias, which has none of its own) and "annotation" or null; and
 * "unlisted", how many lines were left out because of *room.
 *
 * *room is the text that still may be written, in bytes; what was written is taken from it. */
MUST_CHECK struct doc *diff_rrset_doc(const struct zone_diff_rrset *pair, uint32_t *room);
