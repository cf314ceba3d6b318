/* The frame decoder by table, and two channels talking over a socket pair on one loop. */
#include "test.h"

#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/err.h"
#include "base/ipc.h"
#include "base/mem.h"

#define RECEIVED_MAX 64

struct end {
    struct ipc *ipc;
    struct ipc_message received[RECEIVED_MAX]; /* payloads are new */
    size_t count;
    unsigned ended;
    bool answer;       /* every request with its own payload */
    bool close_at_one; /* close the channel from within the handler */
};

struct fixture {
    uv_loop_t loop;
    struct end left, right;
};

static void on_message(void *context, const struct ipc_message *message)
{
    struct end *end = context;
    if (message == NULL) {
        end->ended++;
        return;
    }
    assert_true(end->count < RECEIVED_MAX);
    assert_int_equal(message->payload[message->length], 0);
    struct ipc_message *kept = &end->received[end->count++];
    *kept = *message;
    kept->payload = mem_copy(message->payload, message->length + 1);
    if (end->answer)
        ipc_send(end->ipc, &(struct ipc_message){IPC_REPLY, message->id, ERR_FAULTY,
                                   message->payload, message->length});
    if (end->close_at_one) {
        ipc_close(end->ipc);
        end->ipc = NULL;
    }
}

static int setup(void **state)
{
    struct fixture *f = mem_zalloc(1, sizeof(*f));
    int fds[2];
    signal(SIGPIPE, SIG_IGN);
    assert_int_equal(uv_loop_init(&f->loop), 0);
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
    assert_int_equal(ipc_open(&f->left.ipc, &f->loop, fds[0], on_message, &f->left), 0);
    assert_int_equal(ipc_open(&f->right.ipc, &f->loop, fds[1], on_message, &f->right), 0);
    *state = f;
    return 0;
}

static void forget(struct end *end)
{
    for (size_t i = 0; i < end->count; i++)
        free((void *)(uintptr_t)end->received[i].payload);
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    ipc_close(f->left.ipc);
    ipc_close(f->right.ipc);
    uv_run(&f->loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&f->loop), 0);
    forget(&f->left);
    forget(&f->right);
    free(f);
    return 0;
}

static void send_text(struct end *end, uint32_t id, const char *text)
{
    ipc_send(end->ipc, &(struct ipc_message){IPC_REQUEST, id, 0, text, strlen(text)});
}

static void test_request_and_reply(void **state)
{
    struct fixture *f = *state;
    f->right.answer = true;
    send_text(&f->left, 7, "reload");
    send_text(&f->left, 8, "");
    while (f->left.count < 2)
        uv_run(&f->loop, UV_RUN_ONCE);
    assert_string_equal(f->right.received[0].payload, "reload");
    assert_int_equal(f->right.received[0].type, IPC_REQUEST);
    assert_int_equal(f->left.received[0].type, IPC_REPLY);
    assert_int_equal(f->left.received[0].id, 7);
    assert_int_equal(f->left.received[0].status, ERR_FAULTY);
    assert_string_equal(f->left.received[0].payload, "reload");
    assert_int_equal(f->left.received[1].id, 8);
    assert_int_equal(f->left.received[1].length, 0);
}

/* The largest payload comes through whole although the sender closes at once. */
static void test_largest_payload_survives_close(void **state)
{
    struct fixture *f = *state;
    char *payload = mem_alloc(IPC_PAYLOAD_MAX);
    memset(payload, 'x', IPC_PAYLOAD_MAX);
    ipc_send(f->left.ipc, &(struct ipc_message){IPC_READY, 0, 0, payload, IPC_PAYLOAD_MAX});
    send_text(&f->left, 1, "behind it");
    ipc_close(f->left.ipc);
    f->left.ipc = NULL;
    while (f->right.ended == 0)
        uv_run(&f->loop, UV_RUN_ONCE);
    assert_int_equal(f->right.count, 2);
    assert_int_equal(f->right.received[0].length, IPC_PAYLOAD_MAX);
    assert_memory_equal(f->right.received[0].payload, payload, IPC_PAYLOAD_MAX);
    assert_string_equal(f->right.received[1].payload, "behind it");
    free(payload);
}

/* One who does not read is dead at last: what was queued for it must not keep the channel. */
static void test_close_with_other_side_dying(void **state)
{
    struct fixture *f = *state;
    char *payload = mem_zalloc(1, IPC_PAYLOAD_MAX);
    for (unsigned i = 0; i < 3; i++)
        ipc_send(f->left.ipc, &(struct ipc_message){IPC_READY, 0, 0, payload, IPC_PAYLOAD_MAX});
    ipc_close(f->left.ipc);
    f->left.ipc = NULL;
    ipc_close(f->right.ipc);
    f->right.ipc = NULL;
    uv_run(&f->loop, UV_RUN_DEFAULT); /* returns only when both handles are closed */
    assert_int_equal(f->right.ended, 0);
    free(payload);
}

static void test_end_is_told_once(void **state)
{
    struct fixture *f = *state;
    ipc_close(f->left.ipc);
    f->left.ipc = NULL;
    while (f->right.ended == 0)
        uv_run(&f->loop, UV_RUN_ONCE);
    send_text(&f->right, 1, "nobody hears this");
    uv_run(&f->loop, UV_RUN_NOWAIT);
    assert_int_equal(f->right.ended, 1);
}

