/* grpc_response.c -- see grpc_response.h. */
#include "check/grpc_response.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/mem.h"
#include "base/str.h"

#define CONTENT_TYPE "application/grpc"
#define CODE_DIGITS  10U

void grpc_response_init(struct grpc_response *response)
{
    *response = (struct grpc_response){0};
}

void grpc_response_done(struct grpc_response *response)
{
    free(response->body);
    response->body = NULL;
}

/* ---- headers and trailers ---- */

struct value {
    const char *bytes;
    size_t length;
};

/* Whether a line is the header of this name; its value is without the blanks around it. */
static bool match(const char *line, size_t length, const char *name, struct value *ret)
{
    size_t name_length = strlen(name);
    if (length <= name_length || strncasecmp(line, name, name_length) != 0 ||
            line[name_length] != ':')
        return false;
    const char *at = line + name_length + 1;
    const char *end = line + length;
    while (at < end && (*at == ' ' || *at == '\t'))
        at++;
    while (end > at && strchr(" \t\r\n", end[-1]) != NULL)
        end--;
    *ret = (struct value){at, (size_t)(end - at)};
    return true;
}

/* It comes from a stranger: only what prints is kept. */
static void keep(struct value value, char ret[GRPC_TEXT_MAX + 1])
{
    size_t kept = 0;
    for (size_t i = 0; i < value.length && kept < GRPC_TEXT_MAX; i++)
        if (value.bytes[i] >= ' ' && value.bytes[i] <= '~')
            ret[kept++] = value.bytes[i];
    ret[kept] = '\0';
}

/* "application/grpc", with a "+proto" or parameters behind it or not. */
static bool is_content_type(struct value value)
{
    size_t length = sizeof(CONTENT_TYPE) - 1;
    if (value.length < length || strncasecmp(value.bytes, CONTENT_TYPE, length) != 0)
        return false;
    return value.length == length || strchr("+; ", value.bytes[length]) != NULL;
}

static void take_code(struct grpc_response *response, struct value value)
{
    char digits[CODE_DIGITS + 1] = "";
    uint64_t code = 0;
    if (value.length <= CODE_DIGITS)
        memcpy(digits, value.bytes, value.length);
    response->is_code_bad = str_parse_number(digits, UINT32_MAX, &code) != 0;
    response->code = (uint32_t)code;
    response->has_code = true;
}

void grpc_response_header(struct grpc_response *response, const char *line, size_t length)
{
    static const char http2[] = "HTTP/2";
    struct value value;

    if (length >= sizeof(http2) - 1 && memcmp(line, http2, sizeof(http2) - 1) == 0)
        response->is_http2 = true;
    else if (match(line, length, "grpc-status", &value))
        take_code(response, value);
    else if (match(line, length, "grpc-message", &value))
        keep(value, response->message);
    else if (match(line, length, "content-type", &value)) {
        response->is_grpc = is_content_type(value);
        keep(value, response->content_type);
    }
}

/* ---- the body ---- */

/* The prefix is whole.  Returns whether more is wanted. */
static bool begin_message(struct grpc_response *response)
{
    if (grpc_health_length(response->prefix, &response->body_length) != 0)
        response->fault = GRPC_COMPRESSED;
    else if (response->body_length > GRPC_MESSAGE_MAX)
        response->fault = GRPC_TOO_LARGE;
    else
        response->body = mem_alloc(response->body_length);
    return response->fault == GRPC_NO_FAULT;
}

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

bool grpc_response_body(struct grpc_response *response, const char *bytes, size_t length)
{
    if (response->fault != GRPC_NO_FAULT)
        return false;
    size_t taken = smaller(length, GRPC_PREFIX_BYTES - response->prefix_bytes);
    memcpy(response->prefix + response->prefix_bytes, bytes, taken);
    response->prefix_bytes += (uint32_t)taken;
    if (response->prefix_bytes < GRPC_PREFIX_BYTES)
        return true;
    if (response->body == NULL && !begin_message(response))
        return false;

    bytes += taken;
    length -= taken;
    taken = smaller(length, response->body_length - response->body_bytes);
    memcpy(response->body + response->body_bytes, bytes, taken);
    response->body_bytes += (uint32_t)taken;
    if (taken < length)
        response->fault = GRPC_SEVERAL;
    return response->fault == GRPC_NO_FAULT;
}

/* ---- what it means ---- */

static bool is_whole(const struct grpc_response *response)
{
    return response->body != NULL && response->body_bytes == response->body_length;
}

static enum probe_reason conclude_message(const struct grpc_response *response)
{
    uint32_t serving;
    if (!is_whole(response) ||
            grpc_health_status(response->body, response->body_length, &serving) != 0)
        return PROBE_GRPC;
    return serving == GRPC_SERVING ? PROBE_OK : PROBE_NOT_SERVING;
}

