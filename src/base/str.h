/* str.h -- small questions about text that several parsers ask. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"

/* Whether two strings are equal when ASCII case is ignored. */
bool str_equal_fold(const char *a, const char *b);

/* Whether `text` ends with `ending`. */
bool str_ends_with(const char *text, const char *ending);

/* Whether every byte of `text` is printable ASCII, a blank included. */
bool str_is_printable(const char *text);

/* Reads the whole of `text` as a decimal number from 0 to `max`.
 *
 * Returns 0 and the number in *ret; ERR_SYNTAX if it is empty or has another byte than a digit,
 * -ERANGE if it is above max.  *ret is untouched on error. */
MUST_CHECK int str_parse_number(const char *text, uint64_t max, uint64_t *ret);

/* The seconds of a unit as master files have it: w, d, h, m or s in any case; 0 for anything else. */
uint32_t str_unit_s(char letter);

/* How many single-byte insertions, deletions, replacements and swaps of neighbours turn one string
 * into the other, ASCII case ignored.  Strings are compared up to their first 64 bytes. */
uint32_t str_distance(const char *a, const char *b);

/* Finds what was meant by a misspelt word: start with {.word = what was read}, offer every valid
 * word, then read `best`, NULL if nothing was near enough to be worth naming.  An offer returns whether
 * it is the best so far. */
struct str_nearest {
    const char *word;
    const char *best; /* borrowed from the offer */
    uint32_t distance;
};
bool str_nearest_offer(struct str_nearest *nearest, const char *candidate);
