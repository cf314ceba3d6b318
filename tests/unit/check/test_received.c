/* test_received.c -- src/check/received.c: bytes are counted when they arrive, not when they are read. */
#include "test.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "check/received.h"

static void bytes_count_when_they_arrive(void **state)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    socklen_t size = sizeof(address);
    char read[3];
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int from = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    (void)state;

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    assert_int_equal(bind(listener, (struct sockaddr *)&address, size), 0);
    assert_int_equal(listen(listener, 1), 0);
    assert_int_equal(getsockname(listener, (struct sockaddr *)&address, &size), 0);
    assert_int_equal(connect(from, (struct sockaddr *)&address, size), 0);
    int to = accept(listener, NULL, NULL);
    assert_int_equal(received_bytes(to), 0);
    assert_int_equal(send(from, "seven..", 7, 0), 7);
    assert_int_equal(recv(to, read, sizeof(read), MSG_WAITALL), sizeof(read));
    assert_int_equal(received_bytes(to), 7);
    close(from);
    close(to);
    close(listener);
}

static void what_is_no_connection_has_received_nothing(void **state)
{
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    (void)state;
    assert_int_equal(received_bytes(fd), 0);
    assert_int_equal(received_bytes(-1), 0);
    close(fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(bytes_count_when_they_arrive),
            cmocka_unit_test(what_is_no_connection_has_received_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
