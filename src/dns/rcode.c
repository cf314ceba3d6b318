/* rcode.c -- see rcode.h. */
#include "dns/rcode.h"

#include <stddef.h>
#include <stdio.h>

#include "base/attr.h"
#include "dns/rr.h"

static const char *const words[] = {
        [RCODE_NOERROR] = "NOERROR",
        [RCODE_FORMERR] = "FORMERR",
        [RCODE_SERVFAIL] = "SERVFAIL",
        [RCODE_NXDOMAIN] = "NXDOMAIN",
        [RCODE_NOTIMP] = "NOTIMP",
        [RCODE_REFUSED] = "REFUSED",
        [RCODE_YXDOMAIN] = "YXDOMAIN",
        [7] = "YXRRSET",
        [8] = "NXRRSET",
        [9] = "NOTAUTH",
        [10] = "NOTZONE",
        [11] = "DSOTYPENI",
        [RCODE_BADVERS] = "BADVERS",
        [RCODE_BADCOOKIE] = "BADCOOKIE",
};

const char *rcode_word(unsigned rcode)
{
    return rcode < COUNT(words) ? words[rcode] : NULL;
}

const char *rcode_format(unsigned rcode, char ret[RCODE_TEXT_MAX])
{
    const char *word = rcode_word(rcode);
    if (word != NULL)
        snprintf(ret, RCODE_TEXT_MAX, "%s", word);
    else
        snprintf(ret, RCODE_TEXT_MAX, "RCODE%u", rcode);
    return ret;
}
