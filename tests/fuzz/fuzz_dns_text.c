/* fuzz_dns_text.c -- rdata from text and back (src/dns/text.c, field.c, and ldns behind them).
 * The first two bytes are the type, the rest is text; what is read must be printed and read back. */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "dns/rr.h"
#include "dns/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int parse(uint16_t type, const char *text, uint8_t *ret)
{
    struct wire_writer writer = {.bytes = ret, .size = RR_RDATA_MAX};
    char why[TEXT_ERROR_MAX];
    return text_rdata_parse(type, text, (const uint8_t *)"\7example\3com", &writer, why);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t rdata[RR_RDATA_MAX];
    static uint8_t again[RR_RDATA_MAX];
    static char text[6 * RR_RDATA_MAX];

    if (size < 2 || size > RR_RDATA_MAX)
        return 0;
    uint16_t type = wire_load16(data);
    /* The bytes as they are: printed in hex at least. */
    (void)text_rdata_format(type, data + 2, size - 2, text, sizeof(text));

    memcpy(text, data + 2, size - 2);
    text[size - 2] = '\0';
    int length = parse(type, text, rdata);
    if (length < 0)
        return 0;
    int error = text_rdata_format(type, rdata, (size_t)length, text, sizeof(text));
    assert(error == 0);
    int again_length = parse(type, text, again);
    assert(again_length == length && memcmp(again, rdata, (size_t)length) == 0);
    return 0;
}
