/* sound.c -- see sound.h. */
#include "dns/sound.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/attr.h"
#include "dns/wire.h"

#define LOC_SIZES        4U /* altitude, size, horizontal and vertical precision */
#define SVC_MANDATORY    0U
#define AFD_LENGTH_AT    3U /* where the length of an APL item's address stands, with its '!' bit */
#define APL_HEADER_BYTES 4U

static const char *skip_blanks(const char *at)
{
    return at + strspn(at, " \t");
}

/* Takes one number off, which must end at a blank, at the end or at a letter of `units`. */
static bool take_number(const char **at, double max, const char *units)
{
    char *end;
    const char *start = skip_blanks(*at);

    if (strspn(start, "+-.0123456789") == 0)
        return false;
    double value = strtod(start, &end);
    if (end == start || value > max || value < -max)
        return false;
    if (*end != '\0' && strchr(units, *end) != NULL)
        end++;
    *at = end;
    return *end == '\0' || *end == ' ' || *end == '\t';
}

/* Degrees, perhaps minutes and seconds, then one of the two letters. */
static bool take_angle(const char **at, double max, const char *letters)
{
    static const double below[] = {0, 59, 59.9995};

    for (size_t i = 0; i < COUNT(below); i++) {
        if (!take_number(at, i == 0 ? max : below[i], ""))
            return false;
        *at = skip_blanks(*at);
        if (**at != '\0' && strchr(letters, **at) != NULL) {
            *at += 1;
            return **at == ' ' || **at == '\t';
        }
    }
    return false;
}

bool sound_loc(const char *text, const uint8_t *wire, size_t size)
{
    const char *at = text;
    (void)wire;
    (void)size;

    if (!take_angle(&at, 90, "NSns") || !take_angle(&at, 180, "EWew"))
        return false;
    for (size_t i = 0; i < LOC_SIZES; i++) {
        at = skip_blanks(at);
        if (*at == '\0')
            return i > 0; /* the altitude must be there */
        if (!take_number(&at, 90000000.0, "mM"))
            return false;
    }
    return *skip_blanks(at) == '\0';
}

bool sound_apl(const char *text, const uint8_t *wire, size_t size)
{
    (void)text;
    if (size < APL_HEADER_BYTES)
        return false;
    uint16_t family = wire_load16(wire);
    uint8_t bits = family == 1 ? 32 : 128;
    uint8_t bytes = wire[AFD_LENGTH_AT] & 0x7f;
    return (family == 1 || family == 2) && wire[2] <= bits && bytes <= bits / 8;
}

/* ldns takes an address without digits, and fills up half a byte. */
bool sound_hex(const char *text, const uint8_t *wire, size_t size)
{
    size_t digits = 0;
    (void)wire;

    for (const char *at = text[0] == '0' && text[1] == 'x' ? text + 2 : text; *at != '\0'; at++)
        digits += isxdigit((unsigned char)*at) != 0;
    return digits > 0 && digits == 2 * size;
}

/* Whether `key` is among the parameters. */
static bool has_key(const uint8_t *wire, size_t size, uint16_t key)
{
    struct wire_reader reader = {.bytes = wire, .size = size};
    while (!reader.failed && reader.at < size) {
        if (wire_read16(&reader) == key)
            return true;
        wire_read(&reader, wire_read16(&reader));
    }
    return false;
}

bool sound_svc(const char *text, const uint8_t *wire, size_t size)
{
    struct wire_reader reader = {.bytes = wire, .size = size};
    uint32_t next_key = 0; /* the least that may follow: keys are sorted and each stands once */
    (void)text;

    while (!reader.failed && reader.at < size) {
        uint16_t key = wire_read16(&reader);
        uint16_t length = wire_read16(&reader);
        const uint8_t *value = wire_read(&reader, length);
        if (value == NULL || key < next_key)
            return false;
        next_key = key + 1U;
        for (size_t i = 0; key == SVC_MANDATORY && i + 1 < length; i += 2)
            if (!has_key(wire, size, wire_load16(value + i)))
                return false;
    }
    return !reader.failed;
}
