/* child_role.h -- roles for tests: the test executes itself again, and argv[0] tells the child what to be. */
#pragma once

#include <signal.h>
#include <string.h>

#include "base/ipc.h"
#include "base/role.h"

#define CHILD_ROLE "test: " /* what the title of each begins with */

struct child_role {
    struct ipc *ipc;
    bool ended;
    void (*answer)(struct child_role *child, const struct ipc_message *request);
};

/* What this process is to be as a child, or NULL if it is the test itself. */
static inline const char *child_role_mode(int argc, char **argv)
{
    bool is_child = argc == 1 && strncmp(argv[0], CHILD_ROLE, strlen(CHILD_ROLE)) == 0;
    return is_child ? argv[0] + strlen(CHILD_ROLE) : NULL;
}

static inline void child_role_send(
        struct child_role *child, const struct ipc_message *message, const char *payload)
{
    struct ipc_message whole = *message;
    whole.payload = payload;
    whole.length = strlen(payload);
    ipc_send(child->ipc, &whole);
}

static inline void child_role_on_message(void *context, const struct ipc_message *message)
{
    struct child_role *child = context;
    if (message == NULL)
        child->ended = true;
    else
        child->answer(child, message);
}

/* The child's life: says that it is ready and answers until the channel ends, or ends itself if `once`. */
static inline int child_role_run(struct child_role *child, int status, const char *ready, bool once)
{
    uv_loop_t loop;

    signal(SIGPIPE, SIG_IGN);
    assert_int_equal(uv_loop_init(&loop), 0);
    assert_int_equal(
            ipc_open(&child->ipc, &loop, ROLE_FD_CHANNEL, child_role_on_message, child), 0);
    child_role_send(child, &(struct ipc_message){.type = IPC_READY, .status = status}, ready);
    if (once) {
        ipc_close(child->ipc);
        uv_run(&loop, UV_RUN_DEFAULT);
        return uv_loop_close(&loop) == 0 ? 0 : 1;
    }
    while (!child->ended)
        uv_run(&loop, UV_RUN_ONCE);
    return 0;
}

static inline bool child_role_has_ended(const struct role *role)
{
    return role_state(role) == ROLE_ENDED || role_state(role) == ROLE_IDLE;
}

/* Stops roles and runs the loop until all of them have ended. */
static inline void child_roles_stop(uv_loop_t *loop, struct role *const *roles, size_t count)
{
    for (size_t i = 0; i < count; i++)
        role_stop(roles[i]);
    for (size_t i = 0; i < count; i++)
        while (!child_role_has_ended(roles[i]))
            uv_run(loop, UV_RUN_ONCE);
}
