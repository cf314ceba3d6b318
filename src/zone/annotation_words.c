/* annotation_words.c -- see annotation_reader.h: what words say that are not about places. */
#include <stdio.h>
#include <string.h>

#include "base/attr.h"
#include "base/err.h"
#include "base/str.h"
#include "dns/name.h"
#include "zone/annotation_reader.h"

#define BITS_TEXT_MAX 4U /* of a prefix length: three digits and a NUL */

const char *annotation_keep(struct annotation_reader *reader, const char *value, uint32_t max,
        const char *what, struct diag_place place)
{
    size_t length = strlen(value);

    if (length > max) {
        diag_error(reader->diag, place, "%s of %zu bytes; it may have %u", what, length, max);
        return "";
    }
    char *kept = arena_alloc_packed(reader->arena, length + 1);
    return memcpy(kept, value, length + 1);
}

void annotation_read_rank(
        struct annotation_reader *reader, const char *value, struct diag_place place)
{
    struct str_nearest nearest = {.word = value};
    uint64_t rank;
    int err = str_parse_number(value, ROUTE_RANK_MAX, &rank);

    if (str_equal_fold(value, "primary"))
        reader->result.rank = ROUTE_RANK_PRIMARY;
    else if (str_equal_fold(value, "secondary"))
        reader->result.rank = ROUTE_RANK_SECONDARY;
    else if (err == 0 && rank > ROUTE_RANK_SECONDARY)
        reader->result.rank = (uint16_t)rank;
    else if (err == 0 && rank > 0)
        diag_error(reader->diag, place, "rank %s is written as %s", value,
                rank == ROUTE_RANK_PRIMARY ? "primary" : "secondary");
    else {
        str_nearest_offer(&nearest, "primary");
        str_nearest_offer(&nearest, "secondary");
        if (nearest.best != NULL)
            diag_error(reader->diag, place, "\"%.64s\" is no rank; did you mean %s?", value,
                    nearest.best);
        else
            diag_error(reader->diag, place,
                    "\"%.64s\" is no rank: write primary, secondary or a number from 3 to %u",
                    value, ROUTE_RANK_MAX);
    }
}

void annotation_read_weight(
        struct annotation_reader *reader, const char *value, struct diag_place place)
{
    uint64_t weight;
    if (str_parse_number(value, ROUTE_WEIGHT_MAX, &weight) < 0)
        diag_error(reader->diag, place, "\"%.64s\" is no weight: write a number from 0 to %u",
                value, ROUTE_WEIGHT_MAX);
    else
        reader->result.weight = (uint16_t)weight;
}

void annotation_read_check(
        struct annotation_reader *reader, const char *value, struct diag_place place)
{
    reader->result.check = annotation_keep(reader, value, HEALTH_ID_MAX, "a check id", place);
    annotation_note_place(reader, ANNOTATION_CHECK, place);
}

void annotation_read_set(
        struct annotation_reader *reader, const char *value, struct diag_place place)
{
    reader->result.set =
            annotation_keep(reader, value, ANNOTATION_SET_MAX, "a set identifier", place);
    annotation_note_place(reader, ANNOTATION_SET, place);
}

void annotation_read_alias(
        struct annotation_reader *reader, const char *value, struct diag_place place)
{
    struct name name;

    annotation_note_place(reader, ANNOTATION_ALIAS, place);
    if (name_from_text(value, reader->source->origin, &name) < 0) {
        diag_error(reader->diag, place, "\"%.64s\" is no name", value);
        return;
    }
    uint8_t *kept = arena_alloc_packed(reader->arena, name.length);
    reader->result.alias = memcpy(kept, name.bytes, name.length);
}

void annotation_read_evaluate(
        struct annotation_reader *reader, const char *value, struct diag_place place)
{
    static const char *const words[] = {"no", "yes"};
    struct str_nearest nearest = {.word = value};

    for (size_t i = 0; i < COUNT(words); i++) {
        if (str_equal_fold(value, words[i])) {
            reader->result.evaluate = i == 1;
            reader->result.has_evaluate = true;
            return;
        }
        str_nearest_offer(&nearest, words[i]);
    }
    if (nearest.best != NULL)
        diag_error(reader->diag, place, "\"%.64s\" is neither yes nor no; did you mean %s?", value,
                nearest.best);
    else
        diag_error(reader->diag, place, "\"%.64s\" is neither yes nor no", value);
}

/* NAME or NAME,any. */
void annotation_read_couple(
        struct annotation_reader *reader, const char *value, struct diag_place place)
{
    size_t length = strcspn(value, ",");
    const char *mode = value[length] == ',' ? value + length + 1 : NULL;
    char name[ANNOTATION_COUPLE_MAX + 1];

    annotation_note_place(reader, ANNOTATION_COUPLE, place);
    if (mode != NULL && !str_equal_fold(mode, "any")) {
        diag_error(reader->diag, place,
                "\"%.64s\" is no couple: write couple=NAME or couple=NAME,any", value);
    } else if (length == 0) {
        diag_error(reader->diag, place, "no couple's name before \",any\"");
    } else if (length > ANNOTATION_COUPLE_MAX) {
        diag_error(reader->diag, place, "a couple's name of %zu bytes; it may have %u", length,
                ANNOTATION_COUPLE_MAX);
    } else {
        snprintf(name, sizeof(name), "%.*s", (int)length, value);
        reader->result.couple =
                annotation_keep(reader, name, ANNOTATION_COUPLE_MAX, "a name", place);
        reader->result.couple_any = mode != NULL;
    }
}

/* Reads the digits up to `length` as a prefix length from 1 to `max`; 0 if they are none. */
static uint8_t parse_bits(const char *text, size_t length, uint8_t max)
{
    char digits[BITS_TEXT_MAX];
    uint64_t bits;

    if (length >= sizeof(digits))
        return 0;
    snprintf(digits, sizeof(digits), "%.*s", (int)length, text);
    return str_parse_number(digits, max, &bits) == 0 ? (uint8_t)bits : 0;
}

/* BITS, of IPv4, or BITS/BITS, of both families. */
void annotation_read_sticky(
        struct annotation_reader *reader, const char *value, struct diag_place place)
{
    size_t length = strcspn(value, "/");
    uint8_t ipv4 = parse_bits(value, length, client_bits_max(CLIENT_IPV4));
    uint8_t ipv6 = ROUTE_STICKY_BITS_IPV6;

    annotation_note_place(reader, ANNOTATION_STICKY, place);
    if (value[length] == '/')
        ipv6 = parse_bits(
                value + length + 1, strlen(value + length + 1), client_bits_max(CLIENT_IPV6));
    if (ipv4 == 0 || ipv6 == 0) {
        diag_error(reader->diag, place,
                "\"%.64s\" is no prefix length: write sticky=24 or sticky=24/56, from 1 to 32 bits "
                "of "
                "IPv4 and from 1 to 128 of IPv6",
                value);
        return;
    }
    reader->result.sticky_bits[CLIENT_IPV4] = ipv4;
    reader->result.sticky_bits[CLIENT_IPV6] = ipv6;
}
