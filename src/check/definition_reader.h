/* definition_reader.h -- what the parts of the definitions' parser share: definition.c reads files and
 * the shapes around a check, definition_fields.c the members of one HealthCheckConfig,
 * definition_command.c the command of one.
 *
 * The path leads to where the reader is; faults take their place and their words from it.
 */
#pragma once

#include <jansson.h>

#include "base/arena.h"
#include "base/json_path.h"
#include "check/definition.h"

struct definition_reader {
    struct json_path path; /* its file is in the arena */
    struct arena *arena;
};

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
