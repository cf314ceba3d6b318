/* probe_kind.h -- what probe.c and the kinds of probe share; nobody else includes it.
 *
 *   stage     | what happens                                  | next
 *   ----------+-----------------------------------------------+----------
 *   RESOLVING | the address is there, or none is wanted       | RUNNING
 *   RESOLVING | no address, deadline, probe_stop()            | ENDING
 *   RUNNING   | the kind calls probe_report()                 | RUNNING
 *   RUNNING   | the kind calls probe_end(), or probe_stop()   | ENDING
 *   ENDING    | every handle is closed: the handler is called | freed
 *
 * A probe is allocated together with what its kind keeps: a kind's struct starts with struct probe.
 * Closing handles takes libuv one round of callbacks, and the handler is called from the last of
 * them: so it runs once, from the loop, whatever ended the probe and from wherever.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#include "base/attr.h"
#include "base/net.h"
#include "base/rand.h"
#include "check/probe.h"

struct commands;
struct http_engine; /* probe_http.c */
struct resolve;

struct probe_engine {
    uv_loop_t *loop;
    struct rand rand;
    struct http_engine *http;
    struct commands *commands; /* NULL: EXEC probes are not allowed */
};

enum probe_stage {
    PROBE_STAGE_RESOLVING,
    PROBE_STAGE_RUNNING,
    PROBE_STAGE_ENDING,
};

struct probe_kind {
    const char *name;
    size_t size_bytes; /* of the kind's struct */

    /* See probe_timeout_ms() and probe_linger_ms(). */
    uint32_t (*timeout_ms)(const struct check_target *target);
    uint32_t (*linger_ms)(const struct check_target *target);

    /* The address is known, if the type has one: go. */
    void (*start)(struct probe *probe);

    /* The deadline set last has passed, and what had arrived before it was taken. */
    void (*expire)(struct probe *probe);

    /* Lets go of everything; handles are closed through probe_close_handle().  Called once, from
     * probe_end(), only if start was. */
    void (*cancel)(struct probe *probe);
};

struct probe {
    const struct probe_kind *kind;
    struct probe_engine *engine;
    const struct check_target *target;
    probe_handler *handler;
    void *context;
    enum probe_stage stage;
    struct probe_result result;
    struct evidence evidence;
    union net_address address;
    char where[NET_TEXT_MAX]; /* the address as text, with the port */
    char id[HEALTH_ID_MAX + 1];
    struct resolve *resolve;
    uv_timer_t deadline;
    bool last_look; /* the deadline has passed; one round of input is still taken */
    bool timed;     /* result.duration_ms is final */
    uint32_t handles;
    uint64_t started_ms, started_us;
};

extern const struct probe_kind probe_kind_http;
extern const struct probe_kind probe_kind_tcp;
extern const struct probe_kind probe_kind_dns;
extern const struct probe_kind probe_kind_exec;

/* Sets the probe's one deadline, `timeout_ms` from this moment, instead of the one before. */
void probe_set_deadline(struct probe *probe, uint32_t timeout_ms);

/* A step is reached now; the first time counts. */
void probe_note_step(struct probe *probe, enum evidence_step step);

/* The connection is this socket's. */
void probe_note_socket(struct probe *probe, int fd);

/* The outcome is known though the probe goes on a little: what it reports as its duration ends here. */
void probe_stop_clock(struct probe *probe);

/* Ends the probe: reason and sentence are final unless probe_stop() comes in between.  Not to be
 * called from inside libcurl, whose callbacks may not take a transfer away. */
void probe_end(struct probe *probe, enum probe_reason reason, const char *format, ...) PRINTF(3, 4);

/* A pass of a probe that goes on: calls the handler.  What it reports as its duration ends with the
 * first. */
void probe_report(struct probe *probe, const char *format, ...) PRINTF(2, 3);

/* Closes a handle of the probe; handle->data must be the probe.  The probe is not over before the handle
 * is closed, and need not be ending. */
void probe_close_handle(struct probe *probe, uv_handle_t *handle);

/* The reason behind an errno (positive) of a connection.  `local` says that the system call itself
 * failed at once, so that no packet from outside can be the cause. */
enum probe_reason probe_reason_of_errno(int error, bool local);

/* Ends a probe whose connection was not made within ConnectTimeout. */
void probe_end_unconnected(struct probe *probe);

/* Ends a probe whose connection could not be made, with a sentence that fits the errno. */
void probe_end_connect(struct probe *probe, int error, bool local);

/* The probes of one engine over HTTP. */
MUST_CHECK int http_engine_new(struct http_engine **ret, uv_loop_t *loop, const char *ca_file);
void http_engine_free(struct http_engine *http);
