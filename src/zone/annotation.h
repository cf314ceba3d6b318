/* annotation.h -- the routing of one line, out of its comment.  docs/formats/annotations.md has the
 * grammar.  Pure: it knows words and ranges; what lines of a group owe each other is group.h's. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/buf.h"
#include "base/diag.h"
#include "dns/name.h"
#include "health/table.h"
#include "route/route.h"

#define ANNOTATION_SET_MAX 128U /* bytes of a set identifier (route53.md 1.1) */

struct annotation {
    enum route_policy policy;
    uint16_t weight; /* ROUTE_WEIGHTED */
    uint16_t rank;   /* ROUTE_FAILOVER */
    bool has_alias;
    bool has_evaluate;
    bool evaluate;                    /* true unless evaluate=no */
    char check[HEALTH_ID_MAX + 1];    /* "" for none */
    char set[ANNOTATION_SET_MAX + 1]; /* "" for the default */
    struct name alias;
    struct diag_place place;       /* of the '@' */
    struct diag_place check_place; /* of the value, where the key is given */
    struct diag_place set_place;
    struct diag_place alias_place;
};

/* Parses an annotation.  `text` begins with '@' at `place`; `origin` completes alias names.
 *
 * Returns 0 and *ret, or ERR_FAULTY with every fault of the line added to `diag`: the word read, its
 * column, and the nearest word that was meant.  *ret is untouched on error. */
MUST_CHECK int annotation_parse(const char *text, struct diag_place place, const uint8_t *origin,
        struct annotation *ret, struct diag *diag);

/* Appends an annotation's text, from its '@' on, with the alias as an absolute name: what
 * annotation_parse() reads back as the same. */
void annotation_format(const struct annotation *annotation, struct buf *ret);

/* Whether a comment is an annotation at all: its text, blanks skipped, starts with '@' and a byte that
 * is no blank.  `comment` stands behind the ';'.  Returns the '@', or NULL. */
const char *annotation_find(const char *comment);
