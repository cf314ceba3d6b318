/* list_file.c -- see list_file.h. */
#include "health/list_file.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/file.h"
#include "base/str.h"

static int check_first(const struct list_file *kind, const char *line)
{
    size_t length = strlen(kind->magic);
    if (line == NULL || strncmp(line, kind->magic, length) != 0)
        return ERR_SYNTAX;
    return strcmp(line + length, kind->version) == 0 ? 0 : ERR_VERSION;
}

/* The last line counts the others and ends with a newline, behind which nothing stands. */
static int check_last(
        const struct list_file *kind, const char *line, const char *rest, uint64_t taken)
{
    uint64_t count;
    if (rest == NULL)
        return ERR_TRUNCATED;
    if (*rest != '\0' || str_parse_number(line, kind->count_max, &count) != 0)
        return ERR_SYNTAX;
    return count == taken ? 0 : ERR_SYNTAX;
}

static int take_all(const struct list_file *kind, char *text, list_file_take *take, void *context)
{
    uint64_t taken = 0;
    char *line = strsep(&text, "\n");
    int error = check_first(kind, line);
    while (error == 0) {
        line = strsep(&text, "\n");
        if (line == NULL)
            return ERR_TRUNCATED;
        if (strncmp(line, "end ", 4) == 0)
            return check_last(kind, line + 4, text, taken);
        error = take(context, line);
        taken++;
    }
    return error;
}

int list_file_load(
        const struct list_file *kind, const char *path, list_file_take *take, void *context)
{
    char *text = NULL;
    size_t length;
    int error = file_load(path, kind->file_max, &text, &length);
    if (error != 0)
        return error;
    error = strlen(text) == length ? take_all(kind, text, take, context) : ERR_SYNTAX;
    free(text);
    return error;
}
