/* set_request.h -- which checks a record set has, for an operator who wants to drain it.
 *
 * The set is named OWNER/SET or OWNER/TYPE/SET, the type in capitals, the set identifier as explain shows it;
 * without a type the sets of that name of every type are meant.  It can be drained by its checks only if each has one
 * of its own, if no other set goes by one of them, and if in each group another set is healthy: else what is
 * drained would be answered all the same, or more than is meant.
 */
#pragma once

#include "base/attr.h"
#include "base/buf.h"
#include "health/table.h"
#include "zone/zonedb.h"

/* Appends the ids of the checks with blanks between them.
 *
 * Returns 0; or ERR_SYNTAX, -ENOENT or -EPERM with a sentence for people appended instead. */
MUST_CHECK int set_request_answer(const struct zone_set *zones, const struct health_table *health,
        const char *words, struct buf *ret);
