/* grpc_health.h -- the bytes of gRPC's health checking protocol: grpc.health.v1.Health/Check.
 *
 *   HealthCheckRequest  { string service = 1; }
 *   HealthCheckResponse { ServingStatus status = 1; }
 *
 * A message travels behind a prefix: one byte, 1 if it is compressed, and its length in four, the most
 * significant first.  The message is a protocol buffer: fields, each a varint of number and wire type,
 * then the value.  Two fields are all there is, so they are written and read by hand.  Pure.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "check/definition.h"

#define GRPC_PATH         "/grpc.health.v1.Health/Check"
#define GRPC_PREFIX_BYTES 5U
#define GRPC_REQUEST_MAX  (GRPC_PREFIX_BYTES + 3U + DEFINITION_TEXT_MAX)

enum grpc_serving {
    GRPC_UNKNOWN = 0,
    GRPC_SERVING = 1,
    GRPC_NOT_SERVING = 2,
    GRPC_SERVICE_UNKNOWN = 3,
};

/* Writes a request with its prefix; `service`, at most DEFINITION_TEXT_MAX bytes, may be NULL for the
 * server as a whole.  Returns its size. */
size_t grpc_health_request(const char *service, uint8_t ret[GRPC_REQUEST_MAX]);

/* The length that a prefix announces.  Returns 0, or ERR_SYNTAX if the message is compressed, which
 * nobody asked for, or the first byte is none of gRPC's. */
MUST_CHECK int grpc_health_length(const uint8_t prefix[GRPC_PREFIX_BYTES], uint32_t *ret);

/* Reads a response without its prefix.  Fields that are not known are passed over, the last of several
 * counts, and without one the status is GRPC_UNKNOWN, as protocol buffers have it.
 *
 * Returns 0 and the status, which may be none of the enum, in *ret; or ERR_SYNTAX with *ret untouched. */
MUST_CHECK int grpc_health_status(const uint8_t *message, size_t length, uint32_t *ret);

/* The protocol's word for a status, and for a code of grpc-status; NULL if it has none. */
const char *grpc_serving_name(uint32_t serving);
const char *grpc_code_name(uint32_t code);
