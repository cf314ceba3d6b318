/* responder.c -- see responder.h.
 *
 * The main thread's loop serves the channel; a load of zones runs in a thread of libuv's pool, and so does a
 * comparison (trial.h), one at a time; lints and questions about shadows have threads of it beside these.  A load reads
 * the files as they are when it starts, so that a request that comes while one runs waits for the next.
 *
 *   state     | what happens            | next
 *   ----------+-------------------------+----------
 *   LOADING   | the load is over        | LOADING if "reload" has come meanwhile, COMPARING if "diff"
 *   COMPARING | the comparison is over  |   has, else IDLE
 *   IDLE      | "reload"                | LOADING
 *   IDLE      | "diff"                  | COMPARING
 *   any       | channel ends, SIGTERM   | STOPPING: the workers end, what runs in the pool is waited for
 */
#include "serve/responder.h"

#include <assert.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <uv.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/ipc.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/nice.h"
#include "health/ids.h"
#include "serve/explain.h"
#include "serve/guarded.h"
#include "serve/lint_job.h"
#include "serve/loader.h"
#include "serve/report.h"
#include "serve/set_request.h"
#include "serve/shadow_job.h"
#include "serve/tcp.h"
#include "serve/trial.h"
#include "serve/worker.h"
#include "zone/atlas.h"

#define WAITING_MAX 1024U /* requests that wait for loads; the supervisor bounds them already */

enum state {
    STATE_IDLE,
    STATE_LOADING,
    STATE_COMPARING,
    STATE_STOPPING,
};

/* Requests to be answered when a load is over. */
struct waiting {
    uint32_t ids[WAITING_MAX];
    uint32_t count;
};

/* One load; between its start and its end it belongs to the pool's thread. */
struct load {
    struct zone_load_report report;
    struct diag *diag;
    bool found; /* the sources were; else the report is empty and nothing was published */
    bool is_beside_answers;
    uint64_t started_ms;
};

/* One comparison; while it runs it belongs to the pool's thread. */
struct comparison {
    uint32_t id;   /* of the request */
    char *request; /* NULL: there is none */
    struct buf text;
    int status;
};

struct responder {
    const struct responder_settings *settings;
    uv_loop_t loop;
    uv_signal_t terminate;
    uv_work_t work;
    struct ipc *ipc;
    struct health_table *table;
    struct zonedb *db;
    struct atlas *atlas;     /* of the last load that found its sources; of a load while it runs */
    struct worker **workers; /* NULL before the first load */
    uint32_t workers_count;
    enum state state;
    bool ready; /* the first load is over */
    int exit_status;
    struct waiting now;  /* for the load that runs */
    struct waiting next; /* for the one behind it */
    struct load load;
    struct comparison comparison;
    struct zone_load_report report; /* of the last load that found its sources */
    struct buf text;                /* the last load's report as JSON */
    struct lint_job *lint;
    struct shadow_job *shadow;
};

static void stop(struct responder *responder, int exit_status);
static void go_on(struct responder *responder);

static void send_message(struct responder *responder, enum ipc_type type, uint32_t id, int status,
        struct buf *payload)
{
    const struct ipc_message message = {
            .type = type,
            .id = id,
            .status = status,
            .payload = buf_string(payload),
            .length = payload->length,
    };
    ipc_send(responder->ipc, &message);
}

static void refuse_request(struct responder *responder, uint32_t id, int status)
{
    struct buf text;
    buf_init(&text, IPC_PAYLOAD_MAX);
    buf_add_string(&text, "{}");
    send_message(responder, IPC_REPLY, id, status, &text);
    buf_done(&text);
}

/* Guards are the checker's, which does not know zones. */
static void tell_guarded(struct responder *responder)
{
    struct buf text;
    if (responder->settings->max_down_count == 0)
        return;
    buf_init(&text, IPC_PAYLOAD_MAX);
    guarded_print(zonedb_current(responder->db), &text);
    if (text.cut)
        log_error("the zones with guards have too many checks to be told; their guards stay as "
                  "they are");
    else
        send_message(responder, IPC_EVENT, 0, 0, &text);
    buf_done(&text);
}

