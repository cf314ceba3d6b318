/* Both directions of the control protocol. */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "admin/protocol.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *bytes = (const char *)data;
    size_t line, body, head;
    int status;
    if (protocol_find_line(bytes, size, &line) == 0)
        assert(line < size && line <= PROTOCOL_LINE_MAX && bytes[line] == '\n');
    if (protocol_read_head(bytes, size, &status, &body, &head) == 0) {
        assert(head <= size && body <= PROTOCOL_REPLY_MAX && status <= 0);
        char again[PROTOCOL_HEAD_MAX];
        assert(protocol_print_head(status, body, again) <= head);
    }
    return 0;
}