/* What a role sent before it died is read even if a request to it has failed meanwhile. */
static void test_last_words_are_read(void **state)
{
    struct fixture *f = *state;
    ipc_send(f->left.ipc, &(struct ipc_message){IPC_READY, 0, ERR_NO_ZONE, "{}", 2});
    ipc_close(f->left.ipc);
    f->left.ipc = NULL;
    uv_run(&f->loop, UV_RUN_NOWAIT);
    if (f->right.count == 0)
        send_text(&f->right, 1, "reload");
    while (f->right.ended == 0)
        uv_run(&f->loop, UV_RUN_ONCE);
    assert_int_equal(f->right.count, 1);
    assert_int_equal(f->right.received[0].status, ERR_NO_ZONE);
}

static void test_close_within_handler(void **state)
{
    struct fixture *f = *state;
    f->right.close_at_one = true;
    send_text(&f->left, 1, "one");
    send_text(&f->left, 2, "two");
    while (f->left.ended == 0)
        uv_run(&f->loop, UV_RUN_ONCE);
    assert_int_equal(f->right.count, 1);
}

struct frame {
    uint32_t type;
    uint32_t id;
    int32_t status;
    uint32_t length;
    char rest[8];
};

static const struct {
    const char *what;
    struct frame frame;
    size_t length;
    int error;
} decode_rows[] = {
        {"nothing",                   {IPC_READY, 0, 0, 0, ""},                   0,  ERR_TRUNCATED},
        {"half a header",             {IPC_READY, 0, 0, 0, ""},                   15, ERR_TRUNCATED},
        {"header alone",              {IPC_READY, 0, 0, 0, ""},                   16, ERR_TRUNCATED},
        {"empty payload",             {IPC_READY, 0, 0, 0, ""},                   17, 0            },
        {"payload without its NUL",   {IPC_REQUEST, 1, 0, 2, "ab"},               18, ERR_TRUNCATED},
        {"payload",                   {IPC_REQUEST, 1, 0, 2, "ab"},               19, 0            },
        {"payload and more",          {IPC_REPLY, 1, ERR_FAULTY, 2, "ab"},        24, 0            },
        {"no NUL behind the payload", {IPC_REQUEST, 1, 0, 2, "abc"},              19, ERR_SYNTAX   },
        {"type 0",                    {0, 0, 0, 0, ""},                           17, ERR_SYNTAX   },
        {"event with an id",          {IPC_EVENT, 1, 0, 0, ""},                   17, ERR_SYNTAX   },
        {"event with a status",       {IPC_EVENT, 0, -1, 0, ""},                  17, ERR_SYNTAX   },
        {"type 5",                    {5, 0, 0, 0, ""},                           17, ERR_SYNTAX   },
        {"ready with an id",          {IPC_READY, 1, 0, 0, ""},                   17, ERR_SYNTAX   },
        {"request with a status",     {IPC_REQUEST, 1, -1, 0, ""},                17, ERR_SYNTAX   },
        {"positive status",           {IPC_REPLY, 1, 1, 0, ""},                   17, ERR_SYNTAX   },
        {"largest length",            {IPC_REPLY, 1, 0, IPC_PAYLOAD_MAX, ""},     24, ERR_TRUNCATED},
        {"length too large",          {IPC_REPLY, 1, 0, IPC_PAYLOAD_MAX + 1, ""}, 16, ERR_TOO_LARGE},
        {"length of all ones",        {IPC_REPLY, 1, 0, UINT32_MAX, ""},          24, ERR_TOO_LARGE},
};

static void test_decode(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(decode_rows); i++) {
        struct ipc_message message;
        size_t frame_bytes = 0;
        int error = ipc_decode(
                (const char *)&decode_rows[i].frame, decode_rows[i].length, &message, &frame_bytes);
        if (error != decode_rows[i].error)
            fail_msg("%s: returned %d", decode_rows[i].what, error);
        size_t expected = error != 0 ? 0 : 17U + decode_rows[i].frame.length;
        if (frame_bytes != expected)
            fail_msg("%s: frame of %zu bytes", decode_rows[i].what, frame_bytes);
    }
}

/* What is no message ends the channel. */
static void test_nonsense_ends(void **state)
{
    struct fixture *f = *state;
    int fds[2];
    struct end victim = {0};
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
    assert_int_equal(ipc_open(&victim.ipc, &f->loop, fds[0], on_message, &victim), 0);
    assert_int_equal(write(fds[1], "GET / HTTP/1.1\r\n\r\n", 18), 18);
    while (victim.ended == 0)
        uv_run(&f->loop, UV_RUN_ONCE);
    assert_int_equal(victim.count, 0);
    ipc_close(victim.ipc);
    close(fds[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_decode),
            cmocka_unit_test_setup_teardown(test_request_and_reply, setup, teardown),
            cmocka_unit_test_setup_teardown(test_largest_payload_survives_close, setup, teardown),
            cmocka_unit_test_setup_teardown(test_close_with_other_side_dying, setup, teardown),
            cmocka_unit_test_setup_teardown(test_end_is_told_once, setup, teardown),
            cmocka_unit_test_setup_teardown(test_last_words_are_read, setup, teardown),
            cmocka_unit_test_setup_teardown(test_close_within_handler, setup, teardown),
            cmocka_unit_test_setup_teardown(test_nonsense_ends, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