/* In the pool's thread: nobody else reads or writes zones or publishes meanwhile. */
static void run_load(uv_work_t *work)
{
    struct responder *responder = work->data;
    struct load *load = &responder->load;

    if (load->is_beside_answers)
        nice_step_back();
    struct health_ids *ids = health_ids_new(responder->table);
    struct health_ids *all_ids = health_ids_new_with_leaving(responder->table);
    const struct loader_plan plan = {
            .settings = responder->settings,
            .old = zonedb_current(responder->db),
            .atlas = &responder->atlas,
            .ids = ids,
            .all_ids = all_ids,
    };

    load->diag = diag_new();
    struct zone_set *set = loader_load(&plan, &load->report, load->diag);
    health_ids_free(ids);
    health_ids_free(all_ids);
    load->found = set != NULL;
    if (load->found)
        zonedb_publish(responder->db, set);
    mem_trim(); /* of the version before */
}

/* Says it if strangers find less room than usual. */
static uint32_t find_connections_max(const struct responder_settings *settings)
{
    struct rlimit limit;
    uint64_t descriptors = UINT64_MAX;

    if (getrlimit(RLIMIT_NOFILE, &limit) == 0)
        descriptors = limit.rlim_cur;
    uint32_t max = worker_connections_max(
            descriptors, settings->workers, settings->addresses, settings->tcp_connections_max);
    if (max < settings->tcp_connections_max)
        log_warning("%llu descriptors are allowed, enough for %u TCP connections of each worker",
                (unsigned long long)descriptors, max);
    return max;
}

static int start_workers(struct responder *responder)
{
    const struct responder_settings *settings = responder->settings;

    uint32_t connections_max = find_connections_max(settings);

    responder->workers = mem_zalloc(settings->workers, sizeof(struct worker *));
    for (uint32_t i = 0; i < settings->workers; i++) {
        const struct worker_settings worker = {
                .db = responder->db,
                .health = responder->table,
                .index = i,
                .secret = settings->sticky_secret,
                .addresses = settings->addresses,
                .udp_fds = settings->udp_fds + (size_t)i * settings->addresses,
                .tcp_fds = settings->tcp_fds + (size_t)i * settings->addresses,
                .tcp_connections_max = connections_max,
                .tcp_client_max = settings->tcp_client_max,
                .tcp_idle_ms = settings->tcp_idle_s * 1000,
                .udp_size_bytes = settings->udp_size_bytes,
                .ttl_floor_s = settings->ttl_floor_s,
                .version_text = settings->version_text,
                .server_id = settings->server_id,
                .cookies = settings->cookies,
        };
        int error = worker_start(&responder->workers[i], &worker);
        if (error != 0) {
            log_error("cannot start worker %u: %s", i, err_text(error));
            return error;
        }
        responder->workers_count++;
    }
    return 0;
}

/* Takes over what the load found.  Returns the status to report. */
static int settle_load(struct responder *responder)
{
    struct load *load = &responder->load;

    if (load->found) {
        zone_load_report_done(&responder->report);
        responder->report = load->report;
    } else if (responder->report.served > 0) {
        diag_warning(load->diag, (struct diag_place){0}, "all %u zones served before stay in force",
                responder->report.served);
    }
    /* Without sources the last zones stay in service, and so does their report, with the new faults. */
    report_log(&responder->report, load->diag, clock_mono_ms() - load->started_ms);
    buf_done(&responder->text);
    report_print_load(&responder->report, load->diag, &responder->text);
    int status = report_status(&responder->report, load->diag);
    diag_free(load->diag);
    responder->load = (struct load){.diag = NULL};
    return status;
}

