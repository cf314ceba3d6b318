/* asking.h -- asks a control socket on the test's own loop with the real client, from a second thread. */
#pragma once

#include <pthread.h>
#include <stdbool.h>
#include <uv.h>

#include "admin/client.h"
#include "base/buf.h"

#define ASKING_PATIENCE_MS 60000U

struct asking {
    const char *path, *line;
    int error, status;
    struct buf body; /* ended by the test */
    _Atomic bool done;
};

static inline void *asking_thread(void *context)
{
    struct asking *asking = context;
    asking->error = client_ask(
            asking->path, asking->line, ASKING_PATIENCE_MS, &asking->status, &asking->body);
    asking->done = true;
    return NULL;
}

/* Asks while the loop runs. */
static inline void ask_on(uv_loop_t *loop, const char *path, const char *line, struct asking *ret)
{
    pthread_t thread;
    *ret = (struct asking){.path = path, .line = line, .status = 1};
    buf_init(&ret->body, 1 << 20);
    assert_int_equal(pthread_create(&thread, NULL, asking_thread, ret), 0);
    while (!ret->done)
        uv_run(loop, UV_RUN_NOWAIT);
    pthread_join(thread, NULL);
}
