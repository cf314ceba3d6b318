#include "test.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "check/http_response.h"

static struct check_target target_of(enum check_type type)
{
    return (struct check_target){.type = type,
            .search = "needle",
            .status_low = 200,
            .status_high = 399,
            .response_timeout_ms = 2000};
}

static bool header(struct http_response *response, const char *line)
{
    return http_response_header(response, line, strlen(line));
}

/* However a body is cut into pieces, what is found in it is the same. */
static void test_pieces(void **state)
{
    static const char body[] = "neneedneedleneedl";
    (void)state;
    for (size_t piece = 1; piece < sizeof(body); piece++) {
        struct check_target target = target_of(CHECK_HTTP_STR_MATCH);
        struct http_response response;
        bool more = true;
        http_response_init(&response, &target);
        assert_true(header(&response, "HTTP/1.1 200 OK\r\n"));
        assert_true(header(&response, "\r\n"));
        for (size_t at = 0; more && at < sizeof(body) - 1; at += piece) {
            size_t left = sizeof(body) - 1 - at;
            more = http_response_body(&response, body + at, left < piece ? left : piece);
        }
        if (more || http_response_conclude(&response, HTTP_END_COMPLETE) != PROBE_OK)
            fail_msg("pieces of %zu", piece);
        http_response_done(&response);
    }
}

/* The string must end with byte 5120 at the latest, wherever the pieces end. */
static void test_edge(void **state)
{
    (void)state;
    for (size_t before = PROBE_BODY_SEARCHED - 8; before <= PROBE_BODY_SEARCHED; before++) {
        struct check_target target = target_of(CHECK_HTTP_STR_MATCH);
        struct http_response response;
        char *pad = mem_alloc(before);
        memset(pad, 'n', before);
        http_response_init(&response, &target);
        header(&response, "HTTP/1.1 200 OK\r\n");
        header(&response, "\r\n");
        if (http_response_body(&response, pad, before))
            (void)http_response_body(&response, "needle", 6);
        enum probe_reason expected = before + 6 <= PROBE_BODY_SEARCHED ? PROBE_OK : PROBE_NO_MATCH;
        if (http_response_conclude(&response, HTTP_END_COMPLETE) != expected)
            fail_msg("after %zu bytes", before);
        http_response_done(&response);
        free(pad);
    }
}

static void test_status_lines(void **state)
{
    static const struct {
        const char *line;
        bool more;
        int status;
        const char *phrase;
    } rows[] = {
            {"HTTP/1.1 200 OK\r\n",         true,  200, "OK"      },
            {"HTTP/1.1 204\r\n",            true,  204, ""        },
            {"HTTP/1.0   404  Not \r\n",    true,  404, " Not"    },
            {"HTTP/1.1 503 a\x01\x80z\r\n", true,  503, "az"      },
            {"HTTP/1.1 100 Continue\r\n",   true,  0,   "Continue"},
            {"HTTP/1.1 101 Switch\r\n",     true,  101, "Switch"  },
            {"HTTP/1.1 20\r\n",             false, 0,   ""        },
            {"HTTP/1.1 2000 OK\r\n",        false, 0,   ""        },
            {"HTTP/1.1 -20 OK\r\n",         false, 0,   ""        },
            {"HTTP/1.1\r\n",                false, 0,   ""        },
            {"",                            false, 0,   ""        },
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct check_target target = target_of(CHECK_HTTP);
        struct http_response response;
        http_response_init(&response, &target);
        bool more = header(&response, rows[i].line);
        if (more != rows[i].more || response.status != rows[i].status ||
                (more && strcmp(response.phrase, rows[i].phrase) != 0))
            fail_msg("%s: status %d, %s", rows[i].line, response.status, response.phrase);
        http_response_done(&response);
    }
}

static void test_encodings(void **state)
{
    static const struct {
        const char *what;
        const char *first, *second;
        bool is_foreign;
    } rows[] = {
            {"none",      "X: y\r\n",                         NULL,                         false},
            {"gzip",      "Content-Encoding: gzip\r\n",       NULL,                         false},
            {"deflate",   "content-encoding:\tDeflate \r\n",  NULL,                         false},
            {"brotli",    "Content-Encoding: br\r\n",         NULL,                         true },
            {"two",       "Content-Encoding: gzip, gzip\r\n", NULL,                         true },
            {"two lines", "Content-Encoding: gzip\r\n",       "Content-Encoding: gzip\r\n", true },
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct check_target target = target_of(CHECK_HTTP);
        struct http_response response;
        http_response_init(&response, &target);
        header(&response, "HTTP/1.1 200 OK\r\n");
        header(&response, rows[i].first);
        if (rows[i].second != NULL)
            header(&response, rows[i].second);
        if (response.is_foreign != rows[i].is_foreign)
            fail_msg("%s", rows[i].what);
        http_response_done(&response);
    }
}

static void test_sizes(void **state)
{
    static char line[PROBE_HEADERS_MAX];
    static char body[PROBE_BODY_READ];
    struct check_target target = target_of(CHECK_HTTP);
    struct http_response response;
    static const char status[] = "HTTP/1.1 200 OK\r\n";
    (void)state;
    memset(line, 'x', sizeof(line));
    http_response_init(&response, &target);
    assert_true(header(&response, status));
    assert_true(http_response_header(&response, line, sizeof(line) - strlen(status) - 2));
    assert_true(header(&response, "\r\n"));
    assert_false(header(&response, "x")); /* a trailer counts too */
    assert_int_equal(http_response_conclude(&response, HTTP_END_LOST), PROBE_HTTP);
    http_response_done(&response);

    http_response_init(&response, &target);
    assert_true(header(&response, status));
    assert_true(header(&response, "\r\n"));
    assert_true(http_response_body(&response, body, sizeof(body)));
    assert_false(http_response_body(&response, body, 1));
    assert_int_equal(http_response_conclude(&response, HTTP_END_LOST), PROBE_OK);
    assert_null(response.body);
    http_response_done(&response);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_pieces),
            cmocka_unit_test(test_edge),
            cmocka_unit_test(test_status_lines),
            cmocka_unit_test(test_encodings),
            cmocka_unit_test(test_sizes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
