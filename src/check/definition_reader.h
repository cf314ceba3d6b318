/* definition_reader.h -- what the parts of the definitions' parser share: definition.c reads files and
 * the shapes around a check, definition_fields.c the members of one HealthCheckConfig,
 * definition_exchange.c those that say what is sent and what shall come, definition_command.c the command
 * of one, and definition_push.c those of checks that are told and not probed.
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

/* Adds a fault for each member of an object that is not among `names`. */
void definition_check_members(struct definition_reader *reader, const json_t *object,
        const char *const *names, size_t count);

/* A string that has no NUL within, borrowed from the value; or NULL: then definition_kind() says what
 * it is instead. */
const char *definition_string(const json_t *value);

/* The same of 1 to `most` bytes; or NULL and a fault. */
const char *definition_text(struct definition_reader *reader, const json_t *value, size_t most);

/* Reads a Command: an array of a program's absolute path and its arguments.  A program that cannot be
 * executed now is a warning, as it may come yet. */
void definition_read_command(
        struct definition_reader *reader, const json_t *value, struct check_target *ret);

/* Reads a HealthCheckConfig into `ret`, whose id and place are set already, with defaults and the rules
 * between fields.  Faults go to the reader's diag; then what is in *ret is of no use. */
void definition_read_config(
        struct definition_reader *reader, const json_t *config, struct definition *ret);

/* Reads a string of 1 to `most` bytes of any value into the arena: its characters are U+0000 to U+00FF,
 * each for the byte of that number.  *ret is untouched after a fault. */
void definition_read_bytes(struct definition_reader *reader, const json_t *value, size_t most,
        struct check_bytes *ret);

/* Question, Protocol and ExpectedRcode of a DNS check.  *ret is untouched after a fault. */
void definition_read_question(
        struct definition_reader *reader, const json_t *value, struct check_dns *ret);
void definition_read_protocol(
        struct definition_reader *reader, const json_t *value, struct check_dns *ret);
void definition_read_rcode(
        struct definition_reader *reader, const json_t *value, struct check_dns *ret);

/* AlarmIdentifier, InsufficientDataHealthStatus and RoutingControlArn.  *ret is untouched after a fault. */
void definition_read_alarm(
        struct definition_reader *reader, const json_t *value, struct check_push *ret);
void definition_read_insufficient(
        struct definition_reader *reader, const json_t *value, struct check_push *ret);
void definition_read_control(
        struct definition_reader *reader, const json_t *value, struct check_push *ret);

/* The rules between the members of a check that is told: what must be there.  One word decides. */
void definition_finish_push(struct definition_reader *reader, struct definition *ret);

/* What depends on them: ExpectedRdata, and the rules between the members of a DNS check. */
void definition_finish_dns(
        struct definition_reader *reader, const json_t *config, struct check_dns *ret);
