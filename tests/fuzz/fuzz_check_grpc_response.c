/* fuzz_check_grpc_response.c -- judging an answer of gRPC: header lines up to an empty one, then a body in
 * pieces, behind a line with a dot alone trailers; and its message as a protocol buffer by itself. */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "check/grpc_response.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct answer {
    struct http_response http;
    struct grpc_response grpc;
};

static size_t line_length(const char *at, size_t left)
{
    const char *end = memchr(at, '\n', left);
    return end != NULL ? (size_t)(end - at) + 1 : left;
}

static bool take_line(struct answer *answer, const char *at, size_t length)
{
    if (!http_response_header(&answer->http, at, length))
        return false;
    if (answer->http.stage != HTTP_STAGE_STATUS)
        grpc_response_header(&answer->grpc, at, length);
    return true;
}

static void read_answer(struct answer *answer, const char *at, size_t left, size_t piece)
{
    bool more = true, in_trailers = false;
    while (more && left > 0) {
        size_t line = line_length(at, left);
        bool in_body = answer->http.stage == HTTP_STAGE_BODY && !in_trailers;
        size_t length = !in_body ? line : left < piece ? left : piece;
        if (in_body && line == 2 && *at == '.') {
            in_trailers = true;
            length = line;
        } else {
            more = in_body ? grpc_response_body(&answer->grpc, at, length)
                           : take_line(answer, at, length);
        }
        at += length;
        left -= length;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct check_target target = {
            .type = CHECK_GRPC, .status_low = 200, .status_high = 200, .response_timeout_ms = 2000};
    struct answer answer;
    char text[HEALTH_REASON_MAX + 1];
    uint32_t status;

    if (size < 1)
        return 0;
    http_response_init(&answer.http, &target);
    grpc_response_init(&answer.grpc);
    read_answer(&answer, (const char *)data + 1, size - 1, 1 + data[0] / 2U);
    answer.grpc.has_hung_up = (data[0] & 1) != 0;
    for (int end = HTTP_END_COMPLETE; end <= HTTP_END_EXPIRED; end++) {
        enum probe_reason reason =
                grpc_response_conclude(&answer.grpc, &answer.http, (enum http_end)end);
        assert(reason != PROBE_OK || end == HTTP_END_COMPLETE);
        grpc_response_explain(&answer.grpc, &answer.http, reason, text);
        assert(text[0] != '\0');
    }
    http_response_done(&answer.http);
    grpc_response_done(&answer.grpc);
    (void)!grpc_health_status(data, size, &status);
    return 0;
}
