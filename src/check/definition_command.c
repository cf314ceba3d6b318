/* definition_command.c -- the command of an EXEC check, and whether there may be one at all. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "check/definition_reader.h"
#include "exec/message.h"

/* One argument, or NULL and a fault. */
static const char *get_argument(struct definition_reader *reader, const json_t *value)
{
    const char *text = definition_string(value);
    if (text == NULL) {
        json_path_fault(&reader->path, "is %s; wanted a string", definition_kind(value));
        return NULL;
    }
    return arena_string(reader->arena, text);
}

static void check_program(struct definition_reader *reader, const char *path)
{
    if (*path != '/')
        json_path_fault(&reader->path,
                "\"%s\" is no absolute path; no shell and no PATH looks for the program", path);
    else if (access(path, X_OK) == -1)
        json_path_warning(&reader->path, "\"%s\" cannot be executed: %s", path, err_text(-errno));
}

static void read_arguments(struct definition_reader *reader, const json_t *value, const char **ret)
{
    size_t bytes = 0;
    for (size_t i = 0; i < json_array_size(value); i++) {
        json_path_enter_element(&reader->path, i);
        const char *argument = get_argument(reader, json_array_get(value, i));
        if (argument != NULL && i == 0)
            check_program(reader, argument);
        json_path_leave(&reader->path);
        ret[i] = argument != NULL ? argument : "";
        bytes += strlen(ret[i]) + 1;
    }
    if (bytes > EXEC_COMMAND_MAX)
        json_path_fault(&reader->path, "has %zu bytes; at most %u, with one more for each argument",
                bytes, EXEC_COMMAND_MAX);
}

void definition_read_command(
        struct definition_reader *reader, const json_t *value, struct check_target *ret)
{
    size_t count = json_array_size(value);

    if (count < 1 || count > EXEC_ARGUMENTS_MAX) {
        json_path_fault(&reader->path,
                "wanted an array of a program and its arguments, 1 to %u strings",
                EXEC_ARGUMENTS_MAX);
        return;
    }
    const char **arguments = arena_zalloc(reader->arena, (count + 1) * sizeof(const char *));
    read_arguments(reader, value, arguments);
    ret->command = arguments;
}

int definitions_refuse_commands(const struct definitions *definitions, struct diag *diag)
{
    int result = 0;
    for (size_t i = 0; i < definitions->count; i++) {
        const struct definition *definition = &definitions->list[i];
        if (definition->target.type != CHECK_EXEC)
            continue;
        diag_error(diag, definition->place,
                "the check \"%s\" is of type EXEC, and commands are off; exec-checks = true in the "
                "configuration (--exec-checks) allows them",
                definition->id);
        result = ERR_FAULTY;
    }
    return result;
}
