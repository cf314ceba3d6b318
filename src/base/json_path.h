/* json_path.h -- the way from the root of a JSON text to where its reader is, for faults found there.
 *
 * The reader of a document enters and leaves members and elements as it goes; a fault takes its line, its
 * column and its first words from the path: "HealthChecks[3].Id: ...".  Knows no JSON library: what is
 * read is the caller's.  One thread at a time.
 */
#pragma once

#include <stddef.h>

#include "base/attr.h"
#include "base/buf.h"
#include "base/diag.h"
#include "base/json_place.h"

#define JSON_PATH_MAX 8U /* steps */

struct json_path {
    const char *file; /* for messages; this and the text are borrowed */
    struct json_text text;
    struct diag *diag;
    struct json_step step[JSON_PATH_MAX];
    size_t depth;
};

/* Goes one step down, into a member or an element, and up again.  Keys are borrowed until then. */
void json_path_enter_member(struct json_path *path, const char *key);
void json_path_enter_element(struct json_path *path, size_t index);
void json_path_leave(struct json_path *path);

/* Appends the path in words: "HealthChecks[3].Id", or nothing at the root. */
void json_path_format(const struct json_path *path, struct buf *ret);

/* Adds an error, or a warning, where the path is. */
void json_path_fault(const struct json_path *path, const char *format, ...) PRINTF(2, 3);
void json_path_warning(const struct json_path *path, const char *format, ...) PRINTF(2, 3);

/* Adds the error of a member that nobody knows; `nearest` may be NULL. */
void json_path_unknown(const struct json_path *path, const char *key, const char *nearest);

/* Adds that error for a member of where the path is, unless its key is among the `count` names. */
void json_path_check_key(
        struct json_path *path, const char *key, const char *const *names, size_t count);

/* Adds the error of a text that is no JSON, in the words and at the place its parser told; lines and columns
 * below 1 are not known. */
void json_path_not_json(const struct json_path *path, int line, int column, const char *why);
