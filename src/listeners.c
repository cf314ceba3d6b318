/* listeners.c -- see listeners.h. */
#include "listeners.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/net.h"

#define PRIVILEGED_BELOW 1024

static void explain(
        const union net_address *address, const char *protocol, int error, struct buf *why)
{
    char text[NET_TEXT_MAX];
    net_address_format(address, text);
    buf_printf(why, "cannot listen on %s (%s): %s", text, protocol, err_text(error));
    if (error == -EACCES && ntohs(address->v4.sin_port) < PRIVILEGED_BELOW)
        buf_add_string(why, " (a port below 1024 needs CAP_NET_BIND_SERVICE)");
    if (error == -EMFILE)
        buf_add_string(why, " (workers times addresses times two sockets)");
}

/* SO_REUSEPORT lets two daemons of one user share a port without a word, and each would get half of the
 * queries.  So the first socket of each kind is tried without it. */
static int probe_taken(const union net_address *address, int type)
{
    int on = 1;
    int fd = socket(address->any.sa_family, type | SOCK_CLOEXEC, 0);
    if (fd == -1)
        return -errno;
    int error = 0;
    if (address->any.sa_family == AF_INET6 &&
            setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on)) == -1)
        error = -errno;
    /* Connections of a daemon that ended a moment ago do not count. */
    if (error == 0 && type == SOCK_STREAM &&
            setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) == -1)
        error = -errno;
    if (error == 0 && bind(fd, &address->any, net_address_size_bytes(address)) == -1)
        error = -errno;
    close(fd);
    return error;
}

static int open_kind(const struct config *config, bool tcp, struct listeners *to, struct buf *why)
{
    for (size_t i = 0; i < config->listen_count; i++) {
        int error = probe_taken(&config->listen[i], tcp ? SOCK_STREAM : SOCK_DGRAM);
        if (error != 0) {
            explain(&config->listen[i], tcp ? "TCP" : "UDP", error, why);
            return error;
        }
    }
    for (size_t i = 0; i < config->workers * config->listen_count; i++) {
        const union net_address *address = &config->listen[i % config->listen_count];
        int fd = tcp ? net_tcp_listen(address) : net_udp_open(address);
        if (fd < 0) {
            explain(address, tcp ? "TCP" : "UDP", fd, why);
            return fd;
        }
        to->fds[to->count++] = fd;
    }
    return 0;
}

/* Sockets times workers may be more than the usual 1024. */
static void raise_limit(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) == -1 || limit.rlim_cur == limit.rlim_max)
        return;
    limit.rlim_cur = limit.rlim_max;
    /* If it cannot be raised, opening says so where it matters. */
    (void)!setrlimit(RLIMIT_NOFILE, &limit);
}

int listeners_open(const struct config *config, struct listeners *ret, struct buf *why)
{
    struct listeners listeners = {
            .fds = mem_zalloc(2 * config->workers * config->listen_count, sizeof(int)),
    };
    raise_limit();
    int error = open_kind(config, false, &listeners, why);
    if (error == 0)
        error = open_kind(config, true, &listeners, why);
    if (error != 0) {
        listeners_done(&listeners);
        return error;
    }
    *ret = listeners;
    return 0;
}

void listeners_done(struct listeners *listeners)
{
    for (size_t i = 0; i < listeners->count; i++)
        close(listeners->fds[i]);
    free(listeners->fds);
    *listeners = (struct listeners){0};
}
