/* probe.c -- see probe.h and probe_kind.h. */
#include "check/probe.h"

#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "check/commands.h"
#include "check/probe_kind.h"
#include "check/resolve.h"

static const struct {
    enum verdict_outcome outcome;
    const char *text;
} reasons[PROBE_REASONS] = {
        [PROBE_OK] = {VERDICT_PASS,         "ok"                                  },
        [PROBE_STATUS] = {VERDICT_FAIL,         "HTTP status not as expected"         },
        [PROBE_NO_MATCH] = {VERDICT_FAIL,         "what was wanted did not come"        },
        [PROBE_REFUSED] = {VERDICT_FAIL,         "connection refused"                  },
        [PROBE_RESET] = {VERDICT_FAIL,         "connection closed by the endpoint"   },
        [PROBE_CONNECT_TIMEOUT] = {VERDICT_FAIL,         "no connection in time"               },
        [PROBE_RESPONSE_TIMEOUT] = {VERDICT_FAIL,         "no response in time"                 },
        [PROBE_UNREACHABLE] = {VERDICT_FAIL,         "endpoint unreachable"                },
        [PROBE_TLS] = {VERDICT_FAIL,         "TLS handshake failed"                },
        [PROBE_CERTIFICATE] = {VERDICT_FAIL,         "bad certificate"                     },
        [PROBE_HTTP] = {VERDICT_FAIL,         "response is not proper HTTP"         },
        [PROBE_DNS] = {VERDICT_FAIL,         "response is not proper DNS"          },
        [PROBE_RCODE] = {VERDICT_FAIL,         "rcode not as expected"               },
        [PROBE_RDATA] = {VERDICT_FAIL,         "rdata not as expected"               },
        [PROBE_NO_ADDRESS] = {VERDICT_FAIL,         "name has no address"                 },
        [PROBE_GRPC] = {VERDICT_FAIL,         "response is not proper gRPC"         },
        [PROBE_GRPC_STATUS] = {VERDICT_FAIL,         "gRPC call failed"                    },
        [PROBE_NOT_SERVING] = {VERDICT_FAIL,         "service is not serving"              },
        [PROBE_EXIT] = {VERDICT_FAIL,         "command failed"                      },
        [PROBE_COMMAND_TIMEOUT] = {VERDICT_FAIL,         "command did not end in time"         },
        [PROBE_SILENT] = {VERDICT_FAIL,         "no heartbeat within its time to live"},
        [PROBE_SWITCHED_OFF] = {VERDICT_FAIL,         "switched off"                        },
        [PROBE_NO_DATA] = {VERDICT_INCONCLUSIVE, "insufficient data"                   },
        [PROBE_NO_DESCRIPTOR] = {VERDICT_INCONCLUSIVE, "no file descriptor left here"        },
        [PROBE_NO_MEMORY] = {VERDICT_INCONCLUSIVE, "no memory left here"                 },
        [PROBE_NO_PLACE] = {VERDICT_INCONCLUSIVE, "no place for a connection to hold"   },
        [PROBE_NO_ROUTE] = {VERDICT_INCONCLUSIVE, "no route from this host"             },
        [PROBE_RESOLVER] = {VERDICT_INCONCLUSIVE, "local resolver does not work"        },
        [PROBE_NO_COMMAND] = {VERDICT_INCONCLUSIVE, "command cannot be executed"          },
        [PROBE_NO_PROCESS] = {VERDICT_INCONCLUSIVE, "no process to be had here"           },
        [PROBE_HELPER] = {VERDICT_INCONCLUSIVE, "helper that runs commands died"      },
        [PROBE_STALLED] = {VERDICT_INCONCLUSIVE, "checker stood still meanwhile"       },
        [PROBE_STOPPED] = {VERDICT_INCONCLUSIVE, "probe was stopped"                   },
        [PROBE_INTERNAL] = {VERDICT_INCONCLUSIVE, "internal error"                      },
};

