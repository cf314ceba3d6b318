/* name.c -- see name.h. */
#include "dns/name.h"

#include <assert.h>
#include <string.h>

#include "base/err.h"
#include "dns/wire.h"

#define LABEL_MAX     63U
#define POINTER_LABEL (NAME_POINTER >> 8) /* the least byte that begins a pointer */

/* A length byte is below 'A', so a whole name can be folded byte by byte. */
static_assert(LABEL_MAX < 'A', "length bytes must not look like letters");

static uint8_t fold(uint8_t c)
{
    return c >= 'A' && c <= 'Z' ? (uint8_t)(c - 'A' + 'a') : c;
}

static bool equal_folded(const uint8_t *a, const uint8_t *b, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if (a[i] != b[i] && fold(a[i]) != fold(b[i]))
            return false;
    return true;
}

size_t name_length(const uint8_t *name)
{
    const uint8_t *at = name;
    while (*at != 0)
        at += *at + 1U;
    return (size_t)(at - name) + 1;
}

uint32_t name_labels(const uint8_t *name)
{
    uint32_t labels = 0;
    for (; *name != 0; name += *name + 1U)
        labels++;
    return labels;
}

int name_from_wire(const uint8_t *bytes, size_t size)
{
    size_t at = 0;

    if (size > NAME_MAX_BYTES)
        size = NAME_MAX_BYTES;
    while (at < size && bytes[at] != 0) {
        if (bytes[at] > LABEL_MAX)
            return ERR_SYNTAX;
        at += bytes[at] + 1U;
    }
    return at < size ? (int)at + 1 : ERR_SYNTAX;
}

/* Each pointer must point before the place where the run of labels it ends began.  That is stricter
 * than "before itself" and needs no counter against loops: the places only fall. */
int name_read(const uint8_t *message, size_t size, size_t offset, struct name *ret, size_t *next)
{
    uint8_t bytes[NAME_MAX_BYTES];
    size_t length = 0;
    size_t at = offset;
    size_t began = offset;
    size_t end = 0; /* behind the name at `offset`; known at its first pointer */

    for (;;) {
        if (at >= size)
            return ERR_SYNTAX;
        uint8_t label = message[at];
        if (label >= POINTER_LABEL) {
            if (at + 1 >= size)
                return ERR_SYNTAX;
            size_t target = wire_load16(message + at) & NAME_POINTER_MAX;
            if (target >= began)
                return ERR_SYNTAX;
            end = end > 0 ? end : at + 2;
            at = began = target;
            continue;
        }
        if (label > LABEL_MAX || label >= size - at || length + label + 1 > NAME_MAX_BYTES)
            return ERR_SYNTAX;
        memcpy(bytes + length, message + at, label + 1U);
        length += label + 1U;
        at += label + 1U;
        if (label == 0)
            break;
    }
    ret->length = (uint8_t)length;
    memcpy(ret->bytes, bytes, length);
    *next = end > 0 ? end : at;
    return 0;
}

/* Takes one byte of a label off the text: \DDD, \X or the byte itself.  Returns it, or -1. */
static int take_byte(const char **text)
{
    const uint8_t *at = (const uint8_t *)*text;

    if (*at != '\\') {
        *text += 1;
        return *at;
    }
    if (at[1] < '0' || at[1] > '9') {
        *text += at[1] != '\0' ? 2 : 1;
        return at[1] != '\0' ? at[1] : -1;
    }
    int value = 0;
    for (int i = 1; i <= 3; i++) {
        if (at[i] < '0' || at[i] > '9')
            return -1;
        value = value * 10 + (at[i] - '0');
    }
    *text += 4;
    return value <= 255 ? value : -1;
}

/* Reads one label into `label`, length byte first, up to a dot or the end of the text. */
static int take_label(const char **text, uint8_t label[LABEL_MAX + 1])
{
    uint8_t length = 0;

    while (**text != '\0' && **text != '.') {
        int byte = take_byte(text);
        if (byte < 0 || length == LABEL_MAX)
            return ERR_SYNTAX;
        label[++length] = (uint8_t)byte;
    }
    label[0] = length;
    return length > 0 ? 0 : ERR_SYNTAX;
}

