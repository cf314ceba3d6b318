/* rrset.h -- from lines to an rrset with its wire form.  Internal to the building of zones. */
#pragma once

#include <stddef.h>

#include "base/arena.h"
#include "zone/verify.h"
#include "zone/zone.h"

/* The most bytes the wire form of one rrset may have, so that a response with it always fits a message:
 * 65535 less the header, a question and an OPT record with room to spare. */
#define RRSET_MAX_BYTES 64000U

/* How many bytes the wire form of these records has at most, equal ones not taken out. */
size_t rrset_size_bytes(const struct zone_record *const *records, size_t count);

/* Compiles `count` records of one owner and type, at least one, which it sorts in place by their data.
 * Equal ones are taken once.  The TTL is that of the records, the lowest where they differ. */
void rrset_compile(
        struct arena *arena, const struct zone_record **records, size_t count, struct rrset *ret);
