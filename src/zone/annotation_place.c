/* annotation_place.c -- see annotation_reader.h: words that say which clients a set is for. */
#include <errno.h>
#include <string.h>

#include "base/err.h"
#include "base/str.h"
#include "zone/annotation_reader.h"
#include "zone/geo_code.h"

#define LATITUDE_MAX  90
#define LONGITUDE_MAX 180

/* ------------------------------------------------------------------ latency */

void annotation_read_region(
        struct annotation_reader *reader, const char *value, struct diag_place place)
{
    reader->result.region = annotation_keep(reader, value, ATLAS_NAME_MAX, "a region", place);
    annotation_note_place(reader, ANNOTATION_WHERE, place);
}

/* ------------------------------------------------------------------ geo */

/* The only location without a key is the default: nothing is set. */
void annotation_read_default(
        struct annotation_reader *reader, const char *value, struct diag_place place)
{
    if (!str_equal_fold(value, "default"))
        diag_error(reader->diag, place,
                "\"%.64s\" is no location: write continent=, country=, country=US subdivision= or "
                "default",
                value);
    annotation_note_place(reader, ANNOTATION_WHERE, place);
}

/* Reads a code into `ret`; a fault says what it should have been. */
static void read_code(struct annotation_reader *reader, enum geo_kind kind, const char *value,
        struct diag_place place, char ret[3])
{
    static const char *const kinds[GEO_KINDS] = {
            [GEO_CONTINENT] = "continent: write AF, AN, AS, EU, NA, OC or SA",
            [GEO_COUNTRY] = "country that @geo knows: write two letters of ISO 3166-1",
            [GEO_STATE] = "state of the US: write its two letters",
    };
    const struct geo_code *found = geo_code_find(kind, value);

    annotation_note_place(reader, ANNOTATION_WHERE, place);
    if (found != NULL) {
        memcpy(ret, found->code, sizeof(found->code));
        return;
    }
    const struct geo_code *nearest = geo_code_nearest(kind, value);
    if (nearest != NULL)
        diag_error(reader->diag, place, "\"%.64s\" is no code; did you mean %s (%s)?", value,
                nearest->code, nearest->name);
    else
        diag_error(reader->diag, place, "\"%.64s\" is no %s", value, kinds[kind]);
}

void annotation_read_continent(
        struct annotation_reader *reader, const char *value, struct diag_place place)
{
    read_code(reader, GEO_CONTINENT, value, place, reader->result.location.continent);
}

void annotation_read_country(
        struct annotation_reader *reader, const char *value, struct diag_place place)
{
    if (strcmp(value, "*") == 0)
        diag_error(reader->diag, place, "country=* is written as default");
    else
        read_code(reader, GEO_COUNTRY, value, place, reader->result.location.country);
}

void annotation_read_state(
        struct annotation_reader *reader, const char *value, struct diag_place place)
{
    read_code(reader, GEO_STATE, value, place, reader->result.location.subdivision);
}

/* route53.md 1.6: a continent alone, a country alone, a state with its country, or the default alone. */
void annotation_check_location(struct annotation_reader *reader)
{
    const bool *seen = reader->seen;
    const char *country = reader->result.location.country;
    struct diag_place at = reader->result.place;
    bool has_country = seen[KEY_COUNTRY] || seen[KEY_SUBDIVISION];

    if (!reader->has_argument && !seen[KEY_CONTINENT] && !has_country)
        diag_error(reader->diag, at,
                "@geo wants continent=, country=, country=US subdivision= or default");
    else if (reader->has_argument && (seen[KEY_CONTINENT] || has_country))
        diag_error(reader->diag, at, "default stands alone: it is for every other location");
    else if (seen[KEY_CONTINENT] && has_country)
        diag_error(reader->diag, reader->key_place[KEY_CONTINENT],
                "continent= stands alone: a country says its continent");
    else if (seen[KEY_SUBDIVISION] &&
             (!seen[KEY_COUNTRY] || (country[0] != '\0' && strcmp(country, "US") != 0)))
        diag_error(reader->diag, reader->key_place[KEY_SUBDIVISION],
                "subdivision= stands only beside country=US");
}

/* ------------------------------------------------------------------ geoproximity */

/* Its place is always said with a key. */
void annotation_read_no_point(
        struct annotation_reader *reader, const char *value, struct diag_place place)
{
    diag_error(reader->diag, place,
            "\"%.64s\" is no point: write at=LATITUDE,LONGITUDE or region=NAME", value);
}

/* Reads degrees, with digits behind a point or without, from -max to max.  What is less than a
 * 1/ANNOTATION_DEGREE is left out.
 *
 * Returns 0 and *ret, ERR_SYNTAX or -ERANGE. */
