/* test_tcp.c -- src/serve/tcp.c: frames in any split, replies in order, over loopback.
 *
 * No zone is served, so that every query is answered with REFUSED: framing is what matters here. */
#include "test.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "dns/wire.h"
#include "serve/tcp.h"

#define QUERY_BYTES 19U /* header and a question of 7 bytes */
#define FRAME_BYTES (2U + QUERY_BYTES)
#define CONNECTIONS 3U
#define OF_A_CLIENT 2U

struct world {
    uv_loop_t loop;
    struct handler handler;
    struct health_table *table;
    struct query_counters counters;
    struct rand rand;
    struct tcp *tcp;
    int listener;
    int client;
    struct sockaddr_in address;
};

/* A connection from one of our addresses, of 127.0.0.0/8. */
static int connect_from(const struct sockaddr_in *to, uint32_t from)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    address.sin_addr.s_addr = htonl(from);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
    assert_int_equal(connect(fd, (const struct sockaddr *)to, sizeof(*to)), 0);
    return fd;
}

static int set_up_with(void **state, uint32_t client_max)
{
    struct world *world = calloc(1, sizeof(*world));
    struct sockaddr_in address = {.sin_family = AF_INET};
    socklen_t size = sizeof(address);

    assert_non_null(world);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    world->listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(world->listener, (struct sockaddr *)&address, size), 0);
    assert_int_equal(listen(world->listener, 8), 0);
    assert_int_equal(getsockname(world->listener, (struct sockaddr *)&address, &size), 0);
    assert_int_equal(uv_loop_init(&world->loop), 0);
    world->rand = rand_from_seed(1);
    assert_int_equal(health_table_create(&world->table), 0);
    world->handler = (struct handler){
            .loop = &world->loop,
            .db = zonedb_new(),
            .context =
                    {
                              .health = world->table,
                              .rand = &world->rand,
                              .counters = &world->counters,
                              .udp_size_bytes = 1232,
                              .tcp_idle_ms = 10000,
                              },
    };
    zonedb_reader_start();
    assert_int_equal(tcp_open(&world->handler, CONNECTIONS, client_max, &world->tcp), 0);
    assert_int_equal(tcp_listen(world->tcp, world->listener), 0);
    world->address = address;
    world->client = connect_from(&address, INADDR_LOOPBACK);
    *state = world;
    return 0;
}

static int set_up(void **state)
{
    return set_up_with(state, CONNECTIONS);
}

static int set_up_bounded(void **state)
{
    return set_up_with(state, OF_A_CLIENT);
}

static int tear_down(void **state)
{
    struct world *world = *state;
    tcp_close(world->tcp);
    assert_int_equal(uv_run(&world->loop, UV_RUN_DEFAULT), 0);
    assert_int_equal(uv_loop_close(&world->loop), 0);
    zonedb_reader_stop();
    zonedb_free(world->handler.db);
    health_table_close(world->table);
    close(world->listener);
    close(world->client);
    free(world);
    return 0;
}

static void build_frame(uint16_t id, uint8_t ret[FRAME_BYTES])
{
    static const uint8_t query[QUERY_BYTES] = "\0\0\0\0\0\1\0\0\0\0\0\0\1a\0\0\1\0\1";
    wire_store16(ret, QUERY_BYTES);
    memcpy(ret + 2, query, sizeof(query));
    wire_store16(ret + 2, id);
}

/* Runs the loop until the client has `size` bytes to read, or until its connection has ended.  Returns
 * how many bytes it got. */
static size_t receive(struct world *world, uint8_t *ret, size_t size)
{
    size_t got = 0;
    while (got < size) {
        uv_run(&world->loop, UV_RUN_NOWAIT);
        ssize_t count = recv(world->client, ret + got, size - got, MSG_DONTWAIT);
        if (count == 0 || (count < 0 && errno != EAGAIN))
            break;
        got += count > 0 ? (size_t)count : 0;
    }
    return got;
}

static void check_reply(const uint8_t *frame, uint16_t id)
{
    assert_int_equal(wire_load16(frame), QUERY_BYTES);
    assert_int_equal(wire_load16(frame + 2), id);
    assert_int_equal(wire_load16(frame + 4), 0x8005); /* a response, REFUSED */
}

static void a_query_may_come_byte_by_byte(void **state)
{
    struct world *world = *state;
    uint8_t frame[FRAME_BYTES];
    uint8_t reply[FRAME_BYTES];

    build_frame(7, frame);
    for (size_t i = 0; i < sizeof(frame); i++) {
        assert_int_equal(send(world->client, frame + i, 1, 0), 1);
        uv_run(&world->loop, UV_RUN_NOWAIT);
    }
    assert_int_equal(receive(world, reply, sizeof(reply)), sizeof(reply));
    check_reply(reply, 7);
}

