/* rcode.h -- the words of rcodes (RFC 6895 section 2.3).  Pure. */
#pragma once

#include <stdint.h>

#define RCODE_PLAIN_MAX 15U   /* what the header's four bits hold */
#define RCODE_MAX       4095U /* with EDNS (RFC 6891 6.1.3) */
#define RCODE_TEXT_MAX  16U   /* "RCODE4095" and every word fit */

/* The word of an rcode, or NULL if it has none. */
const char *rcode_word(unsigned rcode);

/* The word, or RCODEnnn.  Returns ret. */
const char *rcode_format(unsigned rcode, char ret[RCODE_TEXT_MAX]);
