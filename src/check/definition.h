/* definition.h -- health checks as the user defines them: JSON files in Route 53's shapes.
 *
 * docs/formats/checks.md lists every field.  Definitions are read whole or refused whole, and immutable;
 * all they hold goes with definitions_free().  The checker reads them, and holdfastd -t.  One thread.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/buf.h"
#include "base/diag.h"
#include "health/table.h"
#include "health/verdict.h"

#define DEFINITION_FILE_MAX     (64U << 20) /* bytes of one JSON file */
#define DEFINITION_CHECKS_MAX   HEALTH_TABLE_SLOTS
#define DEFINITION_CHILDREN_MAX 256U
#define DEFINITION_TEXT_MAX     255U /* ResourcePath, FullyQualifiedDomainName, SearchString */
#define DEFINITION_HEADERS_MAX  32U
#define DEFINITION_SEND_MAX     1024U /* bytes of Send */
#define DEFINITION_EXPECT_MAX   255U  /* bytes of Expect */
#define DEFINITION_RDATA_MAX    16U   /* records in ExpectedRdata */
#define DEFINITION_RDATA_TEXT   1024U /* bytes of each of them as text */
#define DEFINITION_RDATA_BYTES  1024U /* and in wire form */

enum check_type {
    CHECK_HTTP,
    CHECK_HTTPS,
    CHECK_HTTP_STR_MATCH,
    CHECK_HTTPS_STR_MATCH,
    CHECK_TCP,
    CHECK_TCP_HELD,
    CHECK_DNS,
    CHECK_GRPC,
    CHECK_GRPCS,
    CHECK_EXEC,
    CHECK_HEARTBEAT,
    CHECK_CLOUDWATCH_METRIC,
    CHECK_RECOVERY_CONTROL,
    CHECK_CALCULATED,
    CHECK_TYPES, /* how many there are */
};

enum tls_verify {
    TLS_VERIFY_WARN, /* a bad certificate is reported, not fatal */
    TLS_VERIFY_ON,
    TLS_VERIFY_OFF,
};

/* Bytes of any value. */
struct check_bytes {
    const uint8_t *bytes; /* NULL for none */
    size_t length;
};

/* What a DNS check asks, and what it wants to hear. */
struct check_dns {
    const uint8_t *name; /* the question's, uncompressed; NULL for a check of another type */
    uint16_t type;
    bool over_tcp;
    bool recursion_desired;
    bool edns;
    uint16_t rcode;                  /* ExpectedRcode */
    const struct check_bytes *rdata; /* ExpectedRdata, as rdata_read() gives it */
    uint32_t rdata_count;
};

/* What an alarm without enough data comes to. */
enum check_insufficient {
    INSUFFICIENT_LAST_KNOWN,
    INSUFFICIENT_HEALTHY,
    INSUFFICIENT_UNHEALTHY,
};

/* What is not probed but told to the daemon. */
struct check_push {
    const char *name;   /* of the alarm, or RoutingControlArn; NULL for a check of another type */
    const char *region; /* of the alarm */
    enum check_insufficient insufficient;
    uint32_t ttl_ms; /* HEARTBEAT: TimeToLive */
};

/* What is probed and how.  Two checks whose targets are equal share one probe. */
struct check_target {
    enum check_type type;
    const char *address; /* literal IPv4 or IPv6, or NULL: resolve host at every probe, A only */
    const char *host;    /* FullyQualifiedDomainName, or NULL */
    const char *path;    /* ResourcePath with its leading '/' */
    const char *search;  /* SearchString, or NULL */
    const char *method;  /* "GET" */
    const char *const *headers; /* "Name: value" lines, NULL-terminated; never NULL itself */
    struct check_bytes send;    /* Send and Expect, of TCP and TCP_HELD */
    struct check_bytes expect;
    struct check_dns dns;
    uint16_t port;
    uint16_t status_low, status_high; /* ExpectedStatus: pass if low <= status <= high */
    enum tls_verify tls_verify;
    bool sni;
    uint32_t interval_ms; /* from 100 */
    uint32_t connect_timeout_ms;
    uint32_t response_timeout_ms;
    const char *service;        /* GRPC: Service, or NULL for the server as a whole */
    const char *const *command; /* EXEC: program and arguments, NULL-terminated; else NULL */
    const char *check_id;       /* EXEC: what the command is told, so no two checks share one */
    uint32_t timeout_ms;        /* EXEC */
    struct check_push push;
};