static void on_loaded(uv_work_t *work, int uv_status)
{
    struct responder *responder = work->data;
    bool stopping = responder->state == STATE_STOPPING;

    assert(uv_status == 0); /* it is never cancelled */
    int status = settle_load(responder);
    if (stopping)
        return;
    responder->state = STATE_IDLE;
    tell_guarded(responder);
    if (!responder->ready) {
        responder->ready = true;
        if (start_workers(responder) != 0) {
            stop(responder, EXIT_FAILURE);
            return;
        }
        send_message(responder, IPC_READY, 0, status, &responder->text);
    }
    for (uint32_t i = 0; i < responder->now.count; i++)
        send_message(responder, IPC_REPLY, responder->now.ids[i], status, &responder->text);
    go_on(responder);
}

/* In the pool's thread: what is in force stays so meanwhile, since no load runs. */
static void run_comparison(uv_work_t *work)
{
    struct responder *responder = work->data;
    struct comparison *comparison = &responder->comparison;

    nice_step_back();
    const struct trial_sources sources = {
            .settings = responder->settings,
            .table = responder->table,
            .current = zonedb_current(responder->db),
            .atlas = responder->atlas,
    };
    comparison->status = trial_run(&sources, comparison->request, &comparison->text);
    mem_trim(); /* of a version that was only tried */
}

static void end_comparison(struct comparison *comparison)
{
    free(comparison->request);
    buf_done(&comparison->text);
    *comparison = (struct comparison){.request = NULL};
}

static void on_compared(uv_work_t *work, int uv_status)
{
    struct responder *responder = work->data;
    struct comparison *comparison = &responder->comparison;

    assert(uv_status == 0); /* it is never cancelled */
    if (responder->state == STATE_STOPPING)
        return;
    responder->state = STATE_IDLE;
    if (comparison->text.cut)
        refuse_request(responder, comparison->id, ERR_TOO_LARGE);
    else
        send_message(responder, IPC_REPLY, comparison->id, comparison->status, &comparison->text);
    end_comparison(comparison);
    go_on(responder);
}

static void start_work(
        struct responder *responder, enum state state, uv_work_cb run, uv_after_work_cb handle)
{
    assert(responder->state == STATE_IDLE);
    responder->state = state;
    responder->work.data = responder;
    int error = uv_queue_work(&responder->loop, &responder->work, run, handle);
    assert(error == 0); /* fails only without a function */
}

static void start_load(struct responder *responder)
{
    responder->load =
            (struct load){.started_ms = clock_mono_ms(), .is_beside_answers = responder->ready};
    start_work(responder, STATE_LOADING, run_load, on_loaded);
}

/* Starts what waits, loads first. */
static void go_on(struct responder *responder)
{
    responder->now = responder->next;
    responder->next.count = 0;
    if (responder->now.count > 0)
        start_load(responder);
    else if (responder->comparison.request != NULL)
        start_work(responder, STATE_COMPARING, run_comparison, on_compared);
}

static void request_reload(struct responder *responder, uint32_t id, const char *words)
{
    (void)words;
    struct waiting *waiting = &responder->next;

    assert(waiting->count < WAITING_MAX);
    waiting->ids[waiting->count++] = id;
    if (responder->state == STATE_IDLE)
        go_on(responder);
}

/* The supervisor asks for one after the other. */
static void request_diff(struct responder *responder, uint32_t id, const char *words)
{
    struct comparison *comparison = &responder->comparison;

    if (comparison->request != NULL) {
        refuse_request(responder, id, -EBUSY);
        return;
    }
    *comparison = (struct comparison){.id = id, .request = mem_string(words)};
    buf_init(&comparison->text, IPC_PAYLOAD_MAX);
    if (responder->state == STATE_IDLE)
        go_on(responder);
}

static void reply_zones(struct responder *responder, uint32_t id, const char *words)
{
    (void)words;
    send_message(responder, IPC_REPLY, id, 0, &responder->text);
}