/* `reason` is meant when the cause may lie outside this host, `local` when it cannot. */
static const struct {
    int error;
    enum probe_reason reason;
    enum probe_reason local;
} errnos[] = {
        {ECONNREFUSED,  PROBE_REFUSED,         PROBE_REFUSED      },
        {ECONNRESET,    PROBE_RESET,           PROBE_RESET        },
        {ECONNABORTED,  PROBE_RESET,           PROBE_RESET        },
        {EPIPE,         PROBE_RESET,           PROBE_RESET        },
        {ETIMEDOUT,     PROBE_CONNECT_TIMEOUT, PROBE_NO_ROUTE     },
        {EHOSTUNREACH,  PROBE_UNREACHABLE,     PROBE_NO_ROUTE     },
        {EHOSTDOWN,     PROBE_UNREACHABLE,     PROBE_NO_ROUTE     },
        {ENETUNREACH,   PROBE_UNREACHABLE,     PROBE_NO_ROUTE     },
        {ENOPROTOOPT,   PROBE_UNREACHABLE,     PROBE_NO_ROUTE     },
        {EPROTO,        PROBE_UNREACHABLE,     PROBE_NO_ROUTE     },
        {ENETDOWN,      PROBE_NO_ROUTE,        PROBE_NO_ROUTE     },
        {EADDRNOTAVAIL, PROBE_NO_ROUTE,        PROBE_NO_ROUTE     },
        {EADDRINUSE,    PROBE_NO_ROUTE,        PROBE_NO_ROUTE     },
        {EAFNOSUPPORT,  PROBE_NO_ROUTE,        PROBE_NO_ROUTE     },
        {EPERM,         PROBE_NO_ROUTE,        PROBE_NO_ROUTE     },
        {EACCES,        PROBE_NO_ROUTE,        PROBE_NO_ROUTE     },
        {EMFILE,        PROBE_NO_DESCRIPTOR,   PROBE_NO_DESCRIPTOR},
        {ENFILE,        PROBE_NO_DESCRIPTOR,   PROBE_NO_DESCRIPTOR},
        {ENOSPC,        PROBE_NO_DESCRIPTOR,   PROBE_NO_DESCRIPTOR}, /* epoll's limit of watches */
        {ENOBUFS,       PROBE_NO_MEMORY,       PROBE_NO_MEMORY    },
        {ENOMEM,        PROBE_NO_MEMORY,       PROBE_NO_MEMORY    },
};

/* What a lookup's failure says: that the name has no address, or that nobody here could tell. */
static const struct {
    int error;
    enum probe_reason reason;
} lookups[] = {
        {UV_EAI_NONAME,     PROBE_NO_ADDRESS   },
        {UV_EAI_NODATA,     PROBE_NO_ADDRESS   },
        {UV_EAI_ADDRFAMILY, PROBE_NO_ADDRESS   },
        {UV_EINVAL,         PROBE_NO_ADDRESS   }, /* not a name at all */
        {UV_ENAMETOOLONG,   PROBE_NO_ADDRESS   },
        {UV_EAI_MEMORY,     PROBE_NO_MEMORY    },
        {UV_ENOMEM,         PROBE_NO_MEMORY    },
        {UV_EMFILE,         PROBE_NO_DESCRIPTOR},
        {UV_ENFILE,         PROBE_NO_DESCRIPTOR},
};

static const struct probe_kind *const kinds[CHECK_TYPES] = {
        [CHECK_HTTP] = &probe_kind_http,
        [CHECK_HTTPS] = &probe_kind_http,
        [CHECK_HTTP_STR_MATCH] = &probe_kind_http,
        [CHECK_HTTPS_STR_MATCH] = &probe_kind_http,
        [CHECK_TCP] = &probe_kind_tcp,
        [CHECK_TCP_HELD] = &probe_kind_tcp,
        [CHECK_DNS] = &probe_kind_dns,
        [CHECK_GRPC] = &probe_kind_http,
        [CHECK_GRPCS] = &probe_kind_http,
        [CHECK_EXEC] = &probe_kind_exec,
};

bool probe_reason_is_silence(enum probe_reason reason)
{
    return reason == PROBE_CONNECT_TIMEOUT || reason == PROBE_RESPONSE_TIMEOUT ||
           reason == PROBE_UNREACHABLE;
}

enum verdict_outcome probe_reason_outcome(enum probe_reason reason)
{
    assert(reason < PROBE_REASONS);
    return reasons[reason].outcome;
}

const char *probe_reason_text(enum probe_reason reason)
{
    assert(reason < PROBE_REASONS);
    return reasons[reason].text;
}

uint32_t probe_timeout_ms(const struct check_target *target)
{
    return kinds[target->type]->timeout_ms(target);
}

uint32_t probe_linger_ms(const struct check_target *target)
{
    return kinds[target->type]->linger_ms(target);
}

enum probe_reason probe_reason_of_errno(int error, bool local)
{
    for (size_t i = 0; i < COUNT(errnos); i++)
        if (errnos[i].error == error)
            return local ? errnos[i].local : errnos[i].reason;
    return PROBE_INTERNAL;
}

static enum probe_reason reason_of_lookup(int error)
{
    for (size_t i = 0; i < COUNT(lookups); i++)
        if (lookups[i].error == error)
            return lookups[i].reason;
    return PROBE_RESOLVER;
}

int probe_engine_new(struct probe_engine **ret, uv_loop_t *loop, const char *ca_file)
{
    struct probe_engine *engine = mem_zalloc(1, sizeof(*engine));
    engine->loop = loop;
    engine->rand = rand_from_kernel();

    int error = http_engine_new(&engine->http, loop, ca_file);
    if (error != 0) {
        free(engine);
        return error;
    }
    *ret = engine;
    return 0;
}

