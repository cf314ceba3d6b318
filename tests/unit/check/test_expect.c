/* test_expect.c -- src/check/expect.c */
#include "test.h"

#include <string.h>

#include "check/expect.h"
#include "check/shown.h"

static struct check_target target_for(const char *wanted)
{
    return (struct check_target){
            .expect = {(const uint8_t *)wanted, strlen(wanted)},
            .response_timeout_ms = 2000,
    };
}

/* However the bytes are cut, the decision is the same. */
static void what_comes_in_pieces_is_found(void **state)
{
    (void)state;
    static const struct {
        const char *what, *wanted, *came;
        bool found;
    } rows[] = {
            {"at the start",       "220 ",   "220 mail", true },
            {"at the end",         "mail",   "220 mail", true },
            {"one byte",           "m",      "220 mail", true },
            {"all there is",       "abab",   "abab",     true },
            {"begins twice",       "aab",    "aaab",     true },
            {"not there",          "221",    "220 mail", false},
            {"another case",       "MAIL",   "220 mail", false},
            {"only its beginning", "mailer", "220 mail", false},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct check_target target = target_for(rows[i].wanted);
        size_t length = strlen(rows[i].came);
        for (size_t piece = 1; piece <= length; piece++) {
            struct expect expect;
            bool more = true;
            expect_init(&expect, &target);
            for (size_t at = 0; more && at < length; at += piece)
                more = expect_take(
                        &expect, rows[i].came + at, length - at < piece ? length - at : piece);
            if (expect.found != rows[i].found || more == expect.found)
                fail_msg("%s, by %zu", rows[i].what, piece);
            expect_done(&expect);
        }
    }
}

static void a_nul_is_a_byte_like_another(void **state)
{
    (void)state;
    const struct check_target target = {
            .expect = {(const uint8_t *)"\0\1", 2}
    };
    struct expect expect;
    expect_init(&expect, &target);
    assert_true(expect_take(&expect, "a\0", 2));
    assert_false(expect_take(&expect, "\1b", 2));
    assert_true(expect.found);
    expect_done(&expect);
}

/* The last byte of Expect must lie within the first PROBE_EXPECT_SEARCHED. */
static void only_the_first_bytes_count(void **state)
{
    (void)state;
    struct check_target target = target_for("ok");
    for (size_t before = PROBE_EXPECT_SEARCHED - 2; before < PROBE_EXPECT_SEARCHED + 1; before++) {
        char came[PROBE_EXPECT_SEARCHED + 8];
        char text[HEALTH_REASON_MAX + 1];
        struct expect expect;
        memset(came, '.', sizeof(came));
        memcpy(came + before, "ok", 2);
        expect_init(&expect, &target);
        assert_false(expect_take(&expect, came, sizeof(came)));
        assert_int_equal(expect.found, before == PROBE_EXPECT_SEARCHED - 2);
        assert_true(expect.length <= PROBE_EXPECT_SEARCHED);
        if (!expect.found) {
            assert_int_equal(expect_explain(&expect, EXPECT_DECIDED, text), PROBE_NO_MATCH);
            assert_string_equal(text, "Expect \"ok\" not within the first 5120 bytes; came "
                                      "\"...........................................\"...");
        }
        expect_done(&expect);
    }
}

static void why_an_answer_is_wrong(void **state)
{
    (void)state;
    static const struct {
        const char *came;
        enum expect_end end;
        enum probe_reason reason;
        const char *want;
    } rows[] = {
            {"",            EXPECT_CLOSED,  PROBE_RESET,
             "nothing came before the connection was closed; expected \"+PONG\\r\\n\""  },
            {"",            EXPECT_RESET,   PROBE_RESET,
             "nothing came before the connection was reset; expected \"+PONG\\r\\n\""   },
            {"",            EXPECT_EXPIRED, PROBE_RESPONSE_TIMEOUT,
             "nothing came within 2.0s; expected \"+PONG\\r\\n\""                       },
            {"-ERR\r\n\33", EXPECT_CLOSED,  PROBE_NO_MATCH,
             "Expect \"+PONG\\r\\n\" not before the connection was closed; came "
                    "\"-ERR\\r\\n\\x1b\""                                               },
            {"+PON",        EXPECT_RESET,   PROBE_NO_MATCH,
             "Expect \"+PONG\\r\\n\" not before the connection was reset; came \"+PON\""},
            {"+PON",        EXPECT_EXPIRED, PROBE_NO_MATCH,
             "Expect \"+PONG\\r\\n\" not within 2.0s; came \"+PON\""                    },
    };
    struct check_target target = target_for("+PONG\r\n");
    for (size_t i = 0; i < COUNT(rows); i++) {
        char text[HEALTH_REASON_MAX + 1];
        struct expect expect;
        expect_init(&expect, &target);
        if (*rows[i].came != '\0')
            assert_true(expect_take(&expect, rows[i].came, strlen(rows[i].came)));
        assert_int_equal(expect_explain(&expect, rows[i].end, text), rows[i].reason);
        assert_string_equal(text, rows[i].want);
        expect_done(&expect);
    }
}

/* Whatever is wanted and came, the sentence has room. */
static void the_longest_sentence_is_whole(void **state)
{
    (void)state;
    char wanted[DEFINITION_EXPECT_MAX + 1], came[256], text[HEALTH_REASON_MAX + 1];
    struct expect expect;
    memset(wanted, 1, sizeof(wanted));
    memset(came, 2, sizeof(came));
    wanted[DEFINITION_EXPECT_MAX] = '\0';
    struct check_target target = target_for(wanted);
    target.response_timeout_ms = 59999;
    for (int end = EXPECT_DECIDED; end <= EXPECT_EXPIRED; end++) {
        expect_init(&expect, &target);
        assert_true(expect_take(&expect, came, sizeof(came)));
        (void)expect_explain(&expect, (enum expect_end)end, text);
        assert_string_equal(text + strlen(text) - 4, "\"...");
        assert_true(strlen(text) < HEALTH_REASON_MAX);
        expect_done(&expect);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(what_comes_in_pieces_is_found),
            cmocka_unit_test(a_nul_is_a_byte_like_another),
            cmocka_unit_test(only_the_first_bytes_count),
            cmocka_unit_test(why_an_answer_is_wrong),
            cmocka_unit_test(the_longest_sentence_is_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
