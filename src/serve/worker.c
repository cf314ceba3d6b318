/* worker.c -- see worker.h. */
#include "serve/worker.h"

#include <assert.h>
#include <stdalign.h>
#include <stdlib.h>
#include <uv.h>

#include "base/mem.h"
#include "serve/tcp.h"
#include "serve/udp.h"

#define OWN_DESCRIPTORS    64U /* of the process: zone files, the channel, the main loop, the pool */
#define WORKER_DESCRIPTORS 8U  /* of a worker: its loop, and a connection that replaces another */
#define ADDRESS_SOCKETS    2U  /* of a worker and address: UDP and TCP */

/* Whatever of it is written, counters and all, stands in lines that no other thread writes. */
struct worker {
    uv_thread_t thread;
    uv_loop_t loop;
    uv_async_t stop; /* the only handle touched from outside the thread */
    struct handler handler;
    struct rand rand;
    alignas(MEM_LINE_BYTES) struct query_counters counters;
    struct udp **udp; /* one for each address */
    uint32_t udp_count;
    struct tcp *tcp;
};
static_assert(sizeof(struct worker) % MEM_LINE_BYTES == 0, "nobody else stands in its last line");

static void close_all(struct worker *worker)
{
    for (uint32_t i = 0; i < worker->udp_count; i++)
        udp_close(worker->udp[i]);
    tcp_close(worker->tcp);
    uv_close((uv_handle_t *)&worker->stop, NULL);
}

static void on_stop(uv_async_t *async)
{
    close_all(async->data);
}

/* Runs the loop to its end and closes it. */
static void run_loop(struct worker *worker)
{
    int left = uv_run(&worker->loop, UV_RUN_DEFAULT);
    assert(left == 0);
    int error = uv_loop_close(&worker->loop);
    assert(error == 0);
}

static void run(void *context)
{
    zonedb_reader_start();
    run_loop(context);
    zonedb_reader_stop();
}

static int open_sockets(struct worker *worker, const struct worker_settings *settings)
{
    int error = tcp_open(&worker->handler, settings->tcp_connections_max, settings->tcp_client_max,
            &worker->tcp);

    for (uint32_t i = 0; i < settings->addresses && error == 0; i++) {
        error = udp_open(&worker->udp[i], &worker->handler, settings->udp_fds[i]);
        if (error != 0)
            break;
        worker->udp_count++;
        error = tcp_listen(worker->tcp, settings->tcp_fds[i]);
    }
    return error;
}

uint32_t worker_connections_max(
        uint64_t descriptors, uint32_t workers, uint32_t addresses, uint32_t wanted)
{
    uint64_t each = WORKER_DESCRIPTORS + (uint64_t)ADDRESS_SOCKETS * addresses;
    uint64_t taken = OWN_DESCRIPTORS + workers * each;
    uint64_t left = descriptors > taken ? (descriptors - taken) / workers : 0;

    if (left > wanted)
        return wanted;
    return left > 0 ? (uint32_t)left : 1;
}

static void free_worker(struct worker *worker)
{
    free(worker->udp);
    free(worker);
}

int worker_start(struct worker **ret, const struct worker_settings *settings)
{
    struct worker *worker = mem_zalloc_lines(sizeof(*worker));

    worker->rand = rand_from_kernel();
    worker->handler = (struct handler){
            .loop = &worker->loop,
            .db = settings->db,
            .context =
                    {
                              .health = settings->health,
                              .rand = &worker->rand,
                              .counters = &worker->counters,
                              .udp_size_bytes = settings->udp_size_bytes,
                              .ttl_floor_s = settings->ttl_floor_s,
                              .tcp_idle_ms = settings->tcp_idle_ms,
                              .version_text = settings->version_text,
                              .server_id = settings->server_id,
                              .cookies = settings->cookies,
                              },
    };
    route_worker_init(
            &worker->handler.context.route, settings->index, settings->secret, settings->health);
    worker->udp = mem_zalloc(settings->addresses, sizeof(*worker->udp));
    int error = uv_loop_init(&worker->loop);
    if (error != 0) {
        free_worker(worker);
        return error;
    }
    error = uv_async_init(&worker->loop, &worker->stop, on_stop);
    if (error != 0) {
        run_loop(worker);
        free_worker(worker);
        return error;
    }
    worker->stop.data = worker;
    error = open_sockets(worker, settings);
    if (error == 0)
        error = uv_thread_create(&worker->thread, run, worker);
    if (error != 0) {
        close_all(worker);
        run_loop(worker);
        free_worker(worker);
        return error;
    }
    *ret = worker;
    return 0;
}

void worker_stop(struct worker *worker)
{
    if (worker == NULL)
        return;
    int error = uv_async_send(&worker->stop);
    assert(error == 0);
    error = uv_thread_join(&worker->thread);
    assert(error == 0);
    free_worker(worker);
}

const struct query_counters *worker_counters(const struct worker *worker)
{
    return &worker->counters;
}
