/* protocol.c -- see protocol.h. */
#include "admin/protocol.h"

#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "base/str.h"

int protocol_find_line(const char *bytes, size_t length, size_t *ret)
{
    for (size_t i = 0; i < length; i++) {
        if (i > PROTOCOL_LINE_MAX || (i == PROTOCOL_LINE_MAX && bytes[i] != '\n'))
            return ERR_TOO_LARGE;
        if (bytes[i] == '\n') {
            *ret = i;
            return 0;
        }
        if ((unsigned char)bytes[i] < ' ')
            return ERR_SYNTAX;
    }
    return ERR_TRUNCATED;
}

size_t protocol_print_head(int status, size_t length, char ret[PROTOCOL_HEAD_MAX])
{
    if (status == 0)
        snprintf(ret, PROTOCOL_HEAD_MAX, "ok %zu\n", length);
    else
        snprintf(ret, PROTOCOL_HEAD_MAX, "error %d %zu\n", status, length);
    return strlen(ret);
}

/* Cuts the next word off *at. */
static char *next_word(char **at)
{
    char *word = *at;
    *at += strcspn(word, " ");
    if (**at == ' ')
        *(*at)++ = '\0';
    return word;
}

static int read_words(char *line, int *status, size_t *body_length)
{
    uint64_t code = 0, body;
    const char *first = next_word(&line);
    bool failed = strcmp(first, "error") == 0;
    if (!failed && strcmp(first, "ok") != 0)
        return ERR_SYNTAX;
    if (failed) {
        const char *word = next_word(&line);
        if (word[0] != '-' || str_parse_number(word + 1, INT_MAX, &code) != 0 || code == 0)
            return ERR_SYNTAX;
    }
    int error = str_parse_number(line, PROTOCOL_REPLY_MAX, &body);
    if (error != 0)
        return error == ERR_SYNTAX ? ERR_SYNTAX : ERR_TOO_LARGE;
    *status = -(int)code;
    *body_length = (size_t)body;
    return 0;
}

int protocol_read_head(
        const char *bytes, size_t length, int *status, size_t *body_length, size_t *head_bytes)
{
    char line[PROTOCOL_HEAD_MAX];
    const char *newline = memchr(bytes, '\n', length < sizeof(line) ? length : sizeof(line));
    if (newline == NULL)
        return length < sizeof(line) ? ERR_TRUNCATED : ERR_SYNTAX;
    memcpy(line, bytes, (size_t)(newline - bytes));
    line[newline - bytes] = '\0';
    int error = read_words(line, status, body_length);
    if (error != 0)
        return error;
    *head_bytes = (size_t)(newline - bytes) + 1;
    return 0;
}
