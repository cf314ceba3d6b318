/* udp.c -- see udp.h.
 *
 *   state    | waits for     | what happens            | next
 *   ---------+---------------+-------------------------+---------
 *   READING  | readable      | a batch was not full    | READING
 *   READING  | readable      | a turn of full batches  | DRAINING
 *   DRAINING | the next turn | a turn of full batches  | DRAINING
 *   DRAINING | the next turn | a batch was not full    | READING
 *   both     |               | the send buffer is full | WRITING
 *   WRITING  | writable      | the rest is sent        | READING
 *
 * While DRAINING the socket is not polled.  It would be found readable anyway; and as long as the kernel has somebody
 * to wake for a socket it looks for him with each datagram that has been sent, too, under a lock: a twelfth of an
 * answer.
 */
#include "serve/udp.h"

#include <assert.h>
#include <errno.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <stdalign.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/net.h"

/* Room for one packet-info message of either family, aligned as the kernel wants it. */
union control {
    alignas(struct cmsghdr) char v4[CMSG_SPACE(sizeof(struct in_pktinfo))];
    char v6[CMSG_SPACE(sizeof(struct in6_pktinfo))];
};

struct udp {
    uv_poll_t poll;
    uv_idle_t idle; /* runs while DRAINING */
    struct handler *handler;
    int fd;
    struct mmsghdr received[UDP_BATCH];
    struct mmsghdr replies[UDP_BATCH];
    unsigned handles;         /* not closed yet */
    unsigned first;           /* the first reply not sent yet */
    unsigned count;           /* of replies */
    uint64_t waiting_us;      /* real time since when queries wait without a break; 0: none did */
    uint64_t behind_until_us; /* real time; 0: we are not behind */
    size_t written;           /* bytes of answers */
    /* What is touched for every datagram lies close together, and answers lie one behind the other: a batch of small
     * ones is in a few pages. */
    union net_address clients[UDP_BATCH];
    union control controls[UDP_BATCH];
    struct iovec in[UDP_BATCH];
    struct iovec out[UDP_BATCH];
    uint8_t answers[UDP_BATCH * UDP_ANSWER_MAX];
    uint8_t queries[UDP_BATCH][UDP_QUERY_MAX];
};

static void prepare(struct udp *udp, unsigned i)
{
    udp->in[i] = (struct iovec){udp->queries[i], sizeof(udp->queries[i])};
    udp->received[i].msg_hdr = (struct msghdr){
            .msg_name = &udp->clients[i],
            .msg_namelen = sizeof(udp->clients[i]),
            .msg_iov = &udp->in[i],
            .msg_iovlen = 1,
            .msg_control = &udp->controls[i],
            .msg_controllen = sizeof(udp->controls[i]),
    };
}

/* Turns what the kernel said of where the query came in into where the reply leaves from: the same
 * address, by whatever interface the route says; only a link-local address needs its interface. */
static void turn_control(struct msghdr *message)
{
    struct cmsghdr *control = CMSG_FIRSTHDR(message);
    if (control == NULL)
        return;
    if (control->cmsg_level == IPPROTO_IP && control->cmsg_type == IP_PKTINFO) {
        struct in_pktinfo info;
        memcpy(&info, CMSG_DATA(control), sizeof(info));
        info.ipi_ifindex = 0;
        info.ipi_spec_dst = info.ipi_addr;
        memcpy(CMSG_DATA(control), &info, sizeof(info));
    } else if (control->cmsg_level == IPPROTO_IPV6 && control->cmsg_type == IPV6_PKTINFO) {
        struct in6_pktinfo info;
        memcpy(&info, CMSG_DATA(control), sizeof(info));
        if (!IN6_IS_ADDR_LINKLOCAL(&info.ipi6_addr))
            info.ipi6_ifindex = 0;
        memcpy(CMSG_DATA(control), &info, sizeof(info));
    }
}

/* Answers one datagram into the next free reply. */
static void answer(struct udp *udp, unsigned i)
{
    const struct mmsghdr *received = &udp->received[i];
    const struct query query = {
            .client = &udp->clients[i],
            .tcp = false,
            .bytes = udp->queries[i],
            .length = received->msg_len,
    };
    uint8_t *bytes = udp->answers + udp->written;

    size_t length = query_answer(&udp->handler->context, &query, bytes, UDP_ANSWER_MAX);
    if (length == 0)
        return;
    udp->written += length;
    udp->out[udp->count] = (struct iovec){bytes, length};
    struct msghdr *reply = &udp->replies[udp->count].msg_hdr;
    *reply = received->msg_hdr;
    reply->msg_iov = &udp->out[udp->count++];
    reply->msg_flags = 0;
    turn_control(reply);
}

/* Sends what there is.  Returns whether all of it is out.  A reply the system does not want (its
 * destination unreachable, its size too big) concerns that client alone and is given up. */
static bool send_replies(struct udp *udp)
{
    while (udp->first < udp->count) {
        int sent = sendmmsg(udp->fd, udp->replies + udp->first, udp->count - udp->first, 0);
        if (sent > 0)
            udp->first += (unsigned)sent;
        else if (errno == EAGAIN || errno == EWOULDBLOCK)
            return false;
        else if (errno != EINTR)
            udp->first++;
    }
    udp->first = udp->count = 0;
    udp->written = 0;
    return true;
}

/* The real time at which the last datagram of a batch came.  The first call makes the kernel note such times
 * from then on; for a datagram of which it has none it says now. */
