/* tcp.c -- see tcp.h.
 *
 * A connection is in one of four states:
 *
 *   state   | what happens                          | next
 *   --------+---------------------------------------+--------
 *   READING | bytes: a query is whole               | QUEUED
 *   READING | end of stream, error, idle, evicted   | CLOSING
 *   QUEUED  | its turn: no whole query is left      | READING, or CLOSING if the stream has ended
 *   QUEUED  | its turn: some are left               | QUEUED, behind all others
 *   QUEUED  | its turn: a reply stays behind        | WRITING
 *   QUEUED  | no query, error, idle, evicted        | CLOSING
 *   WRITING | the rest has left                     | as after a turn
 *   WRITING | write error, timeout, evicted         | CLOSING
 *   CLOSING | the closing callback                  | freed
 *
 * The loop reads from every connection that has something, then turns are given (in its check phase), and
 * bounded together: however many connections ask for however much, datagrams are looked after in between.
 *
 * A query on an open connection costs one read and one write.  For that the loop goes on polling a connection that
 * is QUEUED, which has mostly been answered before it polls again; what comes meanwhile finds room in the buffer, and
 * only when that is full is the reading stopped.  In WRITING it is stopped at once: who does not read is not read.
 *
 * Who is connected, for how long yet, and who makes room for another is kept in connections.h.
 */
#include "serve/tcp.h"

#include <assert.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/list.h"
#include "base/mem.h"
#include "dns/message.h"
#include "dns/wire.h"
#include "serve/connections.h"

#define LENGTH_BYTES 2U /* before each message (RFC 1035 4.2.2) */
#define FRAME_MAX    (LENGTH_BYTES + MESSAGE_MAX_BYTES)
#define READ_ROOM    2048U            /* of a connection before a longer query comes */
#define SPARES_MAX   64U              /* buffers of that size kept for whoever asks next */
#define TURN_BYTES   (2U * FRAME_MAX) /* replies written in one go */
#define ACCEPT_MAX   16U              /* connections, of one listener in one turn of the loop */

enum state {
    STATE_READING,
    STATE_QUEUED,
    STATE_WRITING,
    STATE_CLOSING,
};

/* Replies that the socket did not take at once. */
struct unsent {
    uv_write_t write;
    uint8_t bytes[];
};

/* What an idle one holds is this and no buffer: there may be very many of them. */
struct connection {
    uv_tcp_t stream;
    struct tcp *tcp;
    struct connections_entry entry;
    struct list_link in_queue;
    union net_address client;
    enum state state;
    bool has_ended;        /* no more comes */
    struct unsent *unsent; /* NULL unless WRITING */
    uint8_t *in;           /* NULL while nothing of a query is here */
    size_t in_room;
    size_t in_used;
};

/* Polled, not a stream of libuv's: that would ask until nobody waits, and not tell who it is. */
struct listener {
    uv_poll_t poll;
    struct tcp *tcp;
    struct listener *next;
    int fd; /* borrowed */
    bool is_paused;
};

struct tcp {
    struct handler *handler;
    uv_timer_t timer;
    uv_check_t check; /* gives turns; active while the queue is not empty */
    uv_idle_t idle; /* keeps the loop from sleeping while a turn of it has left some in the queue */
    struct listener *listeners;
    struct connections *connections;
    struct list queue;
    void *spares[SPARES_MAX]; /* buffers of READ_ROOM */
    uint32_t spares_count;
    uint32_t handles; /* open or closing; at 0 a closed tcp is freed */
    bool closing;
    uint8_t turn[TURN_BYTES]; /* where replies are written before they leave */
};

static void release(struct tcp *tcp)
{
    assert(tcp->handles > 0);
    if (--tcp->handles > 0 || !tcp->closing)
        return;
    while (tcp->spares_count > 0)
        free(tcp->spares[--tcp->spares_count]);
    connections_free(tcp->connections);
    free(tcp);
}

static void take_buffer(struct connection *connection)
{
    struct tcp *tcp = connection->tcp;
    if (connection->in != NULL)
        return;
    connection->in =
            tcp->spares_count > 0 ? tcp->spares[--tcp->spares_count] : mem_alloc(READ_ROOM);
    connection->in_room = READ_ROOM;
}

static void give_buffer_back(struct connection *connection)
{
    struct tcp *tcp = connection->tcp;
    if (connection->in_room == READ_ROOM && tcp->spares_count < SPARES_MAX)
        tcp->spares[tcp->spares_count++] = connection->in;
    else
        free(connection->in);
    connection->in = NULL;
    connection->in_room = connection->in_used = 0;
}

static void on_check(uv_check_t *check);