static int parse_degrees(const char *text, size_t length, int64_t max, int32_t *ret)
{
    const char *end = text + length;
    int64_t sign = *text == '-' ? -1 : 1;
    int64_t value = 0;
    int64_t unit = ANNOTATION_DEGREE;

    if (*text == '-' || *text == '+')
        text++;
    const char *first = text;
    for (; text < end && *text >= '0' && *text <= '9'; text++)
        if (value <= max)
            value = value * 10 + (*text - '0');
    if (text == first)
        return ERR_SYNTAX;
    value *= ANNOTATION_DEGREE;
    if (text < end && *text == '.')
        for (text++; text < end && *text >= '0' && *text <= '9'; text++) {
            unit /= 10;
            value += unit * (*text - '0');
        }
    if (text < end)
        return ERR_SYNTAX;
    if (value > max * ANNOTATION_DEGREE)
        return -ERANGE;
    *ret = (int32_t)(sign * value);
    return 0;
}

/* LATITUDE,LONGITUDE. */
void annotation_read_at(
        struct annotation_reader *reader, const char *value, struct diag_place place)
{
    struct annotation_point *point = &reader->result.point;
    size_t length = strcspn(value, ",");
    const char *rest = value[length] == ',' ? value + length + 1 : "";
    int latitude = parse_degrees(value, length, LATITUDE_MAX, &point->latitude);
    int longitude = parse_degrees(rest, strlen(rest), LONGITUDE_MAX, &point->longitude);

    annotation_note_place(reader, ANNOTATION_WHERE, place);
    if (latitude == ERR_SYNTAX || longitude == ERR_SYNTAX) {
        diag_error(reader->diag, place,
                "\"%.64s\" is no point: write degrees as at=LATITUDE,LONGITUDE, like at=48.85,2.35",
                value);
        return;
    }
    if (latitude < 0)
        diag_error(reader->diag, place, "a latitude of %.*s; it lies from -%d to %d",
                (int)(length < 64 ? length : 64), value, LATITUDE_MAX, LATITUDE_MAX);
    if (longitude < 0) {
        place.column += (uint32_t)(rest - value);
        diag_error(reader->diag, place, "a longitude of %.64s; it lies from -%d to %d", rest,
                LONGITUDE_MAX, LONGITUDE_MAX);
    }
}

void annotation_read_at_region(
        struct annotation_reader *reader, const char *value, struct diag_place place)
{
    reader->result.point.region = annotation_keep(reader, value, ATLAS_NAME_MAX, "a region", place);
    annotation_note_place(reader, ANNOTATION_WHERE, place);
}

void annotation_read_bias(
        struct annotation_reader *reader, const char *value, struct diag_place place)
{
    bool has_sign = *value == '-' || *value == '+';
    uint64_t bias;

    if (str_parse_number(value + has_sign, ANNOTATION_BIAS_MAX, &bias) < 0)
        diag_error(reader->diag, place, "\"%.64s\" is no bias: write a number from -%d to %d",
                value, ANNOTATION_BIAS_MAX, ANNOTATION_BIAS_MAX);
    else
        reader->result.point.bias = (int8_t)(*value == '-' ? -(int)bias : (int)bias);
}

void annotation_check_point(struct annotation_reader *reader)
{
    if (!reader->has_argument && !reader->seen[KEY_AT] && !reader->seen[KEY_REGION])
        diag_error(reader->diag, reader->result.place,
                "@geoproximity wants at=LATITUDE,LONGITUDE or region=NAME");
    if (reader->seen[KEY_AT] && reader->seen[KEY_REGION])
        diag_error(reader->diag, reader->key_place[KEY_REGION],
                "at= and region= in one annotation: each says where the set is");
}

/* ------------------------------------------------------------------ cidr */

/* COLLECTION/LOCATION. */
void annotation_read_network(
        struct annotation_reader *reader, const char *value, struct diag_place place)
{
    struct annotation_network *network = &reader->result.network;
    size_t length = strcspn(value, "/");

    annotation_note_place(reader, ANNOTATION_WHERE, place);
    if (length == 0 || value[length] == '\0' || value[length + 1] == '\0') {
        diag_error(reader->diag, place,
                "\"%.64s\" is no location: write COLLECTION/LOCATION, or COLLECTION/* for its "
                "default",
                value);
        return;
    }
    char *collection = arena_string(reader->arena, value);
    collection[length] = '\0';
    network->collection =
            annotation_keep(reader, collection, ATLAS_NAME_MAX, "a collection's name", place);
    place.column += (uint32_t)length + 1;
    network->location =
            annotation_keep(reader, value + length + 1, ATLAS_NAME_MAX, "a location's name", place);
}
