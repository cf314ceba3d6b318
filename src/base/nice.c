/* nice.c -- see nice.h.  On Linux the nice value is a thread's. */
#include "base/nice.h"

#include <errno.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/err.h"
#include "base/log.h"

void nice_step_back(void)
{
    id_t thread = (id_t)gettid();

    if (getpriority(PRIO_PROCESS, thread) >= NICE_BESIDE_ANSWERS)
        return;
    if (setpriority(PRIO_PROCESS, thread, NICE_BESIDE_ANSWERS) == -1)
        log_warning("a thread cannot step back behind those that answer: %s", err_text(-errno));
}
