/* probe.h -- one look at one endpoint: what it found and exactly why.
 *
 * Each kind of probe is a row of a constant table: a struct of functions and a name.  A probe starts,
 * runs on the checker's loop under its own deadlines, and ends by calling its handler exactly once.  A
 * probe that holds a connection (TCP_HELD) has no end but a failure: until then it calls the handler for
 * each pass, and says that it goes on.
 * Our own faults (no descriptor, no memory, no route from this host, a broken local resolver) are
 * inconclusive; the mapping from reason to outcome is one table in probe.c.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#include "base/attr.h"
#include "check/definition.h"
#include "check/evidence.h"
#include "health/verdict.h"

#define PROBE_BODY_SEARCHED   5120U  /* SearchString must end within these (route53.md 3.1) */
#define PROBE_EXPECT_SEARCHED 5120U  /* and so must Expect, over TCP */
#define PROBE_BODY_READ       65536U /* no probe reads more of a body before it closes */
#define PROBE_HEADERS_MAX     16384U
#define PROBE_BYTES_MAX       1048576U /* of all that arrives: what is neither header nor body too */

/* Why a probe ended.  probe.c has for each its outcome and its sentence. */
enum probe_reason {
    PROBE_OK,
    PROBE_STATUS,   /* a status outside ExpectedStatus */
    PROBE_NO_MATCH, /* SearchString or Expect not in what came */
    PROBE_REFUSED,
    PROBE_RESET, /* the endpoint closed or reset the connection */
    PROBE_CONNECT_TIMEOUT,
    PROBE_RESPONSE_TIMEOUT,
    PROBE_UNREACHABLE, /* host unreachable, told by a router on the way */
    PROBE_TLS,         /* the handshake failed */
    PROBE_CERTIFICATE, /* TLSVerify on, and the certificate is bad */
    PROBE_HTTP,        /* what came is not HTTP, or its headers are too large */
    PROBE_DNS,         /* what came is no proper DNS response */
    PROBE_RCODE,       /* not ExpectedRcode */
    PROBE_RDATA,       /* ExpectedRdata is not in the answer */
    PROBE_NO_ADDRESS,  /* the name has no A record */
    PROBE_GRPC,        /* what came is no answer of gRPC */
    PROBE_GRPC_STATUS, /* the call failed, by its grpc-status */
    PROBE_NOT_SERVING, /* the service says so itself */
    PROBE_EXIT,        /* a command's end is not as expected */
    PROBE_COMMAND_TIMEOUT,
    PROBE_SILENT,        /* no heartbeat within its time to live */
    PROBE_SWITCHED_OFF,  /* a switch is off, or an alarm says so */
    PROBE_NO_DATA,       /* an alarm has none, and the last known state stays; nobody's fault */
    PROBE_NO_DESCRIPTOR, /* from here on our own faults */
    PROBE_NO_MEMORY,
    PROBE_NO_PLACE,   /* as many connections are held as may be */
    PROBE_NO_ROUTE,   /* no route from this host */
    PROBE_RESOLVER,   /* the local resolver is broken */
    PROBE_NO_COMMAND, /* the program cannot be executed */
    PROBE_NO_PROCESS, /* none to be had for a command, or as many run as may */
    PROBE_HELPER,     /* what runs commands died, or does not answer */
    PROBE_STALLED,    /* this process stood still while the probe ran */
    PROBE_STOPPED,    /* the check was removed or changed meanwhile */
    PROBE_INTERNAL,
    PROBE_REASONS, /* how many there are */
};

struct probe_result {
    enum probe_reason reason;
    bool goes_on;                     /* a pass of a probe that is not over */
    int http_status;                  /* 0 if none was seen */
    uint64_t duration_ms;             /* until the outcome was known */
    char text[HEALTH_REASON_MAX + 1]; /* the whole sentence, as status and log show it */
    const struct evidence
            *evidence; /* borrowed while the handler runs; NULL: nothing was looked at */
};

struct probe; /* one running probe */

/* Called from the loop: for each result that goes on, and once when the probe is over, which is freed
 * afterwards.  While a probe goes on the handler must not stop it. */
typedef void probe_handler(void *context, const struct probe_result *result);

struct probe_engine; /* what probes of one loop share: the curl multi handle, caches */

/* `ca_file` NULL for the system's certificates.
 *
 * Returns 0 and a new engine in *ret, ended with probe_engine_free() after every probe has ended and
 * before the loop runs for the last time; or a negative error: ERR_SYNTAX if ca_file holds no
 * certificates.  The process must ignore SIGPIPE. */
MUST_CHECK int probe_engine_new(struct probe_engine **ret, uv_loop_t *loop, const char *ca_file);

/* Allows EXEC probes, at most `running_max` at once; without this call none starts. */
void probe_engine_allow_commands(struct probe_engine *engine, uint32_t running_max);

/* Ends what the engine has running besides probes, once these have ended.  The loop must run until
 * probe_engine_is_idle(), before probe_engine_free(). */
void probe_engine_stop(struct probe_engine *engine);
bool probe_engine_is_idle(const struct probe_engine *engine);
void probe_engine_free(struct probe_engine *engine);

/* Starts a probe; `target` must live until the handler was called, `id` (shown in the User-Agent) is
 * copied.  Never fails: a probe that cannot start ends with a reason, from the loop, not from within
 * this call.  Returns the probe, borrowed until its handler is called for the last time. */
struct probe *probe_start(struct probe_engine *engine, const struct check_target *target,
        const char *id, probe_handler *handler, void *context);

/* Ends a probe early; its handler is called, from the loop, with PROBE_STOPPED. */
void probe_stop(struct probe *probe);

/* The longest a probe of an endpoint takes from its start until it has failed, and the longest it goes on once
 * the endpoint has done all that it needed to pass. */
uint32_t probe_timeout_ms(const struct check_target *target);
uint32_t probe_linger_ms(const struct check_target *target);

/* Whether a reason says that nothing came back, so that the fault may lie on the way. */
bool probe_reason_is_silence(enum probe_reason reason);

/* What a reason means for the verdict, and its sentence. */
enum verdict_outcome probe_reason_outcome(enum probe_reason reason);
const char *probe_reason_text(enum probe_reason reason);