static uint64_t arrival_us(const struct udp *udp, uint64_t now_us)
{
    struct timespec arrival;
    if (ioctl(udp->fd, SIOCGSTAMPNS, &arrival) != 0)
        return now_us;
    return (uint64_t)arrival.tv_sec * 1000000 + (uint64_t)arrival.tv_nsec / 1000;
}

/* Takes a refusal: it is about the length of the queue, and no query is answered otherwise. */
static void set_receive(const struct udp *udp, int bytes)
{
    (void)!net_udp_set_receive(udp->fd, bytes);
}

/* A batch that was not full, or none, has emptied the queue. */
static void note_empty(struct udp *udp)
{
    udp->waiting_us = 0;
    if (udp->behind_until_us == 0 || clock_real_us() <= udp->behind_until_us)
        return;
    udp->behind_until_us = 0;
    set_receive(udp, NET_UDP_RECEIVE_BYTES);
}

/* Takes a full batch into account.  Returns whether it came too late to be answered.  Sums are compared, not
 * differences: the clock may have been set back meanwhile. */
static bool note_full(struct udp *udp)
{
    uint64_t now_us = clock_real_us();
    uint64_t last_us = arrival_us(udp, now_us);
    bool is_stale = now_us > last_us + UDP_STALE_US;

    if (udp->waiting_us == 0)
        udp->waiting_us = last_us;
    if (udp->behind_until_us == 0 && is_stale && now_us > udp->waiting_us + UDP_BEHIND_US) {
        udp->behind_until_us = now_us + UDP_CAUGHT_UP_US;
        set_receive(udp, UDP_BEHIND_BYTES);
    } else if (udp->behind_until_us != 0 && now_us > udp->waiting_us + UDP_STILL_US) {
        udp->behind_until_us = now_us + UDP_CAUGHT_UP_US;
    }
    return is_stale && udp->behind_until_us != 0;
}

/* Reads and answers a batch.  Returns how many datagrams there were. */
static unsigned answer_batch(struct udp *udp)
{
    for (unsigned i = 0; i < UDP_BATCH; i++)
        prepare(udp, i);
    int count = recvmmsg(udp->fd, udp->received, UDP_BATCH, MSG_DONTWAIT, NULL);
    if (count < (int)UDP_BATCH)
        note_empty(udp);
    if (count <= 0)
        return 0;
    if (count == (int)UDP_BATCH && note_full(udp)) {
        query_count_many(&udp->handler->context.counters->stale, (unsigned)count);
        return (unsigned)count;
    }
    handler_enter(udp->handler);
    for (unsigned i = 0; i < (unsigned)count; i++)
        answer(udp, i);
    handler_leave(udp->handler);
    return (unsigned)count;
}

static void on_ready(uv_poll_t *poll, int status, int events);

static void wait_for(struct udp *udp, int events)
{
    int error = uv_poll_start(&udp->poll, events, on_ready);
    assert(error == 0); /* fails only for a closed handle */
}

static void on_idle(uv_idle_t *idle);

/* Goes on READING or DRAINING, from either. */
static void read_on(struct udp *udp, bool has_more)
{
    bool is_draining = uv_is_active((const uv_handle_t *)&udp->idle) != 0;

    if (has_more && !is_draining) {
        uv_poll_stop(&udp->poll);
        uv_idle_start(&udp->idle, on_idle);
    } else if (!has_more && is_draining) {
        uv_idle_stop(&udp->idle);
        wait_for(udp, UV_READABLE);
    }
}

/* Reads and answers what has come, but no more than a turn's worth. */
static void take_turn(struct udp *udp)
{
    unsigned count = UDP_BATCH;

    for (unsigned turn = 0; turn < UDP_TURN && count == UDP_BATCH; turn++) {
        count = answer_batch(udp);
        if (send_replies(udp))
            continue;
        uv_idle_stop(&udp->idle);
        wait_for(udp, UV_WRITABLE);
        return;
    }
    read_on(udp, count == UDP_BATCH);
}

static void on_idle(uv_idle_t *idle)
{
    take_turn(idle->data);
}

static void on_ready(uv_poll_t *poll, int status, int events)
{
    struct udp *udp = poll->data;
    (void)events;

    /* An error on the socket itself shows in the next read, which takes it off. */
    if (status < 0)
        wait_for(udp, udp->count > 0 ? UV_WRITABLE : UV_READABLE);
    if (udp->count > 0) {
        if (!send_replies(udp))
            return;
        wait_for(udp, UV_READABLE);
    }
    take_turn(udp);
}

int udp_open(struct udp **ret, struct handler *handler, int fd)
{
    struct udp *udp = mem_zalloc_lines(sizeof(*udp));

    udp->handler = handler;
    udp->fd = fd;
    int error = uv_poll_init(handler->loop, &udp->poll, fd);
    if (error != 0) {
        free(udp);
        return error;
    }
    udp->poll.data = udp;
    uv_idle_init(handler->loop, &udp->idle);
    udp->idle.data = udp;
    udp->handles = 2;
    set_receive(udp, NET_UDP_RECEIVE_BYTES); /* one that has died may have been behind */
    wait_for(udp, UV_READABLE);
    *ret = udp;
    return 0;
}

static void on_closed(uv_handle_t *handle)
{
    struct udp *udp = handle->data;
    if (--udp->handles == 0)
        free(udp);
}

void udp_close(struct udp *udp)
{
    if (udp == NULL)
        return;
    uv_close((uv_handle_t *)&udp->poll, on_closed);
    uv_close((uv_handle_t *)&udp->idle, on_closed);
}
