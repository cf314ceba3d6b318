/* shown.c -- see shown.h. */
#include "check/shown.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define ESCAPED_MAX 4U /* "\xHH" */
#define CUT         "\"..."

static void escape(uint8_t byte, char ret[ESCAPED_MAX + 1])
{
    static const char letters[] = "\r\n\t\"\\";
    static const char names[] = "rnt\"\\";
    const char *found = byte != '\0' ? strchr(letters, byte) : NULL;

    if (found != NULL)
        snprintf(ret, ESCAPED_MAX + 1, "\\%c", names[found - letters]);
    else if (byte >= ' ' && byte <= '~')
        snprintf(ret, ESCAPED_MAX + 1, "%c", byte);
    else
        snprintf(ret, ESCAPED_MAX + 1, "\\x%02x", byte);
}

const char *shown(const void *bytes, size_t length, char ret[SHOWN_MAX + 1])
{
    const uint8_t *from = bytes;
    char escaped[ESCAPED_MAX + 1];
    size_t at = 0;
    size_t i = 0;

    ret[at++] = '"';
    for (; i < length; i++) {
        escape(from[i], escaped);
        if (at + strlen(escaped) + strlen(CUT) > SHOWN_MAX)
            break;
        memcpy(ret + at, escaped, strlen(escaped));
        at += strlen(escaped);
    }
    snprintf(ret + at, SHOWN_MAX + 1 - at, "%s", i < length ? CUT : "\"");
    return ret;
}

void shown_all(const void *bytes, size_t length, struct buf *ret)
{
    char escaped[ESCAPED_MAX + 1];

    for (size_t i = 0; i < length; i++) {
        escape(((const uint8_t *)bytes)[i], escaped);
        buf_add_string(ret, escaped);
    }
}
