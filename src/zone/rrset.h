/* rrset.h -- from lines to an rrset with its wire form.  Internal to the building of zones. */
#pragma once

#include <stddef.h>

#include "base/arena.h"
#include "dns/edns.h"
#include "dns/message.h"
#include "zone/verify.h"
#include "zone/zone.h"

/* The most bytes the wire form of an rrset may have so that a response with it always fits a message,
 * beside the header, the question, and OPT with all options that a client may ask for: below the longest
 * name there is, and below the shortest. */
#define RRSET_SURE_BYTES (RRSET_MAX_BYTES + 1 - NAME_MAX_BYTES)
#define RRSET_MAX_BYTES                                                                            \
    (MESSAGE_MAX_BYTES - MESSAGE_HEADER_BYTES - (1 + MESSAGE_QUESTION_BYTES) - EDNS_OPT_BYTES -    \
            EDNS_REPLY_OPTIONS_MAX)

/* The same for records of this owner: a wildcard's answer questions for names of any length. */
size_t rrset_room_bytes(const uint8_t *owner);

/* How many bytes the wire form of these records has at most, equal ones not taken out. */
size_t rrset_size_bytes(const struct zone_record *const *records, size_t count);

/* Sorts records of one owner and type by their data and takes equal ones out.  Returns how many are
 * left, in front. */
size_t rrset_distinct(const struct zone_record **records, size_t count);

/* Compiles `count` records of one owner and type, at least one, which it sorts in place by their data.
 * Equal ones are taken once.  The TTL is that of the records, the lowest where they differ. */
void rrset_compile(
        struct arena *arena, const struct zone_record **records, size_t count, struct rrset *ret);
