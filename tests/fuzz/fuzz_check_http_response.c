/* fuzz_check_http_response.c -- judging a response: lines up to an empty one, then a body in pieces. */
#include <stdint.h>
#include <string.h>

#include "check/http_response.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static size_t line_length(const char *at, size_t left)
{
    const char *end = memchr(at, '\n', left);
    return end != NULL ? (size_t)(end - at) + 1 : left;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 1)
        return 0;
    struct check_target target = {.type = (data[0] & 1) != 0 ? CHECK_HTTP : CHECK_HTTP_STR_MATCH,
            .search = "ok",
            .status_low = 200,
            .status_high = 399};
    struct http_response response;
    char text[HEALTH_REASON_MAX + 1];
    const char *at = (const char *)data + 1;
    size_t left = size - 1;
    size_t piece = 1 + data[0] / 2U;
    bool more = true;

    http_response_init(&response, &target);
    while (more && left > 0) {
        bool in_body = response.stage == HTTP_STAGE_BODY;
        size_t length = in_body ? (left < piece ? left : piece) : line_length(at, left);
        more = in_body ? http_response_body(&response, at, length)
                       : http_response_header(&response, at, length);
        at += length;
        left -= length;
    }
    for (int end = HTTP_END_COMPLETE; end <= HTTP_END_EXPIRED; end++)
        http_response_explain(
                &response, http_response_conclude(&response, (enum http_end)end), text);
    http_response_done(&response);
    return 0;
}