static void many_queries_are_answered_in_order(void **state)
{
    struct world *world = *state;
    static uint8_t frames[1000 * FRAME_BYTES];
    static uint8_t replies[sizeof(frames)];

    for (uint16_t i = 0; i < 1000; i++)
        build_frame(i, frames + i * FRAME_BYTES);
    assert_int_equal(send(world->client, frames, sizeof(frames), 0), sizeof(frames));
    assert_int_equal(receive(world, replies, sizeof(replies)), sizeof(replies));
    for (uint16_t i = 0; i < 1000; i++)
        check_reply(replies + i * FRAME_BYTES, i);
    assert_int_equal(world->counters.tcp_queries, 1000);
}

/* Datagrams wait no longer than for a bounded number of queries, however much lies in a connection. */
static void a_turn_of_the_loop_answers_a_bounded_number(void **state)
{
    struct world *world = *state;
    static uint8_t frames[1000 * FRAME_BYTES];
    uint64_t before = 0;

    for (uint16_t i = 0; i < 1000; i++)
        build_frame(i, frames + i * FRAME_BYTES);
    assert_int_equal(send(world->client, frames, sizeof(frames), 0), sizeof(frames));
    while (before < 1000) {
        uv_run(&world->loop, UV_RUN_NOWAIT);
        assert_true(world->counters.tcp_queries - before <= TCP_TURN_QUERIES);
        /* It has more to do, and does not sleep. */
        if (world->counters.tcp_queries - before == TCP_TURN_QUERIES)
            assert_int_equal(uv_backend_timeout(&world->loop), 0);
        before = world->counters.tcp_queries;
    }
}

/* Whoever cannot be taken yet is, once there is a descriptor for him. */
static void connections_wait_while_descriptors_are_short(void **state)
{
    struct world *world = *state;
    uint8_t frame[FRAME_BYTES], reply[FRAME_BYTES];
    struct rlimit before;

    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    const struct rlimit none = {.rlim_cur = 0, .rlim_max = before.rlim_max};
    build_frame(7, frame);
    assert_int_equal(send(world->client, frame, sizeof(frame), 0), sizeof(frame));
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
    for (int i = 0; i < 10; i++)
        uv_run(&world->loop, UV_RUN_NOWAIT);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
    assert_int_equal(world->counters.tcp_queries, 0);
    assert_int_equal(receive(world, reply, sizeof(reply)), sizeof(reply));
    check_reply(reply, 7);
}

/* Ends it in the middle of its queue: the sanitizers see whether anything still points to it. */
static void a_connection_may_be_closed_while_it_waits(void **state)
{
    struct world *world = *state;
    static uint8_t frames[1000 * FRAME_BYTES];

    for (uint16_t i = 0; i < 1000; i++)
        build_frame(i, frames + i * FRAME_BYTES);
    assert_int_equal(send(world->client, frames, sizeof(frames), 0), sizeof(frames));
    while (world->counters.tcp_queries == 0)
        uv_run(&world->loop, UV_RUN_NOWAIT);
    assert_true(world->counters.tcp_queries < 1000);
}

/* And a short one behind it a buffer again. */
static void a_long_query_finds_room(void **state)
{
    struct world *world = *state;
    static uint8_t frame[2 + 65535];
    uint8_t reply[2 + 12], next[FRAME_BYTES];

    build_frame(9, frame);
    wire_store16(frame, 65535);
    assert_int_equal(send(world->client, frame, sizeof(frame), 0), sizeof(frame));
    assert_int_equal(receive(world, reply, sizeof(reply)), sizeof(reply));
    assert_int_equal(wire_load16(reply + 4), 0x8001); /* FORMERR: bytes behind the question */
    build_frame(10, next);
    assert_int_equal(send(world->client, next, sizeof(next), 0), sizeof(next));
    assert_int_equal(receive(world, next, sizeof(next)), sizeof(next));
    check_reply(next, 10);
}

static void who_sends_no_query_is_dropped(void **state)
{
    struct world *world = *state;
    uint8_t frame[FRAME_BYTES];

    build_frame(1, frame);
    frame[4] = 0x80; /* a response */
    assert_int_equal(send(world->client, frame, sizeof(frame), 0), sizeof(frame));
    assert_int_equal(receive(world, frame, sizeof(frame)), 0);
    assert_int_equal(world->counters.dropped, 1);
}

