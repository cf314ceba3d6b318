#include "test.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/diag.h"
#include "base/log.h"

/* What the log says between begin() and end(); stderr is a pipe meanwhile. */
struct capture {
    int stderr_fd;
    int fds[2];
    char text[8192];
};

static void begin(struct capture *capture)
{
    assert_int_equal(pipe2(capture->fds, O_NONBLOCK), 0);
    capture->stderr_fd = dup(STDERR_FILENO);
    dup2(capture->fds[1], STDERR_FILENO);
}

static const char *end(struct capture *capture)
{
    dup2(capture->stderr_fd, STDERR_FILENO);
    ssize_t length = read(capture->fds[0], capture->text, sizeof(capture->text) - 1);
    capture->text[length > 0 ? length : 0] = '\0';
    close(capture->stderr_fd);
    close(capture->fds[0]);
    close(capture->fds[1]);
    return capture->text;
}

/* The line behind its time, which is 24 bytes and a blank. */
static const char *behind_time(const char *line)
{
    assert_true(strlen(line) > 25);
    assert_int_equal(line[10], 'T');
    assert_int_equal(line[23], 'Z');
    return line + 25;
}

static void test_levels(void **state)
{
    static const struct {
        const char *what;
        enum log_level level;
        void (*log)(const char *format, ...) PRINTF(1, 2);
        const char *line; /* NULL: not shown */
    } rows[] = {
            {"an error always",      LOG_LEVEL_ERROR,   log_error,   "tester error: n 7\n"  },
            {"nothing at none",      LOG_LEVEL_NONE,    log_error,   NULL                   },
            {"no warning at error",  LOG_LEVEL_ERROR,   log_warning, NULL                   },
            {"a warning at warning", LOG_LEVEL_WARNING, log_warning, "tester warning: n 7\n"},
            {"no info at warning",   LOG_LEVEL_WARNING, log_info,    NULL                   },
            {"info at info",         LOG_LEVEL_INFO,    log_info,    "tester info: n 7\n"   },
            {"no debug at info",     LOG_LEVEL_INFO,    log_debug,   NULL                   },
            {"debug at debug",       LOG_LEVEL_DEBUG,   log_debug,   "tester debug: n 7\n"  },
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct capture capture;
        log_open("tester", rows[i].level);
        begin(&capture);
        rows[i].log("n %d", 7);
        const char *said = end(&capture);
        if (rows[i].line == NULL ? said[0] != '\0' : strcmp(behind_time(said), rows[i].line) != 0)
            fail_msg("%s: %s", rows[i].what, said);
    }
}

/* Whatever is logged is one line of bounded length. */
static void test_one_line(void **state)
{
    char text[5000];
    struct capture capture;
    (void)state;
    memset(text, 'x', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    log_open("tester", LOG_LEVEL_INFO);
    begin(&capture);
    log_info("%s", text);
    const char *said = end(&capture);
    assert_true(strlen(said) <= 2048);
    assert_ptr_equal(strchr(said, '\n'), said + strlen(said) - 1);

    begin(&capture);
    log_info("a\nb\x1b[0m\x7f");
    assert_string_equal(behind_time(end(&capture)), "tester info: a?b?[0m?\n");
}

static void test_faults(void **state)
{
    struct capture capture;
    struct diag *diag = diag_new();
    (void)state;
    diag_error(diag, (struct diag_place){"a.zone", 3, 5}, "bad");
    diag_warning(diag, (struct diag_place){"a.zone", 4, 0}, "odd");
    log_open("tester", LOG_LEVEL_INFO);
    begin(&capture);
    log_faults(diag);
    const char *said = end(&capture);
    assert_non_null(strstr(said, "tester error: a.zone:3:5: error: bad\n"));
    assert_non_null(strstr(said, "tester warning: a.zone:4: warning: odd\n"));
    diag_free(diag);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_levels),
            cmocka_unit_test(test_one_line),
            cmocka_unit_test(test_faults),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
