/* generate.c -- see generate.h. */
#include "zone/generate.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "base/err.h"

/* What stands between ${ and }. */
struct modifier {
    int64_t offset;
    uint32_t width;
    char base;
};

/* Reads the digits at *at into *ret and passes them. */
static int take_number(const char **at, uint64_t max, uint64_t *ret)
{
    uint64_t number = 0;
    if (**at < '0' || **at > '9')
        return ERR_SYNTAX;
    for (; **at >= '0' && **at <= '9'; (*at)++)
        if (number <= max)
            number = number * 10 + (uint64_t)(**at - '0');
    if (number > max)
        return -ERANGE;
    *ret = number;
    return 0;
}

static bool take(const char **at, char c)
{
    if (**at != c)
        return false;
    (*at)++;
    return true;
}

int generate_range_parse(const char *text, struct generate_range *ret)
{
    uint64_t start, stop, step = 1;
    int err = take_number(&text, GENERATE_NUMBER_MAX, &start);
    if (err < 0)
        return err;
    if (!take(&text, '-'))
        return ERR_SYNTAX;
    err = take_number(&text, GENERATE_NUMBER_MAX, &stop);
    if (err < 0)
        return err;
    if (take(&text, '/')) {
        err = take_number(&text, GENERATE_NUMBER_MAX, &step);
        if (err < 0)
            return err;
    }
    if (*text != '\0' || step == 0 || start > stop)
        return ERR_SYNTAX;
    *ret = (struct generate_range){(uint32_t)start, (uint32_t)stop, (uint32_t)step};
    return 0;
}

uint32_t generate_range_count(const struct generate_range *range)
{
    return (range->stop - range->start) / range->step + 1;
}

/* Reads a modifier up to and with its brace, `*at` standing behind "${". */
static const char *take_modifier(const char **at, struct modifier *ret)
{
    uint64_t number;
    bool negative = take(at, '-');
    if (!negative)
        take(at, '+');
    if (take_number(at, GENERATE_NUMBER_MAX, &number) < 0)
        return "${ wants an offset first, as in ${0,3,d}";
    *ret = (struct modifier){negative ? -(int64_t)number : (int64_t)number, 0, 'd'};

    if (take(at, ',')) {
        if (take_number(at, GENERATE_WIDTH_MAX, &number) < 0)
            return "the width in ${offset,width,base} is no number from 0 to 255";
        ret->width = (uint32_t)number;
        if (take(at, ',')) {
            if (**at == '\0' || strchr("doxXnN", **at) == NULL)
                return "the base in ${offset,width,base} is none of d, o, x, X, n and N";
            ret->base = *(*at)++;
        }
    }
    return take(at, '}') ? NULL : "${ is not closed by }";
}

/* Writes the hex digits of a number, the last first, each with a dot behind it as long as digits or
 * width are left. */
static void add_nibbles(struct buf *ret, uint64_t number, uint32_t width, bool upper)
{
    const char *digits = upper ? "0123456789ABCDEF" : "0123456789abcdef";
    do {
        buf_add(ret, &digits[number & 15], 1);
        number >>= 4;
        width -= width > 0;
        if (number > 0 || width > 0)
            buf_add(ret, ".", 1);
        width -= width > 0;
    } while (number > 0 || width > 0);
}

static void add_number(struct buf *ret, uint64_t number, const struct modifier *modifier)
{
    int width = (int)modifier->width;
    unsigned long long value = number;

    switch (modifier->base) {
    case 'o':
        buf_printf(ret, "%0*llo", width, value);
        break;
    case 'x':
        buf_printf(ret, "%0*llx", width, value);
        break;
    case 'X':
        buf_printf(ret, "%0*llX", width, value);
        break;
    case 'n':
    case 'N':
        add_nibbles(ret, number, modifier->width, modifier->base == 'N');
        break;
    default:
        buf_printf(ret, "%0*llu", width, value);
        break;
    }
}

/* Puts in what the dollar before *at stands for. */
static const char *expand_dollar(const char **at, uint32_t number, struct buf *ret)
{
    struct modifier modifier = {0, 0, 'd'};

    if (take(at, '$')) {
        buf_add(ret, "$", 1);
        return NULL;
    }
    if (take(at, '{')) {
        const char *fault = take_modifier(at, &modifier);
        if (fault != NULL)
            return fault;
    }
    int64_t value = (int64_t)number + modifier.offset;
    if (value < 0)
        return "the offset makes the number less than 0";
    add_number(ret, (uint64_t)value, &modifier);
    return NULL;
}

int generate_expand(const char *template, uint32_t number, struct buf *ret, const char **why)
{
    const char *at = template;
    while (*at != '\0') {
        size_t plain = strcspn(at, "$\\");
        buf_add(ret, at, plain);
        at += plain;
        if (take(&at, '$')) {
            const char *fault = expand_dollar(&at, number, ret);
            if (fault != NULL) {
                *why = fault;
                return ERR_SYNTAX;
            }
        } else if (*at == '\\') {
            if (at[1] != '$')
                buf_add(ret, at, 1);
            at++;
            if (*at != '\0')
                buf_add(ret, at++, 1);
        }
    }
    return 0;
}