void probe_engine_allow_commands(struct probe_engine *engine, uint32_t running_max)
{
    assert(engine->commands == NULL);
    engine->commands = commands_new(engine->loop, running_max);
}

void probe_engine_stop(struct probe_engine *engine)
{
    commands_stop(engine->commands);
}

bool probe_engine_is_idle(const struct probe_engine *engine)
{
    return commands_is_idle(engine->commands);
}

void probe_engine_free(struct probe_engine *engine)
{
    if (engine == NULL)
        return;
    commands_free(engine->commands);
    http_engine_free(engine->http);
    free(engine);
}

static void on_handle_closed(uv_handle_t *handle)
{
    struct probe *probe = handle->data;
    assert(probe->handles > 0);
    if (--probe->handles > 0 || probe->stage != PROBE_STAGE_ENDING)
        return;
    probe->handler(probe->context, &probe->result);
    free(probe);
}

void probe_close_handle(struct probe *probe, uv_handle_t *handle)
{
    assert(handle->data == probe);
    probe->handles++;
    uv_close(handle, on_handle_closed);
}

PRINTF(3, 0)
static void set_result(
        struct probe *probe, enum probe_reason reason, const char *format, va_list arguments)
{
    probe->result.reason = reason;
    vsnprintf(probe->result.text, sizeof(probe->result.text), format, arguments);
}

void probe_note_step(struct probe *probe, enum evidence_step step)
{
    uint64_t passed_us = clock_mono_us() - probe->started_us;
    if (probe->evidence.reached_us[step] == 0)
        probe->evidence.reached_us[step] = passed_us > 0 ? passed_us : 1;
}

void probe_note_socket(struct probe *probe, int fd)
{
    socklen_t size = sizeof(probe->evidence.local);
    if (getsockname(fd, &probe->evidence.local.any, &size) != 0)
        probe->evidence.local.any.sa_family = 0;
}

void probe_stop_clock(struct probe *probe)
{
    if (probe->timed)
        return;
    probe->timed = true;
    probe_note_step(probe, EVIDENCE_DONE);
    probe->result.duration_ms = clock_mono_ms() - probe->started_ms;
}

void probe_end(struct probe *probe, enum probe_reason reason, const char *format, ...)
{
    assert(probe->stage != PROBE_STAGE_ENDING);
    bool was_running = probe->stage == PROBE_STAGE_RUNNING;
    va_list arguments;

    va_start(arguments, format);
    set_result(probe, reason, format, arguments);
    va_end(arguments);
    probe_stop_clock(probe);

    probe->stage = PROBE_STAGE_ENDING;
    resolve_cancel(probe->resolve);
    probe->resolve = NULL;
    /* The timer is closed first: the probe has an open handle from here until the last is closed. */
    probe_close_handle(probe, (uv_handle_t *)&probe->deadline);
    if (was_running)
        probe->kind->cancel(probe);
}

void probe_report(struct probe *probe, const char *format, ...)
{
    assert(probe->stage == PROBE_STAGE_RUNNING);
    va_list arguments;

    va_start(arguments, format);
    set_result(probe, PROBE_OK, format, arguments);
    va_end(arguments);
    probe_stop_clock(probe);
    probe->result.goes_on = true;
    probe->handler(probe->context, &probe->result);
    probe->result.goes_on = false;
    assert(probe->stage == PROBE_STAGE_RUNNING);
}

void probe_end_unconnected(struct probe *probe)
{
    char waited[CLOCK_TEXT_MAX];
    probe_end(probe, PROBE_CONNECT_TIMEOUT, "no connection to %s within %s", probe->where,
            clock_format_duration(probe->target->connect_timeout_ms, waited));
}

void probe_end_connect(struct probe *probe, int error, bool local)
{
    enum probe_reason reason = probe_reason_of_errno(error, local);
    char text[128];
    probe->evidence.os_error = error;

    if (reason == PROBE_REFUSED)
        probe_end(probe, reason, "connection to %s refused", probe->where);
    else if (reason == PROBE_CONNECT_TIMEOUT)
        probe_end(probe, reason, "no connection to %s: timed out", probe->where);
    else if (reasons[reason].outcome == VERDICT_FAIL)
        probe_end(probe, reason, "connection to %s: %s", probe->where,
                uv_strerror_r(uv_translate_sys_error(error), text, sizeof(text)));
    else
        probe_end(probe, reason, "%s: connection to %s: %s", reasons[reason].text, probe->where,
                uv_strerror_r(uv_translate_sys_error(error), text, sizeof(text)));
}

