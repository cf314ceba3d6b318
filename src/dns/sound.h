/* sound.h -- what ldns lets pass though the RFCs do not.
 *
 * For text.c alone: each looks at one value that ldns has turned from text to wire form.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef bool sound_check(const char *text, const uint8_t *wire, size_t size);

sound_check sound_loc; /* angles in range, nothing behind the last value (RFC 1876 section 3) */
sound_check sound_apl; /* a known family and no longer than its address (RFC 3123 section 4) */
sound_check sound_hex; /* whole bytes, and at least one (RFC 1706 section 7) */
sound_check sound_svc; /* each key once, and all that are mandatory there (RFC 9460 2.1, 8) */
