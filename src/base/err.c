/* err.c -- see err.h. */
#include "base/err.h"

#include <string.h>

const char *err_text(int code)
{
    switch (code) {
#define ERR_CASE(name, value, text)                                                                \
    case name:                                                                                     \
        return text;
        ERR_MAP(ERR_CASE)
#undef ERR_CASE
    default:
        return strerror(-code);
    }
}
