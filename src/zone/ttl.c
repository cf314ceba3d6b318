/* ttl.c -- see ttl.h. */
#include "zone/ttl.h"

#include <errno.h>
#include <stdbool.h>

#include "base/err.h"
#include "base/str.h"
#include "zone/master.h"

int ttl_parse(const char *text, uint32_t *ret)
{
    uint64_t sum = 0;
    const char *at = text;
    bool first = true;

    do {
        if (*at < '0' || *at > '9')
            return ERR_SYNTAX;
        uint64_t number = 0;
        for (; *at >= '0' && *at <= '9'; at++)
            if (number <= MASTER_TTL_MAX)
                number = number * 10 + (uint64_t)(*at - '0');
        /* Only a number that stands alone goes without a unit: in 1h30 nobody knows what 30 is. */
        uint32_t unit = *at == '\0' ? first : str_unit_s(*at++);
        if (unit == 0)
            return ERR_SYNTAX;
        if (sum <= MASTER_TTL_MAX)
            sum += number * unit;
        first = false;
    } while (*at != '\0');
    if (sum > MASTER_TTL_MAX)
        return -ERANGE;
    *ret = (uint32_t)sum;
    return 0;
}
