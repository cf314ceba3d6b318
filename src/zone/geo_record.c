/* geo_record.c -- see geo_record.h. */
#include "zone/geo_record.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#include "base/err.h"

/* Types, by their numbers in the specification. */
enum type {
    TYPE_EXTENDED = 0,
    TYPE_POINTER = 1,
    TYPE_STRING = 2,
    TYPE_DOUBLE = 3,
    TYPE_MAP = 7,
    TYPE_ARRAY = 11,
    TYPE_BOOLEAN = 14,
    TYPE_FLOAT = 15,
};

struct value {
    uint32_t type;
    uint32_t size;  /* bytes; of a map or an array, entries; of a pointer, where it leads */
    size_t payload; /* where the bytes, or the first entry, are */
    size_t next;    /* behind the bytes; of a map or an array, its first entry */
};

/* A big-endian number of up to four bytes, or ERR_SYNTAX if the section ends before. */
static int read_number(const struct geo_data *data, size_t offset, size_t bytes, uint32_t *ret)
{
    uint32_t number = 0;

    if (offset > data->size || data->size - offset < bytes)
        return ERR_SYNTAX;
    for (size_t i = 0; i < bytes; i++)
        number = number << 8 | data->bytes[offset + i];
    *ret = number;
    return 0;
}

static int read_pointer(
        const struct geo_data *data, size_t offset, uint8_t control, struct value *ret)
{
    static const uint32_t bases[] = {0, 2048, 526336, 0};
    size_t bytes = (control >> 3 & 3) + 1U;
    uint32_t target;

    if (read_number(data, offset, bytes, &target) < 0)
        return ERR_SYNTAX;
    /* The longest form has no room left over in the control byte. */
    if (bytes < 4)
        target = (target | (uint32_t)(control & 7) << (8 * bytes)) + bases[bytes - 1];
    *ret = (struct value){TYPE_POINTER, target, offset, offset + bytes};
    return 0;
}

/* The size of a value whose control byte says `size`; moves the offset behind it. */
static int read_size(const struct geo_data *data, size_t *offset, uint32_t *size)
{
    static const uint32_t bases[] = {29, 285, 65821};
    uint32_t more;

    if (*size < 29)
        return 0;
    size_t bytes = *size - 28;
    if (read_number(data, *offset, bytes, &more) < 0)
        return ERR_SYNTAX;
    *size = bases[bytes - 1] + more;
    *offset += bytes;
    return 0;
}

/* Reads the control byte at an offset and what belongs to it, and counts the value. */
static int read_value(struct geo_data *data, size_t offset, struct value *ret)
{
    if (data->values_left == 0 || data->record_values_left == 0)
        return ERR_TOO_LARGE;
    data->values_left--;
    data->record_values_left--;
    if (offset >= data->size)
        return ERR_SYNTAX;
    uint8_t control = data->bytes[offset++];
    uint32_t type = control >> 5;
    if (type == TYPE_POINTER)
        return read_pointer(data, offset, control, ret);
    if (type == TYPE_EXTENDED) {
        if (offset >= data->size)
            return ERR_SYNTAX;
        type = 7U + data->bytes[offset++];
    }
    struct value value = {.type = type, .size = control & 31};
    if (read_size(data, &offset, &value.size) < 0)
        return ERR_SYNTAX;
    value.payload = offset;
    value.next = offset;
    bool is_whole = type == TYPE_MAP || type == TYPE_ARRAY || type == TYPE_BOOLEAN;
    if (!is_whole && data->size - offset < value.size)
        return ERR_SYNTAX;
    if (!is_whole)
        value.next += value.size;
    *ret = value;
    return 0;
}

/* Reads the value at an offset, or the one that a pointer there leads to.  If that is a pointer again, which
 * the format forbids, nobody wants its type. */
static int follow(struct geo_data *data, size_t offset, struct value *ret)
{
    int error = read_value(data, offset, ret);
    if (error < 0 || ret->type != TYPE_POINTER)
        return error;
    size_t next = ret->next;
    error = read_value(data, ret->size, ret);
    ret->next = next;
    return error;
}

/* Moves an offset behind a value and all that is in it; pointers are not followed. */
static int skip(struct geo_data *data, size_t *offset)
{
    uint64_t pending = 1;
    struct value value;

    for (; pending > 0; pending--) {
        int error = read_value(data, *offset, &value);
        if (error < 0)
            return error;
        *offset = value.next;
        if (value.type == TYPE_MAP)
            pending += 2ULL * value.size;
        else if (value.type == TYPE_ARRAY)
            pending += value.size;
    }
    return 0;
}

bool geo_record_is_sound(const uint8_t *bytes, size_t size)
{
    struct geo_data data = {bytes, size, GEO_RECORD_VALUES_MAX, GEO_RECORD_VALUES_MAX};
    size_t offset = 0;
    return skip(&data, &offset) == 0;
}