static void reply_stats(struct responder *responder, uint32_t id, const char *words)
{
    (void)words;
    const struct responder_settings *settings = responder->settings;
    struct query_counters sum = {0};
    uint64_t overflow = 0;
    struct buf text;

    for (uint32_t i = 0; i < responder->workers_count; i++)
        report_add_counters(worker_counters(responder->workers[i]), &sum);
    for (size_t i = 0; i < (size_t)settings->workers * settings->addresses; i++)
        overflow += net_udp_overflow(settings->udp_fds[i]);
    buf_init(&text, IPC_PAYLOAD_MAX);
    report_print_stats(&sum, overflow, &text);
    send_message(responder, IPC_REPLY, id, 0, &text);
    buf_done(&text);
}

/* A load may publish and free zones meanwhile, in its thread. */
static void reply_explain(struct responder *responder, uint32_t id, const char *words)
{
    struct buf text;

    buf_init(&text, IPC_PAYLOAD_MAX);
    zonedb_reader_online(responder->db);
    const struct explain_sources sources = {
            .zones = zonedb_read(responder->db),
            .health = responder->table,
            .secret = responder->settings->sticky_secret,
            .ttl_floor_s = responder->settings->ttl_floor_s,
            .now_ms = clock_real_ms(),
    };
    int status = explain_answer(&sources, words, &text);
    zonedb_reader_offline(responder->db);
    send_message(responder, IPC_REPLY, id, status, &text);
    buf_done(&text);
}

static void reply_set(struct responder *responder, uint32_t id, const char *words)
{
    struct buf text;

    buf_init(&text, IPC_PAYLOAD_MAX);
    zonedb_reader_online(responder->db);
    int status = set_request_answer(zonedb_read(responder->db), responder->table, words, &text);
    zonedb_reader_offline(responder->db);
    send_message(responder, IPC_REPLY, id, status, &text);
    buf_done(&text);
}

static void on_shadow_answered(void *context, uint32_t id, int status, struct buf *text)
{
    send_message(context, IPC_REPLY, id, status, text);
}

/* Before the first load no name is answered at all, which says nothing. */
static void request_shadow(struct responder *responder, uint32_t id, const char *words)
{
    int error = -EAGAIN;

    zonedb_reader_online(responder->db);
    if (responder->ready)
        error = shadow_job_start(responder->shadow, zonedb_read(responder->db), words, id);
    zonedb_reader_offline(responder->db);
    if (error != 0)
        refuse_request(responder, id, error);
}

static void on_linted(void *context, uint32_t id, int status, struct buf *text)
{
    send_message(context, IPC_REPLY, id, status, text);
}

static void request_lint(struct responder *responder, uint32_t id, const char *words)
{
    struct buf text;

    buf_init(&text, IPC_PAYLOAD_MAX);
    zonedb_reader_online(responder->db);
    int error = lint_job_start(responder->lint, zonedb_read(responder->db), words, id, &text);
    zonedb_reader_offline(responder->db);
    if (error != 0)
        send_message(responder, IPC_REPLY, id, error, &text);
    buf_done(&text);
}

static const struct {
    const char *word;
    void (*run)(struct responder *responder, uint32_t id, const char *words);
} requests[] = {
        {"reload",  request_reload},
        {"zones",   reply_zones   },
        {"stats",   reply_stats   },
        {"explain", reply_explain },
        {"set",     reply_set     },
        {"shadow",  request_shadow},
        {"diff",    request_diff  },
        {"lint",    request_lint  },
};

static void on_message(void *context, const struct ipc_message *message)
{
    struct responder *responder = context;

    if (message == NULL) {
        stop(responder, EXIT_SUCCESS);
        return;
    }
    if (message->type != IPC_REQUEST)
        return;
    if (responder->next.count == WAITING_MAX) {
        refuse_request(responder, message->id, -EBUSY);
        return;
    }
    size_t length = strcspn(message->payload, " ");
    for (size_t i = 0; i < COUNT(requests); i++) {
        if (strlen(requests[i].word) != length ||
                memcmp(message->payload, requests[i].word, length) != 0)
            continue;
        requests[i].run(responder, message->id, message->payload + length);
        return;
    }
    refuse_request(responder, message->id, -EINVAL);
}

