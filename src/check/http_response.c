/* http_response.c -- see http_response.h. */
#include "check/http_response.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/clock.h"
#include "base/mem.h"

#define STATUS_SWITCHING 101 /* the one of 1xx after which no other status comes */
#define TEXT_SEARCH_MAX  64
#define PREFIX_ENCODING  "Content-Encoding:"

void http_response_init(struct http_response *response, const struct check_target *target)
{
    *response = (struct http_response){.target = target};
}

void http_response_done(struct http_response *response)
{
    free(response->body);
    response->body = NULL;
}

static bool is_search(const struct http_response *response)
{
    return check_type_is_search(response->target->type);
}

static bool is_expected(const struct http_response *response)
{
    return response->status >= response->target->status_low &&
           response->status <= response->target->status_high;
}

static bool decide(struct http_response *response, enum probe_reason reason)
{
    response->is_over = true;
    response->reason = reason;
    return false;
}

/* The reason phrase comes from a stranger: only what prints is kept. */
static void keep_phrase(struct http_response *response, const char *text, size_t length)
{
    size_t kept = 0;
    for (size_t i = 0; i < length && kept < HTTP_PHRASE_MAX; i++)
        if (text[i] >= ' ' && text[i] <= '~')
            response->phrase[kept++] = text[i];
    while (kept > 0 && response->phrase[kept - 1] == ' ')
        kept--;
    response->phrase[kept] = '\0';
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* RFC 9112 section 4: HTTP-version SP status-code SP [ reason-phrase ]. */
static bool take_status(struct http_response *response, const char *line, size_t length)
{
    const char *end = line + length;
    const char *at = memchr(line, ' ', length);
    if (at == NULL)
        return decide(response, PROBE_HTTP);
    while (at < end && *at == ' ')
        at++;
    if (end - at < 3 || !is_digit(at[0]) || !is_digit(at[1]) || !is_digit(at[2]) ||
            (end - at > 3 && is_digit(at[3])))
        return decide(response, PROBE_HTTP);

    int status = (at[0] - '0') * 100 + (at[1] - '0') * 10 + (at[2] - '0');
    at += 3;
    if (at < end && *at == ' ')
        at++;
    keep_phrase(response, at, (size_t)(end - at));
    response->in_block = true;
    response->encodings = 0;
    response->is_foreign = false;
    /* RFC 9110 section 15.2: an interim response is not the answer, even if unexpected. */
    if (status < 200 && status != STATUS_SWITCHING) {
        response->interim = status;
        return true;
    }
    response->status = status;
    response->stage = HTTP_STAGE_HEADERS;
    return true;
}

static bool is_known_encoding(const char *name, size_t length)
{
    static const char *const known[] = {"identity", "gzip", "x-gzip", "deflate"};
    for (size_t i = 0; i < COUNT(known); i++)
        if (strlen(known[i]) == length && strncasecmp(known[i], name, length) == 0)
            return true;
    return false;
}

/* One encoding of those we asked for is undone; anything else is matched as it lies (route53.md
 * 3.1).  That includes one encoding inside another: each layer of a bomb multiplies the work. */
static void take_encoding(struct http_response *response, const char *value, size_t length)
{
    while (length > 0 && (*value == ' ' || *value == '\t')) {
        value++;
        length--;
    }
    while (length > 0 && strchr(" \t\r\n", value[length - 1]) != NULL)
        length--;
    response->encodings++;
    if (response->encodings > 1 || !is_known_encoding(value, length))
        response->is_foreign = true;
}

static bool end_block(struct http_response *response)
{
    response->in_block = false;
    if (response->stage != HTTP_STAGE_HEADERS)
        return true;
    response->stage = HTTP_STAGE_BODY;
    if (is_search(response) && !is_expected(response))
        return decide(response, PROBE_STATUS);
    return true;
}

bool http_response_header(struct http_response *response, const char *line, size_t length)
{
    assert(!response->is_over);
    if (length > PROBE_HEADERS_MAX - response->header_bytes) {
        response->too_large = true;
        return decide(response, PROBE_HTTP);
    }
    response->header_bytes += (uint32_t)length;

    if (response->stage == HTTP_STAGE_BODY) /* a trailer */
        return true;
    if (!response->in_block)
        return take_status(response, line, length);
    if (length > 0 && (line[0] == '\r' || line[0] == '\n'))
        return end_block(response);
    size_t prefix = sizeof(PREFIX_ENCODING) - 1;
    if (length >= prefix && strncasecmp(line, PREFIX_ENCODING, prefix) == 0)
        take_encoding(response, line + prefix, length - prefix);
    return true;
}

/* Looks for the string where it can have become whole: in the new bytes and the few before them. */
static bool search(const struct http_response *response, uint32_t searched)
{
    const char *wanted = response->target->search;
    size_t length = strlen(wanted);
    size_t from = searched >= length ? searched - (length - 1) : 0;
    return memmem(response->body + from, response->body_bytes - from, wanted, length) != NULL;
}

static bool take_searched(struct http_response *response, const char *bytes, size_t length)
{
    uint32_t before = response->body_bytes;
    if (length > PROBE_BODY_SEARCHED - before)
        length = PROBE_BODY_SEARCHED - before;
    if (response->body == NULL)
        response->body = mem_alloc(PROBE_BODY_SEARCHED);
    memcpy(response->body + before, bytes, length);
    response->body_bytes += (uint32_t)length;
    if (search(response, before))
        return decide(response, PROBE_OK);
    if (response->body_bytes == PROBE_BODY_SEARCHED)
        return decide(response, PROBE_NO_MATCH);
    return true;
}

bool http_response_body(struct http_response *response, const char *bytes, size_t length)
{
    assert(!response->is_over);
    if (is_search(response))
        return take_searched(response, bytes, length);
    if (length > PROBE_BODY_READ - response->body_bytes)
        return decide(response, is_expected(response) ? PROBE_OK : PROBE_STATUS);
    response->body_bytes += (uint32_t)length;
    return true;
}

static enum probe_reason conclude_status(const struct http_response *response, enum http_end end)
{
    if (end == HTTP_END_EXPIRED)
        return PROBE_RESPONSE_TIMEOUT;
    return response->interim != 0 ? PROBE_STATUS : PROBE_RESET;
}

enum probe_reason http_response_conclude(const struct http_response *response, enum http_end end)
{
    if (response->is_over)
        return response->reason;
    if (response->stage == HTTP_STAGE_STATUS)
        return conclude_status(response, end);
    if (!is_expected(response))
        return PROBE_STATUS;
    if (response->stage == HTTP_STAGE_HEADERS && end != HTTP_END_EXPIRED)
        return PROBE_RESET;
    if (!is_search(response))
        return PROBE_OK;
    if (end == HTTP_END_EXPIRED)
        return PROBE_RESPONSE_TIMEOUT;
    return end == HTTP_END_LOST ? PROBE_RESET : PROBE_NO_MATCH;
}

static void explain_status(const struct http_response *response, char *ret, size_t size)
{
    const char *space = response->phrase[0] != '\0' ? " " : "";
    if (response->status == 0)
        snprintf(ret, size, "HTTP status %d%s%s and no final one", response->interim, space,
                response->phrase);
    else if (response->target->status_low == response->target->status_high)
        snprintf(ret, size, "HTTP status %d%s%s, expected %u", response->status, space,
                response->phrase, response->target->status_low);
    else
        snprintf(ret, size, "HTTP status %d%s%s, expected %u-%u", response->status, space,
                response->phrase, response->target->status_low, response->target->status_high);
}

static void explain_timeout(const struct http_response *response, char *ret, size_t size)
{
    char time[CLOCK_TEXT_MAX];
    clock_format_duration(response->target->response_timeout_ms, time);
    if (response->stage == HTTP_STAGE_STATUS && response->interim != 0)
        snprintf(ret, size, "HTTP status %d and no final one within %s of the connection",
                response->interim, time);
    else if (response->stage == HTTP_STAGE_STATUS)
        snprintf(ret, size, "no status line within %s of the connection", time);
    else if (response->stage == HTTP_STAGE_HEADERS)
        snprintf(ret, size, "headers not received within %s of the status line", time);
    else
        snprintf(ret, size, "body not received within %s of the status line", time);
}

static void explain_broken(const struct http_response *response, char *ret, size_t size)
{
    if (response->too_large)
        snprintf(ret, size, "response headers larger than %u bytes", PROBE_HEADERS_MAX);
    else
        snprintf(ret, size, "what came is not an HTTP status line");
}

void http_response_explain(const struct http_response *response, enum probe_reason reason,
        char ret[HEALTH_REASON_MAX + 1])
{
    static const char *const where[] = {
            [HTTP_STAGE_STATUS] = "before a status line",
            [HTTP_STAGE_HEADERS] = "within the headers",
            [HTTP_STAGE_BODY] = "within the body",
    };
    size_t size = HEALTH_REASON_MAX + 1;
    switch (reason) {
    case PROBE_OK:
        snprintf(ret, size, "%d%s%s%s", response->status, response->phrase[0] != '\0' ? " " : "",
                response->phrase, is_search(response) ? ", SearchString found" : "");
        break;
    case PROBE_STATUS:
        explain_status(response, ret, size);
        break;
    case PROBE_NO_MATCH:
        snprintf(ret, size, "SearchString \"%.*s\" not within the first %u bytes", TEXT_SEARCH_MAX,
                response->target->search, PROBE_BODY_SEARCHED);
        break;
    case PROBE_RESPONSE_TIMEOUT:
        explain_timeout(response, ret, size);
        break;
    case PROBE_RESET:
        snprintf(ret, size, "connection closed %s", where[response->stage]);
        break;
    case PROBE_HTTP:
        explain_broken(response, ret, size);
        break;
    default:
        snprintf(ret, size, "%s", probe_reason_text(reason));
    }
}