/* Finds the value of a key in a map that was read.  Returns 0 and its offset, -ENOENT, or an error. */
static int find_member(struct geo_data *data, const struct value *map, const char *key, size_t *ret)
{
    size_t offset = map->payload;
    struct value name;

    if (map->type != TYPE_MAP)
        return ERR_SYNTAX;
    for (uint32_t i = 0; i < map->size; i++) {
        int error = follow(data, offset, &name);
        if (error < 0)
            return error;
        if (name.type != TYPE_STRING)
            return ERR_SYNTAX;
        if (name.size == strlen(key) && memcmp(data->bytes + name.payload, key, name.size) == 0) {
            *ret = name.next;
            return 0;
        }
        offset = name.next;
        error = skip(data, &offset);
        if (error < 0)
            return error;
    }
    return -ENOENT;
}

/* Reads the value of a key in a map.  As find_member(). */
static int read_member(
        struct geo_data *data, const struct value *map, const char *key, struct value *ret)
{
    size_t offset;
    int error = find_member(data, map, key, &offset);
    return error < 0 ? error : follow(data, offset, ret);
}

/* Reads the code `key` of a map: letters and digits, `min` to `max` of them. */
static int read_code(
        struct geo_data *data, const struct value *map, const char *key, size_t min, char *ret)
{
    struct value code;
    int error = read_member(data, map, key, &code);

    if (error == -ENOENT)
        return 0;
    if (error < 0)
        return error;
    if (code.type != TYPE_STRING)
        return ERR_SYNTAX;
    size_t max = min == 1 ? 3 : min;
    if (code.size < min || code.size > max)
        return 0;
    for (uint32_t i = 0; i < code.size; i++) {
        char c = (char)data->bytes[code.payload + i];
        if ((c < 'A' || c > 'Z') && (c < '0' || c > '9'))
            return 0;
    }
    memcpy(ret, data->bytes + code.payload, code.size);
    return 0;
}

static int read_degrees(
        struct geo_data *data, const struct value *map, const char *key, double *ret)
{
    struct value value;
    uint32_t high = 0, low = 0;
    int error = read_member(data, map, key, &value);

    if (error < 0)
        return error;
    if (value.type == TYPE_DOUBLE && value.size == 8) {
        error = read_number(data, value.payload, 4, &high);
        if (error == 0)
            error = read_number(data, value.payload + 4, 4, &low);
        uint64_t bits = (uint64_t)high << 32 | low;
        memcpy(ret, &bits, sizeof(bits));
        return error;
    }
    if (value.type != TYPE_FLOAT || value.size != 4)
        return ERR_SYNTAX;
    error = read_number(data, value.payload, 4, &low);
    float single;
    memcpy(&single, &low, sizeof(single));
    *ret = single;
    return error;
}

/* Coordinates that no place has are as good as none. */
static int read_point(struct geo_data *data, const struct value *location, struct geo_place *ret)
{
    double latitude, longitude;
    int error = read_degrees(data, location, "latitude", &latitude);

    if (error == 0)
        error = read_degrees(data, location, "longitude", &longitude);
    if (error != 0)
        return error == -ENOENT ? 0 : error;
    if (!(fabs(latitude) <= 90) || !(fabs(longitude) <= 180))
        return 0;
    ret->has_point = 1;
    ret->latitude = (float)latitude;
    ret->longitude = (float)longitude;
    return 0;
}

/* The first and largest subdivision. */
static int read_subdivision(struct geo_data *data, const struct value *list, struct geo_place *ret)
{
    struct value first;

    if (list->type != TYPE_ARRAY)
        return ERR_SYNTAX;
    if (list->size == 0)
        return 0;
    int error = follow(data, list->payload, &first);
    return error < 0 ? error : read_code(data, &first, "iso_code", 1, ret->subdivision);
}

static int read_continent(struct geo_data *data, const struct value *map, struct geo_place *ret)
{
    return read_code(data, map, "code", 2, ret->continent);
}

static int read_country(struct geo_data *data, const struct value *map, struct geo_place *ret)
{
    return read_code(data, map, "iso_code", 2, ret->country);
}

static const struct {
    const char *key;
    int (*read)(struct geo_data *data, const struct value *value, struct geo_place *ret);
} parts[] = {
        {"continent",    read_continent  },
        {"country",      read_country    },
        {"subdivisions", read_subdivision},
        {"location",     read_point      },
};

int geo_record_read(struct geo_data *data, size_t offset, struct geo_place *ret)
{
    struct geo_place place;
    struct value record, part;

    memset(&place, 0, sizeof(place));
    data->record_values_left = GEO_RECORD_VALUES_MAX;
    int error = follow(data, offset, &record);
    for (size_t i = 0; i < COUNT(parts) && error == 0; i++) {
        error = read_member(data, &record, parts[i].key, &part);
        if (error == 0)
            error = parts[i].read(data, &part, &place);
        if (error == -ENOENT)
            error = 0;
    }
    if (error < 0)
        return error;
    /* Subdivisions of other countries are no places for @geo, and only tell equal ones apart. */
    if (strcmp(place.country, "US") != 0)
        memset(place.subdivision, 0, sizeof(place.subdivision));
    *ret = place;
    return 0;
}
