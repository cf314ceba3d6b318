/* json_place.c -- see json_place.h. */
#include "base/json_place.h"

#include <stdbool.h>
#include <string.h>

struct cursor {
    struct json_text text;
    size_t at;
    size_t line_start;
    uint32_t line;
};

static char peek(const struct cursor *cursor)
{
    return cursor->at < cursor->text.length ? cursor->text.bytes[cursor->at] : '\0';
}

static struct json_point point(const struct cursor *cursor)
{
    return (struct json_point){cursor->line, (uint32_t)(cursor->at - cursor->line_start + 1)};
}

/* Skips blanks and the bytes between values. */
static void skip_between(struct cursor *cursor)
{
    while (cursor->at < cursor->text.length && strchr(" \t\r\n,:", peek(cursor)) != NULL) {
        if (peek(cursor) == '\n') {
            cursor->line++;
            cursor->line_start = cursor->at + 1;
        }
        cursor->at++;
    }
}

/* From the opening quote to behind the closing one.  JSON strings hold no raw newline. */
static void skip_string(struct cursor *cursor)
{
    cursor->at++;
    while (cursor->at < cursor->text.length && peek(cursor) != '"')
        cursor->at += peek(cursor) == '\\' ? 2 : 1;
    cursor->at++;
}

/* Skips one value, whatever it holds, by counting brackets. */
static void skip_value(struct cursor *cursor)
{
    size_t depth = 0;

    do {
        skip_between(cursor);
        char c = peek(cursor);
        if (c == '"') {
            skip_string(cursor);
            continue;
        }
        depth += c == '{' || c == '[';
        depth -= (c == '}' || c == ']') && depth > 0;
        cursor->at++;
        if (strchr("{}[]", c) == NULL)
            while (cursor->at < cursor->text.length &&
                    strchr(" \t\r\n,:{}[]\"", peek(cursor)) == NULL)
                cursor->at++;
    } while (depth > 0 && cursor->at < cursor->text.length);
}

/* Whether the string at the cursor is `key`.  A key written with escapes is not found; then the place
 * shown is that of the object. */
static bool is_key(const struct cursor *cursor, const char *key)
{
    size_t length = strlen(key);
    size_t left = cursor->text.length - cursor->at;

    return left >= length + 2 && memcmp(cursor->text.bytes + cursor->at + 1, key, length) == 0 &&
           cursor->text.bytes[cursor->at + 1 + length] == '"';
}

/* Moves from an opening bracket to the value of one step and sets *found to its place.  Returns whether
 * the step exists. */
static bool descend(struct cursor *cursor, const struct json_step *step, struct json_point *found)
{
    char open = peek(cursor);
    if (open != (step->key != NULL ? '{' : '['))
        return false;
    cursor->at++;
    for (size_t i = 0;; i++) {
        skip_between(cursor);
        if (peek(cursor) == '}' || peek(cursor) == ']' || peek(cursor) == '\0')
            return false;
        struct json_point here = point(cursor);
        bool wanted = step->key != NULL ? is_key(cursor, step->key) : i == step->index;
        if (step->key != NULL)
            skip_string(cursor);
        skip_between(cursor);
        if (wanted) {
            *found = here;
            return true;
        }
        skip_value(cursor);
    }
}

/* Walks a path as far as it exists. */
static struct json_point walk(struct cursor *cursor, const struct json_step *path, size_t depth)
{
    skip_between(cursor);
    struct json_point found = point(cursor);
    for (size_t i = 0; i < depth; i++)
        if (!descend(cursor, &path[i], &found))
            break;
    return found;
}

struct json_point json_place_find(struct json_text text, const struct json_step *path, size_t depth)
{
    struct cursor cursor = {.text = text, .line = 1};
    return walk(&cursor, path, depth);
}

void json_place_elements(struct json_text text, const struct json_step *path, size_t depth,
        struct json_point *ret, size_t room)
{
    struct cursor cursor = {.text = text, .line = 1};
    struct json_point array = walk(&cursor, path, depth);
    bool is_array = peek(&cursor) == '[';

    cursor.at++;
    for (size_t i = 0; i < room; i++) {
        ret[i] = array;
        skip_between(&cursor);
        if (!is_array || peek(&cursor) == ']' || peek(&cursor) == '\0')
            continue;
        ret[i] = point(&cursor);
        skip_value(&cursor);
    }
}