struct definition {
    const char *id;
    struct check_target target; /* only type is meant for CHECK_CALCULATED */
    struct verdict_rule rule;
    bool is_canary;              /* tells whether this host is cut off (health/isolation.h) */
    const char *const *children; /* CHECK_CALCULATED */
    uint32_t children_count;
    uint32_t threshold;      /* HealthThreshold */
    struct diag_place place; /* of the object */
    const char *path;        /* and the JSON path to it, with a dot behind it; empty at the root */
};

struct definitions {
    struct definition *list; /* sorted by id */
    size_t count;
    uint32_t *order;     /* their places in the list, children before those that count them */
    struct arena *arena; /* owns every string */
    struct buf source;   /* the objects that were read, one after the other with commas between */
};

/* The Route 53 word of a type. */
const char *check_type_name(enum check_type type);

/* Whether a type is probed at all; over the network, with HTTP, with gRPC, over TLS, and searched for a
 * string; and whether its connection is kept. */
bool check_type_is_probed(enum check_type type);
bool check_type_is_endpoint(enum check_type type);
bool check_type_is_http(enum check_type type);
bool check_type_is_grpc(enum check_type type);
bool check_type_is_tls(enum check_type type);
bool check_type_is_search(enum check_type type);
bool check_type_is_held(enum check_type type);

/* Whether its state is told by hand, `alarm` and `control`; a heartbeat is no state. */
bool check_type_is_switched(enum check_type type);

/* Reads every *.json of `dir` (NULL: no checks).  Faults are collected with file, line and JSON path;
 * ids must be unique over all files, children must exist, and no check may count itself (calculated.h).
 *
 * Returns 0 and new definitions in *ret, ended with definitions_free(), or ERR_FAULTY with *ret
 * untouched. */
MUST_CHECK int definitions_load(const char *dir, struct definitions **ret, struct diag *diag);

/* The same for one JSON text in memory, called `file` in messages. */
MUST_CHECK int definitions_load_text(const char *file, const char *text, size_t length,
        struct definitions **ret, struct diag *diag);

/* The same for one file, whatever its name. */
MUST_CHECK int definitions_load_file(const char *path, struct definitions **ret, struct diag *diag);

/* Appends all definitions as one JSON text, {"HealthChecks":[...]}, in the order they were read: reading
 * it gives the same definitions, but for their places.  Returns 0, or ERR_TOO_LARGE, with nothing
 * appended, if it has more than DEFINITION_FILE_MAX bytes. */
MUST_CHECK int definitions_text(const struct definitions *definitions, struct buf *ret);

/* Refuses all of them if one is of type EXEC, for a daemon that is not allowed to run commands.
 *
 * Returns 0, or ERR_FAULTY with an error for each that says how to allow it. */
MUST_CHECK int definitions_refuse_commands(
        const struct definitions *definitions, struct diag *diag);

/* NULL does nothing. */
void definitions_free(struct definitions *definitions);

/* The definition of an id, or NULL. */
const struct definition *definitions_find(const struct definitions *definitions, const char *id);

/* Whether two targets would be probed alike. */
bool check_target_equal(const struct check_target *a, const struct check_target *b);

/* A number that is the same for equal targets and tells those apart that differ in practice. */
uint64_t check_target_hash(const struct check_target *target);

/* A copy that lies in `arena` with all it points to. */
struct check_target check_target_copy(struct arena *arena, const struct check_target *from);

/* A target as one line for people: "https://192.0.2.10:443/healthz (www.example.com)",
 * "tcp://192.0.2.10:25", "tcp://192.0.2.10:25 (held)", "dns://192.0.2.53:53/example.com.?type=SOA" (RFC
 * 4501), "exec:/usr/bin/check -v",
 * "heartbeat within 30.0s", "alarm:eu-west-1/cpu", "control:blue", "2 of 3 children".  Cut to fit HEALTH_TARGET_MAX. */
void definition_describe(const struct definition *definition, char ret[HEALTH_TARGET_MAX + 1]);

/* Gives every definition a slot in the table, in the order of the list: an id that has one keeps it
 * with its verdict, counters and times; a new one starts without data.  Slots whose definition is gone
 * become HEALTH_LEAVING and keep their verdict; definitions_retire() frees them.  Returns 0 with the
 * slots in `slots` (definitions->count of them), or ERR_TOO_LARGE, with nothing changed, if the table is
 * full.  Writer only. */
MUST_CHECK int definitions_publish(const struct definitions *definitions,
        struct health_table *table, uint64_t now_ms, uint32_t *slots);

/* Whether there is a slot for each; changes nothing.  Returns 0, or ERR_FAULTY with a fault of `dir`. */
MUST_CHECK int definitions_fit(const struct definitions *definitions,
        const struct health_table *table, const char *dir, struct diag *diag);

/* Frees every slot that is HEALTH_LEAVING. */
void definitions_retire(struct health_table *table);
