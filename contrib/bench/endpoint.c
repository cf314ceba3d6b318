/* endpoint.c -- an endpoint for benchmarks of checks: one process that costs a check as little as it can.
 *
 *   bench_endpoint PORT       listens on every address of this host, so that each of 127.0.0.0/8 is one of its own
 *   bench_endpoint --smoke    starts and ends
 *
 * It answers whatever comes over HTTP with 200 and closes; a connection without a request ends with the client's.  A
 * line "connections N" goes to stdout each second.  Until its standard input ends.
 */
#include <errno.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>

#define EVENTS  256
#define BACKLOG 4096

static const char reply[] = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";

static int must(int result, const char *what)
{
    if (result < 0) {
        perror(what);
        exit(EXIT_FAILURE);
    }
    return result;
}

static void watch(int poll_fd, int fd)
{
    struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};
    must(epoll_ctl(poll_fd, EPOLL_CTL_ADD, fd, &event), "epoll_ctl");
}

static int listen_on(unsigned port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    int one = 1;
    int fd = must(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), "socket");
    must(setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)), "SO_REUSEADDR");
    must(bind(fd, (struct sockaddr *)&address, sizeof(address)), "bind");
    must(listen(fd, BACKLOG), "listen");
    return fd;
}

static int every_second(void)
{
    const struct itimerspec second = {.it_interval.tv_sec = 1, .it_value.tv_sec = 1};
    int fd = must(timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK), "timerfd");
    must(timerfd_settime(fd, 0, &second, NULL), "timerfd_settime");
    return fd;
}

static unsigned accept_all(int poll_fd, int listener)
{
    unsigned count = 0;
    int fd;
    while ((fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK)) >= 0) {
        watch(poll_fd, fd);
        count++;
    }
    return count;
}

/* One read is a request; its end is the connection's. */
static void serve(int fd)
{
    char bytes[4096];
    ssize_t length = read(fd, bytes, sizeof(bytes));
    if (length < 0 && errno == EAGAIN)
        return;
    if (length > 0)
        (void)!write(fd, reply, sizeof(reply) - 1);
    close(fd);
}

static void raise_limit(void)
{
    struct rlimit limit;
    must(getrlimit(RLIMIT_NOFILE, &limit), "getrlimit");
    limit.rlim_cur = limit.rlim_max;
    must(setrlimit(RLIMIT_NOFILE, &limit), "setrlimit");
}

int main(int argc, char **argv)
{
    unsigned long long connections = 0;
    bool is_smoke = argc > 1 && strcmp(argv[1], "--smoke") == 0;
    if (argc != 2) {
        fputs("usage: bench_endpoint PORT\n", stderr);
        return EXIT_FAILURE;
    }
    raise_limit();
    int poll_fd = must(epoll_create1(0), "epoll_create1");
    int listener = listen_on(is_smoke ? 0 : (unsigned)strtoul(argv[1], NULL, 10));
    int timer = every_second();
    watch(poll_fd, listener);
    watch(poll_fd, timer);
    if (is_smoke)
        return EXIT_SUCCESS;
    watch(poll_fd, STDIN_FILENO);
    for (;;) {
        struct epoll_event events[EVENTS];
        int count = epoll_wait(poll_fd, events, EVENTS, -1);
        for (int i = 0; i < count; i++) {
            int fd = events[i].data.fd;
            uint64_t ticks;
            if (fd == listener)
                connections += accept_all(poll_fd, listener);
            else if (fd == timer && read(timer, &ticks, sizeof(ticks)) > 0)
                printf("connections %llu\n", connections);
            else if (fd == STDIN_FILENO)
                return EXIT_SUCCESS;
            else
                serve(fd);
        }
        fflush(stdout);
    }
}
