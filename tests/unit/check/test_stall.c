#include "test.h"

#include "check/stall.h"

static void test_look(void **state)
{
    static const struct {
        const char *what;
        uint64_t passed_ms;
        uint64_t counted;
    } rows[] = {
            {"no time",         0,                                  0},
            {"one beat",        STALL_BEAT_MS,                      0},
            {"a slow turn",     STALL_BEAT_MS + STALL_LIMIT_MS,     0},
            {"just too long",   STALL_BEAT_MS + STALL_LIMIT_MS + 1, 1},
            {"a suspended day", 86400000,                           1},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct stall stall = stall_start(1000);
        if (stall_look(&stall, 1000 + rows[i].passed_ms) != rows[i].counted)
            fail_msg("%s", rows[i].what);
        if (stall_look(&stall, 1000 + rows[i].passed_ms) != rows[i].counted)
            fail_msg("%s: counted twice", rows[i].what);
        if (rows[i].counted > 0 && stall.length_ms != rows[i].passed_ms)
            fail_msg("%s: length", rows[i].what);
    }
}

/* Many short looks never add up to a stall; a second stall is another one. */
static void test_many(void **state)
{
    struct stall stall = stall_start(0);
    uint64_t now_ms = 0;
    (void)state;
    for (unsigned i = 0; i < 1000; i++)
        assert_int_equal(stall_look(&stall, now_ms += STALL_BEAT_MS), 0);
    assert_int_equal(stall_look(&stall, now_ms += 5000), 1);
    assert_int_equal(stall_look(&stall, now_ms += 6000), 2);
    assert_int_equal(stall.length_ms, 6000);
    assert_int_equal(stall_look(&stall, now_ms - 10), 2); /* a clock that goes back is no stall */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_look),
            cmocka_unit_test(test_many),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
