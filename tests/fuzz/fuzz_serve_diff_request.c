/* What the responder is asked to compare, out of bytes that another process sent (src/serve/diff_request.c). */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "serve/diff_request.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct diff_request request;
    struct buf why;
    char *text = malloc(size + 1);

    assert(text != NULL);
    if (size > 0)
        memcpy(text, data, size);
    text[size] = '\0';
    buf_init(&why, 4096);
    if (diff_request_parse(text, &request, &why) == 0) {
        for (uint32_t i = 0; i < request.changes_count; i++)
            assert(strlen(request.changes[i].id) - 1 < HEALTH_ID_MAX);
        assert(!request.has_zone || name_length(request.zone.bytes) == request.zone.length);
        diff_request_done(&request);
    } else {
        assert(why.length > 0);
    }
    buf_done(&why);
    free(text);
    return 0;
}
