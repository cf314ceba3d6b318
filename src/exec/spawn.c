/* spawn.c -- see spawn.h.
 *
 * Between fork() and execve() only system calls are made.  What fails there is written, as an errno, to a
 * pipe that closes itself when the program is executed.
 */
#include "exec/spawn.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#define EXIT_NOT_EXECUTED 127
#define ENVIRONMENT_WORD  (sizeof("HOLDFAST_CHECK_ID=") + EXEC_ID_MAX)

static const struct {
    __rlimit_resource_t resource;
    rlim_t most;
} limits[] = {
        {RLIMIT_CORE,   0              },
        {RLIMIT_FSIZE,  SPAWN_FILE_MAX },
        {RLIMIT_DATA,   SPAWN_DATA_MAX },
        {RLIMIT_NOFILE, SPAWN_FILES_MAX},
};

/* A limit that is lower already stays. */
static int set_limits(void)
{
    for (size_t i = 0; i < COUNT(limits); i++) {
        struct rlimit limit;
        if (getrlimit(limits[i].resource, &limit) == -1)
            return -1;
        if (limit.rlim_max > limits[i].most)
            limit.rlim_max = limits[i].most;
        if (limit.rlim_cur > limit.rlim_max)
            limit.rlim_cur = limit.rlim_max;
        if (setrlimit(limits[i].resource, &limit) == -1)
            return -1;
    }
    return 0;
}

/* What our process ignores or holds back would be ignored or held back by whatever it executes. */
static int reset_signals(void)
{
    sigset_t none;
    for (int number = 1; number < NSIG; number++)
        (void)signal(number, SIG_DFL); /* not possible for some, which are at their default */
    sigemptyset(&none);
    return sigprocmask(SIG_SETMASK, &none, NULL);
}

/* Of our descriptors only the pipe for errors stays, until the program is executed. */
static int set_descriptors(int null_fd, int output_fd)
{
    if (dup2(null_fd, STDIN_FILENO) == -1 || dup2(output_fd, STDOUT_FILENO) == -1 ||
            dup2(output_fd, STDERR_FILENO) == -1)
        return -1;
    return close_range(STDERR_FILENO + 1, ~0U, CLOSE_RANGE_CLOEXEC);
}

/* What the child is told. */
struct plan {
    const struct exec_order *order;
    int null_fd, output_fd, error_fd;
    pid_t parent;
};

/* Returns, with errno, only if the child cannot become the command. */
static void become(const struct plan *plan)
{
    char id[ENVIRONMENT_WORD];
    char path[] = "PATH=" SPAWN_PATH;
    char language[] = "LANG=C";
    char *environment[] = {path, language, id, NULL};

    snprintf(id, sizeof(id), "HOLDFAST_CHECK_ID=%s", plan->order->check_id);
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) == -1 || setsid() == -1 || reset_signals() == -1 ||
            set_descriptors(plan->null_fd, plan->output_fd) == -1 || chdir("/") == -1 ||
            set_limits() == -1)
        return;
    if (getppid() != plan->parent) /* it died before the prctl() */
        raise(SIGKILL);
    execve(plan->order->arguments[0], (char *const *)(uintptr_t)plan->order->arguments,
            environment);
}

static void run_child(const struct plan *plan)
{
    become(plan);
    int error = errno;
    (void)!write(plan->error_fd, &error, sizeof(error));
    _exit(EXIT_NOT_EXECUTED);
}

static int open_pipes(int output[2], int error[2])
{
    if (pipe2(output, O_CLOEXEC) == -1)
        return -errno;
    if (fcntl(output[0], F_SETFL, O_NONBLOCK) == 0 && pipe2(error, O_CLOEXEC) == 0) {
        assert(output[0] > STDERR_FILENO); /* dup2() would meet them otherwise */
        return 0;
    }
    int failure = -errno;
    close(output[0]);
    close(output[1]);
    return failure;
}

int spawn_command(const struct exec_order *order, int null_fd, struct spawned *ret)
{
    int output[2], error[2];
    int failure = open_pipes(output, error);
    if (failure != 0)
        return failure;
    const struct plan plan = {order, null_fd, output[1], error[1], getpid()};
    pid_t pid = fork();
    if (pid == 0)
        run_child(&plan);
    failure = pid == -1 ? -errno : 0;
    close(output[1]);
    close(error[1]);
    if (failure != 0) {
        close(output[0]);
        close(error[0]);
        return failure;
    }
    *ret = (struct spawned){.pid = pid, .output_fd = output[0], .error_fd = error[0]};
    return 0;
}

int spawn_failure(int error_fd)
{
    int error = 0;
    ssize_t got = read(error_fd, &error, sizeof(error));
    return got == (ssize_t)sizeof(error) ? -error : 0;
}
