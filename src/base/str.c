/* str.c -- see str.h. */
#include "base/str.h"

#include <errno.h>
#include <string.h>

#include "base/err.h"

#define COMPARED_MAX 64U

static char fold(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

bool str_equal_fold(const char *a, const char *b)
{
    for (; fold(*a) == fold(*b); a++, b++)
        if (*a == '\0')
            return true;
    return false;
}

bool str_ends_with(const char *text, const char *ending)
{
    size_t length = strlen(text);
    size_t ending_length = strlen(ending);
    return length >= ending_length && strcmp(text + length - ending_length, ending) == 0;
}

bool str_is_printable(const char *text)
{
    for (; *text != '\0'; text++)
        if (*text < ' ' || *text > '~')
            return false;
    return true;
}

int str_parse_number(const char *text, uint64_t max, uint64_t *ret)
{
    uint64_t value = 0;

    if (*text == '\0')
        return ERR_SYNTAX;
    for (const char *at = text; *at != '\0'; at++)
        if (*at < '0' || *at > '9')
            return ERR_SYNTAX;
    for (const char *at = text; *at != '\0'; at++) {
        uint64_t digit = (uint64_t)(*at - '0');
        if (value > (UINT64_MAX - digit) / 10)
            return -ERANGE;
        value = value * 10 + digit;
    }
    if (value > max)
        return -ERANGE;
    *ret = value;
    return 0;
}

uint32_t str_unit_s(char letter)
{
    switch (letter | 0x20) {
    case 'w':
        return 7 * 86400;
    case 'd':
        return 86400;
    case 'h':
        return 3600;
    case 'm':
        return 60;
    case 's':
        return 1;
    default:
        return 0;
    }
}

static uint32_t min3(uint32_t a, uint32_t b, uint32_t c)
{
    uint32_t least = a < b ? a : b;
    return least < c ? least : c;
}

/* Optimal string alignment (Damerau-Levenshtein without repeated edits), three rows at a time:
 * the row above the last is needed for a swap of neighbours. */
uint32_t str_distance(const char *a, const char *b)
{
    uint32_t rows[3][COMPARED_MAX + 1];
    uint32_t a_length = (uint32_t)strnlen(a, COMPARED_MAX);
    uint32_t b_length = (uint32_t)strnlen(b, COMPARED_MAX);

    for (uint32_t j = 0; j <= b_length; j++)
        rows[0][j] = j;
    for (uint32_t i = 1; i <= a_length; i++) {
        uint32_t *row = rows[i % 3];
        const uint32_t *above = rows[(i + 2) % 3];
        const uint32_t *two_above = rows[(i + 1) % 3];
        row[0] = i;
        for (uint32_t j = 1; j <= b_length; j++) {
            bool same = fold(a[i - 1]) == fold(b[j - 1]);
            row[j] = min3(above[j] + 1, row[j - 1] + 1, above[j - 1] + !same);
            bool swapped = i > 1 && j > 1 && fold(a[i - 1]) == fold(b[j - 2]) &&
                           fold(a[i - 2]) == fold(b[j - 1]);
            if (swapped && two_above[j - 2] + 1 < row[j])
                row[j] = two_above[j - 2] + 1;
        }
    }
    return rows[a_length % 3][b_length];
}

bool str_nearest_offer(struct str_nearest *nearest, const char *candidate)
{
    uint32_t length = (uint32_t)strlen(nearest->word);
    uint32_t distance = str_distance(nearest->word, candidate);

    /* A third of the word may be wrong; beyond that a suggestion misleads. */
    if (distance > 1 + length / 3 || distance >= length + 1)
        return false;
    if (nearest->best != NULL && distance >= nearest->distance)
        return false;
    nearest->best = candidate;
    nearest->distance = distance;
    return true;
}
