/* annotation.h -- the routing of one line, out of its comment.  docs/formats/annotations.md has the
 * grammar.  Pure: it knows words, codes and ranges; what lines of a group owe each other, and what is
 * known of the places they name, is group.h's.
 *
 * A zone may have millions of annotated lines, so an annotation holds its strings in the arena of the
 * load, and of the places of its words only how far behind the '@' they stand.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/attr.h"
#include "base/buf.h"
#include "base/diag.h"
#include "route/client.h"
#include "route/route.h"
#include "zone/atlas.h"

#define ANNOTATION_SET_MAX    128U     /* bytes of a set identifier (route53.md 1.1) */
#define ANNOTATION_COUPLE_MAX 64U      /* bytes of a couple's name */
#define ANNOTATION_BIAS_MAX   99       /* route53.md 1.7 */
#define ANNOTATION_ID_MAX     129U     /* bytes of annotation_id(), with the NUL */
#define ANNOTATION_DEGREE     10000000 /* what coordinates count: a centimetre or so */

/* Words whose place a message may need. */
enum annotation_word {
    ANNOTATION_CHECK,
    ANNOTATION_SET,
    ANNOTATION_ALIAS,
    ANNOTATION_STICKY,
    ANNOTATION_COUPLE,
    ANNOTATION_WHERE, /* the region, location, point or network */
    ANNOTATION_WORDS, /* how many there are */
};

/* A point of @geoproximity, given by a region or by coordinates. */
struct annotation_point {
    const char *region; /* NULL: the coordinates count */
    int32_t latitude;   /* in 1/ANNOTATION_DEGREE of a degree, as is the next */
    int32_t longitude;
    int8_t bias;
};

/* A location of a CIDR collection; "*" is its default. */
struct annotation_network {
    const char *collection;
    const char *location;
};

struct annotation {
    enum route_policy policy;
    uint16_t weight; /* ROUTE_WEIGHTED */
    uint16_t rank;   /* ROUTE_FAILOVER */
    union {
        struct annotation_point point;     /* ROUTE_GEOPROXIMITY */
        struct atlas_location location;    /* ROUTE_GEO */
        const char *region;                /* ROUTE_LATENCY */
        struct annotation_network network; /* ROUTE_CIDR */
    };
    const char *check;    /* "" for none */
    const char *set;      /* "" for the default */
    const char *couple;   /* "" for none */
    const uint8_t *alias; /* a name in wire form; NULL for none */
    bool has_evaluate;
    bool evaluate;                        /* true unless evaluate=no */
    bool couple_any;                      /* couple=...,any */
    uint8_t sticky_bits[CLIENT_FAMILIES]; /* 0: not sticky; else of both families */
    uint16_t offset[ANNOTATION_WORDS];    /* of each word from the '@', in bytes; 0: not given */
    struct diag_place place;              /* of the '@' */
};

/* What an annotation is read from.  All borrowed. */
struct annotation_source {
    const char *text; /* begins with '@'; at most LEXER_ANNOTATION_MAX bytes */
    struct diag_place place;
    const uint8_t *origin; /* completes alias names */
};

/* Parses an annotation.  Its strings are put into `arena`, the file of its place is the source's.
 *
 * Returns 0 and *ret, or ERR_FAULTY with every fault of the line added to `diag`: the word read, its
 * column, and the nearest word that was meant.  *ret is untouched on error. */
MUST_CHECK int annotation_parse(const struct annotation_source *source, struct arena *arena,
        struct annotation *ret, struct diag *diag);

/* Appends an annotation's text, from its '@' on, with the alias as an absolute name: what
 * annotation_parse() reads back as the same. */
void annotation_format(const struct annotation *annotation, struct buf *ret);

/* The place of a word's value, or of the '@' if the word was not given. */
struct diag_place annotation_word_place(
        const struct annotation *annotation, enum annotation_word word);

/* The identifier of the line's set, written to `ret`: what set= says, or what the policy says for it
 * ("primary", "eu-west-1", "US-CA", "default", "48.85,2.35").  Returns ret, or NULL if a line without
 * set= is a set of its own that has no name. */
const char *annotation_id(const struct annotation *annotation, char ret[ANNOTATION_ID_MAX]);

/* Whether two lines of one policy are for the same region, location, point with its bias, or network.
 * True for policies that ask for none.  Negative, 0 or positive: in some order. */
int annotation_compare_where(const struct annotation *a, const struct annotation *b);

/* The region, location, point or network as people write it, written to `ret`; "" for policies without
 * one.  Returns ret. */
const char *annotation_where_text(const struct annotation *annotation, char ret[ANNOTATION_ID_MAX]);

/* Whether a comment is an annotation at all: its text, blanks skipped, starts with '@' and a byte that
 * is no blank.  `comment` stands behind the ';'.  Returns the '@', or NULL. */
const char *annotation_find(const char *comment);