enum probe_reason grpc_response_conclude(
        const struct grpc_response *response, const struct http_response *http, enum http_end end)
{
    if (http->stage != HTTP_STAGE_STATUS && !response->is_http2)
        return PROBE_GRPC;
    enum probe_reason reason = http_response_conclude(http, end);
    if (reason != PROBE_OK)
        return reason;
    if (http->stage == HTTP_STAGE_BODY && !response->is_grpc)
        return PROBE_GRPC;
    if (response->has_code && (response->is_code_bad || response->code != 0))
        return response->is_code_bad ? PROBE_GRPC : PROBE_GRPC_STATUS;
    if (response->fault != GRPC_NO_FAULT)
        return PROBE_GRPC;
    if (end != HTTP_END_COMPLETE)
        return end == HTTP_END_EXPIRED ? PROBE_RESPONSE_TIMEOUT : PROBE_RESET;
    if (!response->has_code && !response->has_hung_up)
        return PROBE_GRPC;
    return conclude_message(response);
}

/* The same order as in grpc_response_conclude(). */
static void explain_broken(const struct grpc_response *response, char *ret, size_t size)
{
    if (!response->is_http2)
        snprintf(ret, size, "the answer is not HTTP/2");
    else if (response->content_type[0] == '\0')
        snprintf(ret, size, "no content-type, expected " CONTENT_TYPE);
    else if (!response->is_grpc)
        snprintf(ret, size, "content-type %s, expected " CONTENT_TYPE, response->content_type);
    else if (response->is_code_bad)
        snprintf(ret, size, "grpc-status is no number");
    else if (response->fault == GRPC_COMPRESSED)
        snprintf(ret, size, "message is compressed");
    else if (response->fault == GRPC_TOO_LARGE)
        snprintf(ret, size, "message of %u bytes, at most %u are read", response->body_length,
                GRPC_MESSAGE_MAX);
    else if (response->fault == GRPC_SEVERAL)
        snprintf(ret, size, "more than one message");
    else if (!response->has_code && (!response->has_hung_up || response->prefix_bytes == 0))
        snprintf(ret, size, "no grpc-status: the trailers are missing");
    else if (response->prefix_bytes == 0)
        snprintf(ret, size, "grpc-status 0, but no message");
    else if (response->prefix_bytes < GRPC_PREFIX_BYTES)
        snprintf(ret, size, "message cut off within its prefix");
    else if (!is_whole(response))
        snprintf(ret, size, "message cut off after %u of %u bytes", response->body_bytes,
                response->body_length);
    else
        snprintf(ret, size, "message is no HealthCheckResponse");
}

static void explain_code(const struct grpc_response *response, char *ret, size_t size)
{
    const char *name = grpc_code_name(response->code);
    snprintf(ret, size, "grpc-status %u%s%s%s%s", response->code, name != NULL ? " " : "",
            name != NULL ? name : "", response->message[0] != '\0' ? ": " : "", response->message);
}

static void explain_serving(const struct grpc_response *response, char *ret, size_t size)
{
    uint32_t serving = GRPC_UNKNOWN;
    (void)!grpc_health_status(response->body, response->body_length, &serving);
    const char *name = grpc_serving_name(serving);
    if (name != NULL)
        snprintf(ret, size, "%s", name);
    else
        snprintf(ret, size, "serving status %u", serving);
}

void grpc_response_explain(const struct grpc_response *response, const struct http_response *http,
        enum probe_reason reason, char ret[HEALTH_REASON_MAX + 1])
{
    size_t size = HEALTH_REASON_MAX + 1;
    char time[CLOCK_TEXT_MAX];

    if (reason == PROBE_GRPC)
        explain_broken(response, ret, size);
    else if (reason == PROBE_GRPC_STATUS)
        explain_code(response, ret, size);
    else if (reason == PROBE_NOT_SERVING || reason == PROBE_OK)
        explain_serving(response, ret, size);
    else if (reason == PROBE_RESPONSE_TIMEOUT && http->stage == HTTP_STAGE_BODY)
        snprintf(ret, size, "call not ended within %s of the status line",
                clock_format_duration(http->target->response_timeout_ms, time));
    else if (reason == PROBE_RESET && http->stage == HTTP_STAGE_STATUS)
        snprintf(ret, size, "connection ended without an answer in HTTP/2");
    else if (reason == PROBE_RESET && http->stage == HTTP_STAGE_BODY)
        snprintf(ret, size, "connection closed before the end of the call");
    else
        http_response_explain(http, reason, ret);
}
