#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "user.h"

static void test_names(void **state)
{
    static const char text[] = "root:x:0:0:root:/root:/bin/sh\n"
                               "# no entry\n"
                               "jane:x:1000:1000::/home/jane:/bin/sh\n"
                               "john:x:1000:1000::/home/john:/bin/sh\n"
                               "a b:x:1001:1::/:\n"
                               "esc\x1b:x:1002:1::/:\n"
                               ":x:1003:1::/:\n"
                               "0123456789012345678901234567890123456789012345678901234567890123"
                               ":x:1004:1::/:\n"
                               "01234567890123456789012345678901234567890123456789012345678901234"
                               ":x:1005:1::/:\n";
    static const struct {
        const char *what;
        uid_t uid;
        const char *want;
    } rows[] = {
            {"the first",        0,          "root"                            },
            {"the first of two", 1000,       "jane"                            },
            {"nobody",           7,          "uid-7"                           },
            {"the last number",  4294967294, "uid-4294967294"                  },
            {"with a blank",     1001,       "uid-1001"                        },
            {"not printable",    1002,       "uid-1002"                        },
            {"empty",            1003,       "uid-1003"                        },
            {"the longest",      1004,
             "0123456789012345678901234567890123456789012345678901234567890123"},
            {"longer",           1005,       "uid-1005"                        },
    };
    char path[] = "/tmp/holdfast-test-XXXXXX";
    char name[USER_NAME_MAX + 1];
    int fd = mkstemp(path);
    (void)state;
    assert_int_equal(write(fd, text, sizeof(text) - 1), sizeof(text) - 1);
    close(fd);
    for (size_t i = 0; i < COUNT(rows); i++)
        if (strcmp(user_name(path, rows[i].uid, name), rows[i].want) != 0)
            fail_msg("%s: %s", rows[i].what, name);
    unlink(path);
    assert_string_equal(user_name(path, 0, name), "uid-0");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
