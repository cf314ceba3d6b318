/* show_reply.h -- what the parts of show.h share: members of a reply, whatever is there, and the replies that
 * have a file of their own.  Internal to admin/.
 */
#pragma once

#include <inttypes.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/buf.h"

#define SHOW_NUMBER_MAX 32U

static inline const char *text_of(const json_t *object, const char *key)
{
    return json_string_value(json_object_get(object, key));
}

static inline json_int_t number_of(const json_t *object, const char *key)
{
    return json_integer_value(json_object_get(object, key));
}

static inline bool is_set(const json_t *object, const char *key)
{
    return json_is_true(json_object_get(object, key));
}

static inline uint64_t duration_of(const json_t *object, const char *key)
{
    json_int_t number = number_of(object, key);
    return number > 0 ? (uint64_t)number : 0;
}

/* A text or a number as text; NULL if it is neither. */
static inline const char *print_member(
        const json_t *object, const char *key, char ret[SHOW_NUMBER_MAX])
{
    const json_t *member = json_object_get(object, key);
    if (json_is_string(member))
        return json_string_value(member);
    if (!json_is_integer(member))
        return NULL;
    snprintf(ret, SHOW_NUMBER_MAX, "%" JSON_INTEGER_FORMAT, json_integer_value(member));
    return ret;
}

/* show_explain.c */
void show_explain(const json_t *root, struct buf *ret);

/* "50 %", and "0.25 %" below one in ten. */
void show_percent(struct buf *ret, double probability);

/* show_diff.c */
void show_diff(const json_t *root, struct buf *ret);

/* The faults of a load, a line each, and the sentences of the supervisor. */
void show_faults(const json_t *report, struct buf *ret);
void show_notes(const json_t *root, struct buf *ret);

/* show_lint.c: without and with what is waived */
void show_lint(const json_t *root, struct buf *ret);
void show_lint_all(const json_t *root, struct buf *ret);
