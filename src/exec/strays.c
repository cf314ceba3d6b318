/* strays.c -- see strays.h. */
#include "exec/strays.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/file.h"

#define LIST     "/proc/thread-self/children"
#define LIST_MAX (4U << 20) /* bytes; every process this machine may have */

static void visit(pid_t pid, strays_spare *spare, void *context)
{
    if (!spare(context, pid) && !spare(context, getsid(pid)))
        kill(pid, SIGKILL); /* it is not reaped yet, so the number is its own */
}

void strays_kill(strays_spare *spare, void *context)
{
    char *list;
    size_t length;
    int fd = open(LIST, O_RDONLY | O_CLOEXEC);
    int error = fd >= 0 ? file_read(fd, LIST_MAX, &list, &length) : -1;
    if (fd >= 0)
        close(fd);
    if (error != 0)
        return;
    char *end = list;
    for (char *at = list; *at != '\0'; at = end) {
        long pid = strtol(at, &end, 10);
        if (end == at)
            break;
        if (pid > 0)
            visit((pid_t)pid, spare, context);
    }
    free(list);
}
