/* http_response.h -- judging an HTTP response piece by piece, as it arrives.
 *
 *   stage   | what arrives                        | next
 *   --------+-------------------------------------+--------
 *   STATUS  | a status line of 1xx and its block  | STATUS
 *   STATUS  | any other status line               | HEADERS
 *   HEADERS | the empty line                      | BODY
 *
 * libcurl takes the bytes apart and decodes the body; what a piece means for the check is decided
 * here, so the sizes an endpoint can make us keep are bounded here.  The verdict of plain HTTP falls
 * with the status line (route53.md 3.1): what comes after it is read only so that the connection ends
 * cleanly, unless it breaks the rules for headers.  Knows nothing of libcurl.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "check/definition.h"
#include "check/probe.h"

#define HTTP_PHRASE_MAX 47U

enum http_stage {
    HTTP_STAGE_STATUS,
    HTTP_STAGE_HEADERS,
    HTTP_STAGE_BODY,
};

struct http_response {
    const struct check_target *target;
    enum http_stage stage;
    int status;  /* the final one, 0 before */
    int interim; /* the last of 1xx, 0 for none */
    char phrase[HTTP_PHRASE_MAX + 1];
    bool in_block;      /* after a status line, before its empty line */
    uint32_t encodings; /* members of Content-Encoding */
    bool is_foreign;    /* an encoding we did not ask for: the body is to be taken as it is */
    bool too_large;     /* the headers pass PROBE_HEADERS_MAX */
    uint32_t header_bytes;
    uint32_t body_bytes;
    char *body;   /* owned; the first PROBE_BODY_SEARCHED bytes, only if they are searched */
    bool is_over; /* nothing more is wanted */
    enum probe_reason reason; /* only if is_over */
};

/* Starts a response to a probe of `target`, borrowed; ended with http_response_done(). */
void http_response_init(struct http_response *response, const struct check_target *target);
void http_response_done(struct http_response *response);

/* Takes one line of the header block, with its line end, and one piece of the decoded body.  Returns
 * whether more is wanted. */
bool http_response_header(struct http_response *response, const char *line, size_t length);
bool http_response_body(struct http_response *response, const char *bytes, size_t length);

/* How the bytes ended without is_over. */
enum http_end {
    HTTP_END_COMPLETE, /* the response says it is whole */
    HTTP_END_LOST,     /* the connection was closed or reset */
    HTTP_END_EXPIRED,  /* the time for it was over */
};

/* What it all means, once no more comes. */
enum probe_reason http_response_conclude(const struct http_response *response, enum http_end end);

/* The sentence for a reason that http_response_conclude() gave. */
void http_response_explain(const struct http_response *response, enum probe_reason reason,
        char ret[HEALTH_REASON_MAX + 1]);