static void end_unresolved(struct probe *probe)
{
    char waited[CLOCK_TEXT_MAX];
    probe_end(probe, PROBE_RESOLVER, "the resolver did not answer for %s within %s",
            probe->target->host, clock_format_duration(probe->target->connect_timeout_ms, waited));
}

/* libuv runs timers before it takes input.  A deadline found passed may have been passed for long,
 * while this process was busy or stopped, with the answer lying in the socket since: so the loop is
 * given one round of input before the deadline counts. */
static void on_deadline(uv_timer_t *timer)
{
    struct probe *probe = timer->data;
    if (!probe->last_look) {
        probe->last_look = true;
        uv_timer_start(timer, on_deadline, 1, 0);
        return;
    }
    if (probe->stage == PROBE_STAGE_RESOLVING)
        end_unresolved(probe);
    else
        probe->kind->expire(probe);
}

void probe_set_deadline(struct probe *probe, uint32_t timeout_ms)
{
    /* libuv counts from the start of the loop's turn, which may be a while ago when the turn is
     * long; both clocks are CLOCK_MONOTONIC. */
    uint64_t now_ms = clock_mono_ms();
    uint64_t turn_ms = uv_now(probe->engine->loop);
    uint64_t passed_ms = now_ms > turn_ms ? now_ms - turn_ms : 0;

    probe->last_look = false;
    uv_timer_start(&probe->deadline, on_deadline, timeout_ms + passed_ms, 0);
}

static void run(struct probe *probe)
{
    if (check_type_is_endpoint(probe->target->type)) {
        net_address_format(&probe->address, probe->where);
        probe->evidence.peer = probe->address;
    }
    probe->stage = PROBE_STAGE_RUNNING;
    probe->kind->start(probe);
}

static void on_resolved(void *context, int error, const struct in_addr *addresses, size_t count)
{
    struct probe *probe = context;
    assert(probe->stage == PROBE_STAGE_RESOLVING);
    probe->resolve = NULL;

    if (error != 0) {
        enum probe_reason reason = reason_of_lookup(error);
        probe_end(probe, reason, "%s: %s: %s", reasons[reason].text, probe->target->host,
                uv_strerror(error));
        return;
    }
    probe_note_step(probe, EVIDENCE_RESOLVED);
    probe->evidence.addresses = (uint32_t)count;
    probe->address.v4 = (struct sockaddr_in){
            .sin_family = AF_INET,
            .sin_port = htons(probe->target->port),
            .sin_addr = addresses[rand_below(&probe->engine->rand, (uint32_t)count)],
    };
    run(probe);
}

static void resolve(struct probe *probe)
{
    int error = resolve_start(
            &probe->resolve, probe->engine->loop, probe->target->host, on_resolved, probe);
    if (error != 0)
        on_resolved(probe, error, NULL, 0);
}

static int parse_address(const struct check_target *target, union net_address *ret)
{
    if (uv_ip4_addr(target->address, target->port, &ret->v4) == 0)
        return 0;
    return uv_ip6_addr(target->address, target->port, &ret->v6);
}

static struct probe *new_probe(
        struct probe_engine *engine, const struct check_target *target, const char *id)
{
    const struct probe_kind *kind = kinds[target->type];
    assert(kind != NULL);
    struct probe *probe = mem_zalloc(1, kind->size_bytes);

    probe->kind = kind;
    probe->engine = engine;
    probe->target = target;
    probe->started_ms = clock_mono_ms();
    probe->started_us = clock_mono_us();
    probe->result.evidence = &probe->evidence;
    snprintf(probe->id, sizeof(probe->id), "%s", id);
    int error = uv_timer_init(engine->loop, &probe->deadline);
    assert(error == 0); /* it cannot fail */
    probe->deadline.data = probe;
    return probe;
}

struct probe *probe_start(struct probe_engine *engine, const struct check_target *target,
        const char *id, probe_handler *handler, void *context)
{
    struct probe *probe = new_probe(engine, target, id);
    probe->handler = handler;
    probe->context = context;
    probe_set_deadline(probe, target->connect_timeout_ms);

    if (!check_type_is_endpoint(target->type))
        run(probe);
    else if (target->address == NULL)
        resolve(probe);
    else if (parse_address(target, &probe->address) == 0)
        run(probe);
    else
        probe_end(probe, PROBE_INTERNAL, "not an address: %s", target->address);
    return probe;
}

void probe_stop(struct probe *probe)
{
    if (probe->stage != PROBE_STAGE_ENDING) {
        probe_end(probe, PROBE_STOPPED, "%s", reasons[PROBE_STOPPED].text);
        return;
    }
    probe->result.reason = PROBE_STOPPED;
    snprintf(probe->result.text, sizeof(probe->result.text), "%s", reasons[PROBE_STOPPED].text);
}
