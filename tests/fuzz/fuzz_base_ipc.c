/* What a role, taken over by a stranger, may send to the supervisor. */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/ipc.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *bytes = (const char *)data;
    struct ipc_message message;
    size_t frame_bytes;
    while (ipc_decode(bytes, size, &message, &frame_bytes) == 0) {
        assert(frame_bytes <= size && message.payload + message.length + 1 == bytes + frame_bytes);
        assert(message.payload[message.length] == '\0' && message.status <= 0);
        bytes += frame_bytes;
        size -= frame_bytes;
    }
    return 0;
}