static void enqueue(struct connection *connection)
{
    struct tcp *tcp = connection->tcp;
    connection->state = STATE_QUEUED;
    list_append(&tcp->queue, &connection->in_queue);
    uv_check_start(&tcp->check, on_check);
}

static void dequeue(struct connection *connection)
{
    list_remove(&connection->tcp->queue, &connection->in_queue);
}

static uint64_t next_deadline_ms(const struct tcp *tcp)
{
    return uv_now(tcp->handler->loop) + tcp->handler->context.tcp_idle_ms;
}

static void renew_deadline(struct connection *connection)
{
    struct tcp *tcp = connection->tcp;
    connections_renew(tcp->connections, &connection->entry, next_deadline_ms(tcp));
}

static void on_connection_closed(uv_handle_t *handle)
{
    struct connection *connection = handle->data;
    struct tcp *tcp = connection->tcp;

    free(connection->unsent);
    give_buffer_back(connection);
    free(connection);
    release(tcp);
}

/* Closes what is in no list. */
static void discard(struct connection *connection)
{
    connection->state = STATE_CLOSING;
    uv_close((uv_handle_t *)&connection->stream, on_connection_closed);
}

static void close_connection(struct connection *connection)
{
    if (connection->state == STATE_CLOSING)
        return;
    if (connection->state == STATE_QUEUED)
        dequeue(connection);
    connections_remove(connection->tcp->connections, &connection->entry);
    discard(connection);
}

static void close_entry(struct connections_entry *entry)
{
    close_connection(LIST_MEMBER(entry, struct connection, entry));
}

/* The size of the frame at the start of the input, its length included; 0 if not even that is known. */
static size_t frame_bytes(const uint8_t *in, size_t used)
{
    return used >= LENGTH_BYTES ? LENGTH_BYTES + (size_t)wire_load16(in) : 0;
}

/* Answers at most *queries whole queries from `*at` on into the turn's buffer, as long as the longest
 * reply fits.  Returns how much was written; *sound is false if a message was no query. */
static size_t fill_turn(struct connection *connection, uint32_t *queries, size_t *at, bool *sound)
{
    struct tcp *tcp = connection->tcp;
    size_t used = 0;

    while (*sound && *queries > 0 && used + FRAME_MAX <= TURN_BYTES) {
        const uint8_t *in = connection->in + *at;
        size_t size = frame_bytes(in, connection->in_used - *at);
        if (size == 0 || size > connection->in_used - *at)
            break;
        const struct query query = {
                .client = &connection->client,
                .tcp = true,
                .bytes = in + LENGTH_BYTES,
                .length = size - LENGTH_BYTES,
        };
        --*queries;
        size_t length = query_answer(
                &tcp->handler->context, &query, tcp->turn + used + LENGTH_BYTES, MESSAGE_MAX_BYTES);
        *sound = length > 0;
        if (length == 0)
            break;
        wire_store16(tcp->turn + used, (uint16_t)length);
        used += LENGTH_BYTES + length;
        *at += size;
    }
    return used;
}

static void on_written(uv_write_t *write, int status);

/* Writes a turn's replies: at once if the socket takes them, else the rest is kept and nothing is read
 * before it has left.  Returns 0 or a negative error. */
static int write_turn(struct connection *connection, size_t length)
{
    uv_stream_t *stream = (uv_stream_t *)&connection->stream;
    uint8_t *turn = connection->tcp->turn;
    uv_buf_t all = uv_buf_init((char *)turn, (unsigned)length);

    int sent = uv_try_write(stream, &all, 1);
    if (sent < 0 && sent != UV_EAGAIN)
        return sent;
    size_t done = sent > 0 ? (size_t)sent : 0;
    if (done == length)
        return 0;
    struct unsent *unsent = mem_alloc(sizeof(*unsent) + length - done);
    memcpy(unsent->bytes, turn + done, length - done);
    connection->unsent = unsent;
    uv_buf_t rest = uv_buf_init((char *)unsent->bytes, (unsigned)(length - done));
    int error = uv_write(&unsent->write, stream, &rest, 1, on_written);
    if (error != 0)
        return error;
    connection->state = STATE_WRITING;
    uv_read_stop(stream);
    return 0;
}

/* Drops the answered bytes, gives back a buffer that is empty, and makes room for a query longer than it. */
static void move_input(struct connection *connection, size_t answered)
{
    if (answered > 0) {
        connection->in_used -= answered;
        memmove(connection->in, connection->in + answered, connection->in_used);
    }
    if (connection->in_used == 0) {
        give_buffer_back(connection);
        return;
    }
    size_t wanted = frame_bytes(connection->in, connection->in_used);
    if (wanted > connection->in_room) {
        connection->in = mem_resize(connection->in, wanted, 1);
        connection->in_room = wanted;
    }
}

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *ret)
{
    struct connection *connection = handle->data;
    (void)suggested;
    take_buffer(connection);
    *ret = uv_buf_init((char *)connection->in + connection->in_used,
            (unsigned)(connection->in_room - connection->in_used));
}

