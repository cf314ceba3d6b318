/* definition_diff.h -- what a load would change of the checks: definitions in force beside those just read.
 *
 * For people, field by field under the names that checks.md has; and for the responder, which ids would come
 * and go.  Pure.
 */
#pragma once

#include <stdbool.h>

#include "admin/doc.h"
#include "base/buf.h"
#include "check/definition.h"

#define DEFINITION_DIFF_MAX 1000U /* checks told one by one */

/* Whether two definitions of one id are the same. */
bool definition_is_same(const struct definition *a, const struct definition *b);

/* Sets of `doc`, for `old` (NULL: none) and `fresh`: the arrays "added" and "removed", each row with "id",
 * "type" and "target"; "changed", with "id" and "fields", each with "field", "old" and "new", of which one
 * may be null; and "unnamed", how many more there are.
 *
 * Appends to `ids` "+ID" for each check that would come and "-ID" for each that would go, separated by
 * blanks.  Returns whether anything differs. */
bool definitions_diff(const struct definitions *old, const struct definitions *fresh,
        struct doc *doc, struct buf *ids);
