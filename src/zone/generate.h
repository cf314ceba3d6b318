/* generate.h -- $GENERATE, BIND's way to write many records as one: the range and the templates.
 *
 * In a template `$` stands for the number, `\$` and `$$` for a dollar, and `${offset[,width[,base]]}` for
 * the number plus offset, zero-padded to width, in base d, o, x or X; n and N write hex digits in
 * reverse order with dots between them (for ip6.arpa), where width counts the dots.  Pure.
 */
#pragma once

#include <stdint.h>

#include "base/attr.h"
#include "base/buf.h"

#define GENERATE_NUMBER_MAX 2147483647U
#define GENERATE_WIDTH_MAX  255U

struct generate_range {
    uint32_t start, stop; /* both included */
    uint32_t step;        /* from 1 */
};

/* Reads start-stop[/step].
 *
 * Returns 0 and *ret; ERR_SYNTAX if it is none, or runs backwards, or its step is 0; -ERANGE if a number is
 * above GENERATE_NUMBER_MAX.  *ret is untouched on error. */
MUST_CHECK int generate_range_parse(const char *text, struct generate_range *ret);

/* How many numbers a range has. */
uint32_t generate_range_count(const struct generate_range *range);

/* Appends the template with `number` put in.  What passes the maximum of `ret` is cut as always.
 *
 * Returns 0; or ERR_SYNTAX, with a sentence for people in *why (static), and part of the text appended. */
MUST_CHECK int generate_expand(
        const char *template, uint32_t number, struct buf *ret, const char **why);