/* The end of what a client sends does not take away what it has asked for. */
static void a_half_closed_connection_gets_its_replies(void **state)
{
    struct world *world = *state;
    uint8_t frames[2 * FRAME_BYTES];

    build_frame(3, frames);
    build_frame(4, frames + FRAME_BYTES);
    assert_int_equal(send(world->client, frames, sizeof(frames), 0), sizeof(frames));
    assert_int_equal(shutdown(world->client, SHUT_WR), 0);
    assert_int_equal(receive(world, frames, sizeof(frames)), sizeof(frames));
    check_reply(frames, 3);
    check_reply(frames + FRAME_BYTES, 4);
    assert_int_equal(receive(world, frames, 1), 0);
}

static int connect_another(struct world *world)
{
    return connect_from(&world->address, INADDR_LOOPBACK);
}

/* Runs the loop until a connection has ended. */
static void wait_for_end(struct world *world, int fd)
{
    uint8_t byte;
    while (recv(fd, &byte, 1, MSG_DONTWAIT) != 0)
        uv_run(&world->loop, UV_RUN_NOWAIT);
}

static void check_open(struct world *world, int fd)
{
    uint8_t byte;
    uv_run(&world->loop, UV_RUN_NOWAIT);
    assert_int_equal(recv(fd, &byte, 1, MSG_DONTWAIT), -1);
    assert_int_equal(errno, EAGAIN);
}

/* The first has been idle for longest; whoever asks has not. */
static void one_too_many_ends_the_one_idle_for_longest(void **state)
{
    struct world *world = *state;
    uint8_t frame[FRAME_BYTES];
    int others[CONNECTIONS];

    others[0] = connect_another(world);
    build_frame(5, frame);
    assert_int_equal(send(world->client, frame, sizeof(frame), 0), sizeof(frame));
    assert_int_equal(receive(world, frame, sizeof(frame)), sizeof(frame));
    for (size_t i = 1; i < CONNECTIONS; i++)
        others[i] = connect_another(world);
    wait_for_end(world, others[0]); /* it makes room for others[2] */
    assert_int_equal(world->counters.tcp_evicted, 1);
    build_frame(6, frame);
    assert_int_equal(send(world->client, frame, sizeof(frame), 0), sizeof(frame));
    assert_int_equal(receive(world, frame, sizeof(frame)), sizeof(frame));
    for (size_t i = 0; i < CONNECTIONS; i++)
        close(others[i]);
}

/* A client at its own bound makes room for itself, whoever else has been idle for longer; and who holds
 * all there is does not keep another client out. */
static void a_client_makes_room_for_itself(void **state)
{
    struct world *world = *state;
    const uint32_t elsewhere = INADDR_LOOPBACK + 1;
    int own[2];

    for (size_t i = 0; i < COUNT(own); i++) {
        own[i] = connect_from(&world->address, elsewhere);
        uv_run(&world->loop, UV_RUN_NOWAIT);
    }
    int next = connect_from(&world->address, elsewhere);
    wait_for_end(world, own[0]);
    check_open(world, world->client); /* the oldest of all */
    check_open(world, own[1]);
    int stranger = connect_from(&world->address, elsewhere + 1);
    wait_for_end(world, world->client); /* at the bound on all, the oldest of all */
    check_open(world, own[1]);
    check_open(world, next);
    check_open(world, stranger);
    assert_int_equal(world->counters.tcp_evicted, 2);
    close(own[0]);
    close(own[1]);
    close(next);
    close(stranger);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test_setup_teardown(a_query_may_come_byte_by_byte, set_up, tear_down),
            cmocka_unit_test_setup_teardown(many_queries_are_answered_in_order, set_up, tear_down),
            cmocka_unit_test_setup_teardown(
                    a_turn_of_the_loop_answers_a_bounded_number, set_up, tear_down),
            cmocka_unit_test_setup_teardown(
                    a_connection_may_be_closed_while_it_waits, set_up, tear_down),
            cmocka_unit_test_setup_teardown(
                    connections_wait_while_descriptors_are_short, set_up, tear_down),
            cmocka_unit_test_setup_teardown(a_long_query_finds_room, set_up, tear_down),
            cmocka_unit_test_setup_teardown(who_sends_no_query_is_dropped, set_up, tear_down),
            cmocka_unit_test_setup_teardown(
                    a_half_closed_connection_gets_its_replies, set_up, tear_down),
            cmocka_unit_test_setup_teardown(
                    one_too_many_ends_the_one_idle_for_longest, set_up, tear_down),
            cmocka_unit_test_setup_teardown(
                    a_client_makes_room_for_itself, set_up_bounded, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
