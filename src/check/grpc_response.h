/* grpc_response.h -- judging the answer to a health check over gRPC, as it arrives.
 *
 * Beneath it is an HTTP response, which http_response.h follows: status line and sizes are its affair.
 * What is judged here is what gRPC puts into it: the content type, one message in the body, and the
 * outcome of the call, grpc-status, in the trailers; or in the headers, where there is nothing else.
 *
 *   the first of these that is so                     | reason
 *   --------------------------------------------------+--------------------------
 *   not HTTP/2                                        | PROBE_GRPC
 *   HTTP says no, or is late, or broken               | http_response_conclude()'s
 *   a content type that is not gRPC's                 | PROBE_GRPC
 *   grpc-status not 0                                 | PROBE_GRPC_STATUS
 *   a body that is not one message of ours            | PROBE_GRPC
 *   the time is over, the connection is lost          | PROBE_RESPONSE_TIMEOUT, PROBE_RESET
 *   no grpc-status, and the endpoint did not hang up  | PROBE_GRPC
 *   no message, or not a whole one, or no such        | PROBE_GRPC
 *   a status that is not SERVING                      | PROBE_NOT_SERVING
 *   none                                              | PROBE_OK
 *
 * An endpoint that hangs up as soon as it has answered may have sent its trailers, and they did not
 * reach us.  Its message did, in a stream that was ended properly: that is believed.
 *
 * Knows nothing of libcurl.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "check/grpc_health.h"
#include "check/http_response.h"
#include "check/probe.h"

#define GRPC_MESSAGE_MAX 4096U /* bytes of a response's message; two are common */
#define GRPC_TEXT_MAX    95U   /* bytes kept of a header, for the reason */

enum grpc_fault {
    GRPC_NO_FAULT,
    GRPC_COMPRESSED, /* nobody asked for that */
    GRPC_TOO_LARGE,
    GRPC_SEVERAL, /* messages */
};

struct grpc_response {
    bool is_http2;
    bool is_grpc;                         /* by its content type */
    char content_type[GRPC_TEXT_MAX + 1]; /* empty: none came */
    bool has_code, is_code_bad;
    uint32_t code;                   /* grpc-status */
    char message[GRPC_TEXT_MAX + 1]; /* grpc-message */
    uint8_t prefix[GRPC_PREFIX_BYTES];
    uint32_t prefix_bytes;
    uint32_t body_length; /* announced */
    uint32_t body_bytes;  /* arrived */
    uint8_t *body;        /* owned; NULL before the prefix is whole */
    enum grpc_fault fault;
    bool has_hung_up; /* the endpoint, before we did; set by whoever knows */
};

/* An answer of which nothing has come; ended with grpc_response_done(). */
void grpc_response_init(struct grpc_response *response);
void grpc_response_done(struct grpc_response *response);

/* Takes one line of the final response's header block, the status line too, or of the trailers, with its
 * line end. */
void grpc_response_header(struct grpc_response *response, const char *line, size_t length);

/* Takes a piece of the body.  Returns whether more is wanted; once it is not, nothing will change what
 * is wrong. */
bool grpc_response_body(struct grpc_response *response, const char *bytes, size_t length);

/* What it all means, once no more comes; `http` is the response beneath it, which ended so. */
enum probe_reason grpc_response_conclude(
        const struct grpc_response *response, const struct http_response *http, enum http_end end);

/* The sentence for a reason that grpc_response_conclude() gave. */
void grpc_response_explain(const struct grpc_response *response, const struct http_response *http,
        enum probe_reason reason, char ret[HEALTH_REASON_MAX + 1]);
