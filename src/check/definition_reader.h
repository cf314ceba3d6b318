/* definition_reader.h -- what the parts of the definitions' parser share: definition.c reads files and
 * the shapes around a check, definition_fields.c the members of one HealthCheckConfig,
 * definition_command.c the command of one.
 *
 * The path leads to where the reader is; faults take their place and their words from it.
 */
#pragma once

#include <jansson.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/attr.h"
#include "base/diag.h"
#include "check/definition.h"
#include "check/json_place.h"

#define DEFINITION_PATH_MAX 8U

struct definition_reader {
    const char *file; /* in the arena */
    struct json_text text;
    struct arena *arena;
    struct diag *diag;
    struct json_step path[DEFINITION_PATH_MAX];
    size_t depth;
};

/* Goes one step down, into a member or an element, and up again. */
void definition_enter_member(struct definition_reader *reader, const char *key);
void definition_enter_element(struct definition_reader *reader, size_t index);
void definition_leave(struct definition_reader *reader);

/* Adds an error at the path: "HealthChecks[3].Id: ...". */
void definition_fault(struct definition_reader *reader, const char *format, ...) PRINTF(2, 3);

/* Adds a warning at the path. */
void definition_warning(struct definition_reader *reader, const char *format, ...) PRINTF(2, 3);

/* Adds the error of a member that nobody knows; `nearest` may be NULL. */
void definition_unknown(struct definition_reader *reader, const char *key, const char *nearest);

/* What a JSON value is, for messages: "a string". */
const char *definition_kind(const json_t *value);

/* Reads a Command: an array of a program's absolute path and its arguments.  A program that cannot be
 * executed now is a warning, as it may come yet. */
void definition_read_command(
        struct definition_reader *reader, const json_t *value, struct check_target *ret);

/* Reads a HealthCheckConfig into `ret`, whose id and place are set already, with defaults and the rules
 * between fields.  Faults go to the reader's diag; then what is in *ret is of no use. */
void definition_read_config(
        struct definition_reader *reader, const json_t *config, struct definition *ret);