static void on_terminate(uv_signal_t *terminate, int number)
{
    (void)number;
    stop(terminate->data, EXIT_SUCCESS);
}

static void stop(struct responder *responder, int exit_status)
{
    if (responder->state == STATE_STOPPING)
        return;
    responder->state = STATE_STOPPING;
    responder->exit_status = exit_status;
    ipc_close(responder->ipc);
    responder->ipc = NULL;
    uv_close((uv_handle_t *)&responder->terminate, NULL);
    lint_job_stop(responder->lint);
    shadow_job_stop(responder->shadow);
    for (uint32_t i = 0; i < responder->workers_count; i++)
        worker_stop(responder->workers[i]);
    free(responder->workers);
    responder->workers = NULL;
    responder->workers_count = 0;
}

/* Opens what the loop waits for.  Returns 0 or a negative error, the loop then being empty again. */
static int open_handles(struct responder *responder)
{
    int error = uv_signal_init(&responder->loop, &responder->terminate);
    if (error != 0)
        return error;
    responder->terminate.data = responder;
    error = uv_signal_start(&responder->terminate, on_terminate, SIGTERM);
    if (error == 0)
        error = ipc_open(&responder->ipc, &responder->loop, responder->settings->channel_fd,
                on_message, responder);
    if (error != 0)
        uv_close((uv_handle_t *)&responder->terminate, NULL);
    return error;
}

/* What "zones" gets before the first load is over. */
static void print_nothing(struct responder *responder)
{
    struct diag *diag = diag_new();
    report_print_load(&responder->report, diag, &responder->text);
    diag_free(diag);
}

static void make_lint(struct responder *responder)
{
    const struct responder_settings *settings = responder->settings;
    const struct lint_job_settings lint = {
            .loop = &responder->loop,
            .health = responder->table,
            .waivers = settings->lint_waive,
            .waivers_count = settings->lint_waive_count,
            .slow_s = settings->lint_slow_s,
            .handler = on_linted,
            .context = responder,
    };
    responder->lint = lint_job_new(&lint);
}

static void run(struct responder *responder)
{
    int error = open_handles(responder);
    if (error != 0) {
        log_error("cannot open the channel: %s", err_text(error));
        responder->exit_status = EXIT_FAILURE;
        shadow_job_stop(responder->shadow);
    } else {
        start_load(responder);
    }
    int left = uv_run(&responder->loop, UV_RUN_DEFAULT);
    assert(left == 0);
}

int responder_run(const struct responder_settings *settings)
{
    struct responder *responder = mem_zalloc(1, sizeof(*responder));
    int exit_status = EXIT_FAILURE;

    responder->settings = settings;
    buf_init(&responder->text, IPC_PAYLOAD_MAX);
    int error = health_table_open(&responder->table, settings->table_fd, HEALTH_READ);
    if (error != 0) {
        log_error("cannot open the health table: %s", err_text(error));
        goto done;
    }
    error = uv_loop_init(&responder->loop);
    if (error != 0) {
        log_error("cannot make an event loop: %s", err_text(error));
        goto done;
    }
    responder->db = zonedb_new();
    print_nothing(responder);
    make_lint(responder);
    responder->shadow =
            shadow_job_new(&responder->loop, responder->table, on_shadow_answered, responder);
    zonedb_reader_start(); /* for explanations and lints */
    run(responder);
    zonedb_reader_stop();
    lint_job_free(responder->lint);
    shadow_job_free(responder->shadow);
    error = uv_loop_close(&responder->loop);
    assert(error == 0);
    exit_status = responder->exit_status;
    end_comparison(&responder->comparison);
    zone_load_report_done(&responder->report);
    zonedb_free(responder->db);
    atlas_free(responder->atlas);
done:
    buf_done(&responder->text);
    health_table_close(responder->table);
    free(responder);
    return exit_status;
}
