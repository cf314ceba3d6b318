#include "test.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "notify.h"

static void check(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    char bytes[64] = {0};
    strcpy(address.sun_path, path);
    if (path[0] == '@')
        address.sun_path[0] = '\0';
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(path));
    assert_int_equal(bind(fd, (struct sockaddr *)&address, size), 0);
    assert_int_equal(notify_send(path, "READY=1"), 0);
    assert_int_equal(recv(fd, bytes, sizeof(bytes), MSG_DONTWAIT), 7);
    assert_string_equal(bytes, "READY=1");
    close(fd);
}

static void test_path(void **state)
{
    (void)state;
    char directory[] = "/tmp/holdfast-test-XXXXXX";
    char path[64];
    assert_non_null(mkdtemp(directory));
    snprintf(path, sizeof(path), "%s/notify", directory);
    check(path);
    unlink(path);
    rmdir(directory);
}

static void test_abstract(void **state)
{
    (void)state;
    char name[64];
    snprintf(name, sizeof(name), "@holdfast-test-%d", (int)getpid());
    check(name);
}

static void test_nobody(void **state)
{
    (void)state;
    char longest[200];
    memset(longest, 'a', sizeof(longest) - 1);
    longest[sizeof(longest) - 1] = '\0';
    assert_int_equal(notify_send(NULL, "READY=1"), 0);
    assert_int_equal(notify_send("", "READY=1"), 0);
    assert_int_equal(notify_send("/nonexistent/notify", "READY=1"), -ENOENT);
    assert_int_equal(notify_send(longest, "READY=1"), -ENAMETOOLONG);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_path),
            cmocka_unit_test(test_abstract),
            cmocka_unit_test(test_nobody),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