static void on_read(uv_stream_t *stream, ssize_t count, const uv_buf_t *buf);

static bool has_query(const struct connection *connection)
{
    size_t size = frame_bytes(connection->in, connection->in_used);
    return size > 0 && size <= connection->in_used;
}

/* After a turn, and whatever had to be written behind it: to the queue if there is something to answer, else
 * back to reading. */
static void go_on(struct connection *connection)
{
    if (has_query(connection)) {
        enqueue(connection);
        return;
    }
    connection->state = STATE_READING;
    int error = connection->has_ended
                        ? UV_EOF
                        : uv_read_start((uv_stream_t *)&connection->stream, on_alloc, on_read);
    if (error != 0 && error != UV_EALREADY)
        close_connection(connection);
}

/* A connection's turn, of at most *queries, which it takes off. */
static void give_turn(struct connection *connection, uint32_t *queries)
{
    size_t at = 0;
    bool sound = true;
    int error = 0;

    dequeue(connection);
    connection->state = STATE_READING;
    size_t length = fill_turn(connection, queries, &at, &sound);
    renew_deadline(connection);
    if (length > 0)
        error = write_turn(connection, length);
    /* Who sends what is no query is no client. */
    if (error != 0 || !sound) {
        close_connection(connection);
        return;
    }
    move_input(connection, at);
    if (connection->state != STATE_WRITING)
        go_on(connection);
}

static void on_idle(uv_idle_t *idle)
{
    (void)idle;
}

static void on_check(uv_check_t *check)
{
    struct tcp *tcp = check->data;
    uint32_t queries = TCP_TURN_QUERIES;

    handler_enter(tcp->handler);
    while (tcp->queue.first != NULL && queries > 0)
        give_turn(LIST_MEMBER(tcp->queue.first, struct connection, in_queue), &queries);
    handler_leave(tcp->handler);
    if (tcp->queue.first != NULL) {
        uv_idle_start(&tcp->idle, on_idle);
        return;
    }
    uv_idle_stop(&tcp->idle);
    uv_check_stop(check);
}

/* The end of what a client sends, or an error.  What it has asked for before the end it still gets. */
static void end_stream(struct connection *connection, ssize_t error)
{
    connection->has_ended = true;
    if (error != UV_EOF || connection->state == STATE_READING)
        close_connection(connection);
}

static void on_read(uv_stream_t *stream, ssize_t count, const uv_buf_t *buf)
{
    struct connection *connection = stream->data;
    (void)buf;

    assert(connection->state == STATE_READING || connection->state == STATE_QUEUED);
    if (count < 0) {
        end_stream(connection, count);
        return;
    }
    connection->in_used += (size_t)count;
    move_input(connection, 0);
    if (connection->state == STATE_READING && has_query(connection))
        enqueue(connection);
    if (connection->state == STATE_QUEUED && connection->in_used == connection->in_room)
        uv_read_stop(stream);
}

static void on_written(uv_write_t *write, int status)
{
    struct connection *connection = write->handle->data;

    free(connection->unsent);
    connection->unsent = NULL;
    if (connection->state == STATE_CLOSING)
        return;
    if (status < 0) {
        close_connection(connection);
        return;
    }
    renew_deadline(connection);
    go_on(connection);
    /* This may come before the loop polls, which then must not sleep. */
    if (connection->state == STATE_QUEUED)
        uv_idle_start(&connection->tcp->idle, on_idle);
}

/* Counts a connection in, for which another may have to go, and reads from it. */
static void admit(struct connection *connection)
{
    struct tcp *tcp = connection->tcp;
    struct connections_entry *surplus = connections_surplus(tcp->connections, &connection->client);

    if (surplus != NULL) {
        query_count(&tcp->handler->context.counters->tcp_evicted);
        close_entry(surplus);
    }
    connections_add(
            tcp->connections, &connection->entry, &connection->client, next_deadline_ms(tcp));
    go_on(connection);
}

/* Makes a connection of a socket, which it takes over. */
static void open_connection(struct tcp *tcp, int fd, const union net_address *client)
{
    struct connection *connection = mem_zalloc(1, sizeof(*connection));

    connection->tcp = tcp;
    connection->client = *client;
    int error = uv_tcp_init(tcp->handler->loop, &connection->stream);
    assert(error == 0); /* without a socket there is nothing that can fail */
    connection->stream.data = connection;
    tcp->handles++;
    error = uv_tcp_open(&connection->stream, fd);
    if (error == 0) {
        admit(connection);
        return;
    }
    close(fd);
    discard(connection);
}

