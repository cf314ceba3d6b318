/* grpc_health.c -- see grpc_health.h. */
#include "check/grpc_health.h"

#include <assert.h>
#include <stdbool.h>
#include <string.h>

#include "base/err.h"

#define VARINT_BYTES  10U /* 64 bits, seven in each */
#define FIELD_MAX     ((1U << 29) - 1)
#define FIELD_SERVICE 1U
#define FIELD_STATUS  1U

enum wire_type {
    WIRE_VARINT = 0,
    WIRE_64 = 1,
    WIRE_BYTES = 2,
    WIRE_32 = 5, /* 3 and 4 are groups, which nobody writes any more */
};

/* What is left to read.  What does not fit makes it bad for good. */
struct cursor {
    const uint8_t *at, *end;
    bool is_bad;
};

/* ---- writing ---- */

size_t grpc_health_request(const char *service, uint8_t ret[GRPC_REQUEST_MAX])
{
    size_t length = service != NULL ? strlen(service) : 0;
    uint8_t *at = ret + GRPC_PREFIX_BYTES;
    assert(length <= DEFINITION_TEXT_MAX);

    /* An empty string is the default, which is not written. */
    if (length > 0) {
        *at++ = FIELD_SERVICE << 3 | WIRE_BYTES;
        if (length > 0x7f)
            *at++ = (uint8_t)((length & 0x7f) | 0x80);
        *at++ = (uint8_t)(length > 0x7f ? length >> 7 : length);
        memcpy(at, service, length);
        at += length;
    }
    size_t message = (size_t)(at - ret) - GRPC_PREFIX_BYTES;
    ret[0] = 0;
    ret[1] = 0;
    ret[2] = 0;
    ret[3] = (uint8_t)(message >> 8);
    ret[4] = (uint8_t)message;
    return (size_t)(at - ret);
}

/* ---- reading ---- */

int grpc_health_length(const uint8_t prefix[GRPC_PREFIX_BYTES], uint32_t *ret)
{
    if (prefix[0] != 0)
        return ERR_SYNTAX;
    *ret = (uint32_t)prefix[1] << 24 | (uint32_t)prefix[2] << 16 | (uint32_t)prefix[3] << 8 |
           prefix[4];
    return 0;
}

/* More bytes than the value needs are allowed, more than any value needs are not. */
static uint64_t take_varint(struct cursor *cursor)
{
    uint64_t value = 0;
    for (unsigned i = 0; i < VARINT_BYTES && cursor->at < cursor->end; i++) {
        uint8_t byte = *cursor->at++;
        value |= (uint64_t)(byte & 0x7f) << (7 * i);
        if ((byte & 0x80) == 0)
            return value;
    }
    cursor->is_bad = true;
    return 0;
}

static void skip(struct cursor *cursor, uint64_t bytes)
{
    if (bytes > (size_t)(cursor->end - cursor->at))
        cursor->is_bad = true;
    else
        cursor->at += bytes;
}

static void skip_value(struct cursor *cursor, uint64_t type)
{
    switch (type) {
    case WIRE_VARINT:
        (void)take_varint(cursor);
        return;
    case WIRE_64:
        skip(cursor, sizeof(uint64_t));
        return;
    case WIRE_BYTES:
        skip(cursor, take_varint(cursor));
        return;
    case WIRE_32:
        skip(cursor, sizeof(uint32_t));
        return;
    default:
        cursor->is_bad = true;
    }
}

int grpc_health_status(const uint8_t *message, size_t length, uint32_t *ret)
{
    struct cursor cursor = {message, message + length, false};
    uint32_t status = GRPC_UNKNOWN;

    while (!cursor.is_bad && cursor.at < cursor.end) {
        uint64_t key = take_varint(&cursor);
        if (key >> 3 == 0 || key >> 3 > FIELD_MAX)
            cursor.is_bad = true;
        else if (key == (FIELD_STATUS << 3 | WIRE_VARINT))
            status = (uint32_t)take_varint(&cursor); /* an enum is cut to 32 bits */
        else
            skip_value(&cursor, key & 7);
    }
    if (cursor.is_bad)
        return ERR_SYNTAX;
    *ret = status;
    return 0;
}

/* ---- words ---- */

const char *grpc_serving_name(uint32_t serving)
{
    static const char *const names[] = {
            [GRPC_UNKNOWN] = "UNKNOWN",
            [GRPC_SERVING] = "SERVING",
            [GRPC_NOT_SERVING] = "NOT_SERVING",
            [GRPC_SERVICE_UNKNOWN] = "SERVICE_UNKNOWN",
    };
    return serving < COUNT(names) ? names[serving] : NULL;
}

const char *grpc_code_name(uint32_t code)
{
    static const char *const names[] = {"OK", "CANCELLED", "UNKNOWN", "INVALID_ARGUMENT",
            "DEADLINE_EXCEEDED", "NOT_FOUND", "ALREADY_EXISTS", "PERMISSION_DENIED",
            "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION", "ABORTED", "OUT_OF_RANGE", "UNIMPLEMENTED",
            "INTERNAL", "UNAVAILABLE", "DATA_LOSS", "UNAUTHENTICATED"};
    return code < COUNT(names) ? names[code] : NULL;
}
