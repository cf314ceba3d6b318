/* idle_role.h -- a role that is never started: whoever asks it is told so at once. */
#pragma once

#include "base/role.h"

static inline void idle_role_event(
        void *context, struct role *role, enum role_event event, const struct ipc_message *message)
{
    (void)context;
    (void)role;
    (void)event;
    (void)message;
}

/* Ended with role_close(). */
static inline struct role *idle_role(uv_loop_t *loop, const char *name)
{
    const struct role_plan plan = {name, name, "/nonexistent", false, NULL, 0};
    return role_new(loop, &plan, idle_role_event, NULL);
}