static void on_connections(uv_poll_t *poll, int status, int events);

static void start_listening(struct listener *listener)
{
    int error = uv_poll_start(&listener->poll, UV_READABLE, on_connections);
    assert(error == 0); /* fails only for a closed handle */
    listener->is_paused = false;
}

/* Until the next sweep: connections that cannot be taken would be reported in every turn of the loop. */
static void pause_listening(struct listener *listener)
{
    uv_poll_stop(&listener->poll);
    listener->is_paused = true;
}

/* Takes a connection that waits.  Returns whether there was one. */
static bool accept_one(struct listener *listener)
{
    union net_address client;
    socklen_t size = sizeof(client);

    int fd = accept4(listener->fd, &client.any, &size, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd >= 0)
        open_connection(listener->tcp, fd, &client);
    else if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM)
        pause_listening(listener);
    return fd >= 0;
}

static void on_connections(uv_poll_t *poll, int status, int events)
{
    struct listener *listener = poll->data;
    uint32_t accepted = 0;
    (void)events;

    if (status < 0) {
        pause_listening(listener);
        return;
    }
    while (accepted < ACCEPT_MAX && accept_one(listener))
        accepted++;
}

static void close_until(struct tcp *tcp, uint64_t deadline_ms)
{
    struct connections_entry *first = connections_first(tcp->connections);

    while (first != NULL && first->deadline_ms <= deadline_ms) {
        close_entry(first);
        first = connections_first(tcp->connections);
    }
}

static void on_sweep(uv_timer_t *timer)
{
    struct tcp *tcp = timer->data;

    close_until(tcp, uv_now(tcp->handler->loop));
    for (struct listener *listener = tcp->listeners; listener != NULL; listener = listener->next)
        if (listener->is_paused)
            start_listening(listener);
}

int tcp_open(
        struct handler *handler, uint32_t connections_max, uint32_t client_max, struct tcp **ret)
{
    uint8_t key[SIPHASH_KEY_BYTES];
    struct tcp *tcp = mem_zalloc_lines(sizeof(*tcp));

    assert(connections_max >= 1 && connections_max <= TCP_CONNECTIONS_LIMIT);
    tcp->handler = handler;
    int error = getrandom(key, sizeof(key), 0) == (ssize_t)sizeof(key) ? 0 : -errno;
    if (error == 0)
        error = uv_timer_init(handler->loop, &tcp->timer);
    if (error != 0) {
        free(tcp);
        return error;
    }
    tcp->connections = connections_new(connections_max, client_max, key);
    tcp->timer.data = tcp;
    error = uv_idle_init(handler->loop, &tcp->idle);
    assert(error == 0); /* it cannot fail */
    tcp->idle.data = tcp;
    error = uv_check_init(handler->loop, &tcp->check);
    assert(error == 0); /* nor can this */
    tcp->check.data = tcp;
    tcp->handles = 3;
    error = uv_timer_start(&tcp->timer, on_sweep, TCP_SWEEP_MS, TCP_SWEEP_MS);
    assert(error == 0); /* fails only without a callback */
    *ret = tcp;
    return 0;
}

static void on_listener_closed(uv_handle_t *handle)
{
    struct listener *listener = handle->data;
    struct tcp *tcp = listener->tcp;
    free(listener);
    release(tcp);
}

int tcp_listen(struct tcp *tcp, int fd)
{
    const int on = 1;

    /* Connections have it from their listener. */
    if (setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)) != 0)
        return -errno;
    struct listener *listener = mem_zalloc(1, sizeof(*listener));
    int error = uv_poll_init(tcp->handler->loop, &listener->poll, fd);
    if (error != 0) {
        free(listener);
        return error;
    }
    listener->poll.data = listener;
    listener->tcp = tcp;
    listener->fd = fd;
    tcp->handles++;
    listener->next = tcp->listeners;
    tcp->listeners = listener;
    start_listening(listener);
    return 0;
}

static void on_own_closed(uv_handle_t *handle)
{
    release(handle->data);
}

void tcp_close(struct tcp *tcp)
{
    if (tcp == NULL)
        return;
    tcp->closing = true;
    for (struct listener *listener = tcp->listeners; listener != NULL; listener = listener->next)
        uv_close((uv_handle_t *)&listener->poll, on_listener_closed);
    tcp->listeners = NULL;
    close_until(tcp, UINT64_MAX);
    uv_close((uv_handle_t *)&tcp->timer, on_own_closed);
    uv_close((uv_handle_t *)&tcp->idle, on_own_closed);
    uv_close((uv_handle_t *)&tcp->check, on_own_closed);
}
