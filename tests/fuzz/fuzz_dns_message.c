/* fuzz_dns_message.c -- header, question and EDNS of arbitrary bytes (src/dns/message.c, edns.c). */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>

#include "dns/edns.h"
#include "dns/message.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct message_header header;
    struct message_question question;
    struct edns edns;

    if (size < MESSAGE_HEADER_BYTES)
        return 0;
    message_header_read(data, &header);
    if (message_question_read(data, size, &question) != 0)
        return 0;
    assert(question.end <= size);
    if (edns_read(data, size, question.end, header.counts, &edns) == 0 && edns.present)
        assert(edns.options + edns.options_bytes <= data + size);
    return 0;
}