int name_from_text(const char *text, const uint8_t *origin, struct name *ret)
{
    static const uint8_t root[] = {0};
    struct name name;
    size_t length = 0;
    const uint8_t *rest = origin;

    if (strcmp(text, "@") == 0)
        text = "";
    else if (strcmp(text, ".") == 0)
        text = "", rest = root;
    else if (*text == '\0')
        return ERR_SYNTAX;
    while (*text != '\0') {
        uint8_t label[LABEL_MAX + 1];
        int error = take_label(&text, label);
        if (error != 0)
            return error;
        /* A byte stays free for the root. */
        if (length + label[0] + 2U > NAME_MAX_BYTES)
            return ERR_TOO_LARGE;
        memcpy(name.bytes + length, label, label[0] + 1U);
        length += label[0] + 1U;
        if (*text == '.' && *++text == '\0')
            rest = root;
    }

    size_t rest_length = name_length(rest);
    if (length + rest_length > NAME_MAX_BYTES)
        return ERR_TOO_LARGE;
    memcpy(name.bytes + length, rest, rest_length);
    name.length = (uint8_t)(length + rest_length);
    *ret = name;
    return 0;
}

/* Bytes that mean something in a master file when they stand bare. */
static bool is_special(uint8_t byte)
{
    return memchr(".\\\"();@$", byte, 8) != NULL;
}

static char *put_byte(char *at, uint8_t byte)
{
    if (byte > ' ' && byte < 0x7f) {
        if (is_special(byte))
            *at++ = '\\';
        *at++ = (char)byte;
        return at;
    }
    *at++ = '\\';
    *at++ = (char)('0' + byte / 100);
    *at++ = (char)('0' + byte / 10 % 10);
    *at++ = (char)('0' + byte % 10);
    return at;
}

const char *name_to_text(const uint8_t *name, char ret[NAME_TEXT_MAX])
{
    char *at = ret;

    if (*name == 0)
        *at++ = '.';
    for (; *name != 0; name += *name + 1U) {
        for (uint8_t i = 1; i <= *name; i++)
            at = put_byte(at, name[i]);
        *at++ = '.';
    }
    *at = '\0';
    return ret;
}

void name_copy(const uint8_t *name, struct name *ret)
{
    ret->length = (uint8_t)name_length(name);
    memmove(ret->bytes, name, ret->length);
}

void name_copy_lower(const uint8_t *name, struct name *ret)
{
    ret->length = (uint8_t)name_length(name);
    for (size_t i = 0; i < ret->length; i++)
        ret->bytes[i] = fold(name[i]);
}

bool name_equal(const uint8_t *a, const uint8_t *b)
{
    for (;;) {
        size_t step = *a + 1U;
        if (*a != *b || !equal_folded(a + 1, b + 1, *a))
            return false;
        if (*a == 0)
            return true;
        a += step;
        b += step;
    }
}

bool name_is_within(const uint8_t *name, const uint8_t *ancestor)
{
    uint32_t labels = name_labels(name);
    uint32_t above = name_labels(ancestor);
    return labels >= above && name_equal(name_skip(name, labels - above), ancestor);
}

static int compare_labels(const uint8_t *a, const uint8_t *b)
{
    uint8_t shorter = *a < *b ? *a : *b;
    for (uint8_t i = 1; i <= shorter; i++)
        if (fold(a[i]) != fold(b[i]))
            return fold(a[i]) < fold(b[i]) ? -1 : 1;
    return *a - *b;
}

/* Fills `ret` with where each label starts; returns how many there are. */
static uint32_t find_labels(const uint8_t *name, const uint8_t *ret[NAME_MAX_LABELS])
{
    uint32_t count = 0;
    for (; *name != 0; name += *name + 1U)
        ret[count++] = name;
    return count;
}

int name_compare(const uint8_t *a, const uint8_t *b)
{
    const uint8_t *a_label[NAME_MAX_LABELS];
    const uint8_t *b_label[NAME_MAX_LABELS];
    uint32_t a_left = find_labels(a, a_label);
    uint32_t b_left = find_labels(b, b_label);

    while (a_left > 0 && b_left > 0) {
        int order = compare_labels(a_label[--a_left], b_label[--b_left]);
        if (order != 0)
            return order;
    }
    return (int)a_left - (int)b_left;
}

const uint8_t *name_skip(const uint8_t *name, uint32_t count)
{
    for (; count > 0; count--) {
        assert(*name != 0);
        name += *name + 1U;
    }
    return name;
}

uint32_t name_common_labels(const uint8_t *a, const uint8_t *b)
{
    uint32_t a_labels = name_labels(a);
    uint32_t b_labels = name_labels(b);
    uint32_t common = 0;

    a = name_skip(a, a_labels > b_labels ? a_labels - b_labels : 0);
    b = name_skip(b, b_labels > a_labels ? b_labels - a_labels : 0);
    /* From here both have as many labels left: those shared are the last run of equal ones. */
    for (; *a != 0; a += *a + 1U, b += *b + 1U)
        common = compare_labels(a, b) == 0 ? common + 1 : 0;
    return common;
}

bool name_is_wildcard(const uint8_t *name)
{
    return name[0] == 1 && name[1] == '*';
}
