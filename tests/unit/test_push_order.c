/* test_push_order.c -- what may stand behind `alarm` and `control`. */
#include "test.h"

#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "push_order.h"

static void test_orders(void **state)
{
    static const struct {
        const char *words, *fault; /* NULL: it is one */
        enum push_verb verb;
        const char *name, *region;
        enum health_state state;
        uint32_t overrides;
    } rows[] = {
  /* clang-format off */
            {"cpu OK", NULL, PUSH_ALARM, "cpu", "", HEALTH_UP, 0},
            {"cpu ALARM region=eu-west-1", NULL, PUSH_ALARM, "cpu", "eu-west-1", HEALTH_DOWN, 0},
            {"  cpu   INSUFFICIENT_DATA ", NULL, PUSH_ALARM, "cpu", "", HEALTH_UNKNOWN, 0},
            {"arn on", NULL, PUSH_CONTROL, "arn", "", HEALTH_UP, 0},
            {"arn off override=a override=b", NULL, PUSH_CONTROL, "arn", "", HEALTH_DOWN, 2},
            {"", "wanted: alarm NAME", PUSH_ALARM, "", "", HEALTH_UNKNOWN, 0},
            {"cpu", "wanted: alarm NAME", PUSH_ALARM, "", "", HEALTH_UNKNOWN, 0},
            {"cpu ok", "\"ok\" is no state", PUSH_ALARM, "", "", HEALTH_UNKNOWN, 0},
            {"cpu on", "\"on\" is no state", PUSH_ALARM, "", "", HEALTH_UNKNOWN, 0},
            {"cpu OK region=", "takes 1 to 64 printable", PUSH_ALARM, "", "", HEALTH_UNKNOWN, 0},
            {"cpu OK region=a region=b", "\"region=b\" is not known", PUSH_ALARM, "", "", HEALTH_UNKNOWN, 0},
            {"cpu OK override=a", "\"override=a\" is not known", PUSH_ALARM, "", "", HEALTH_UNKNOWN, 0},
            {"arn OK", "\"OK\" is no state", PUSH_CONTROL, "", "", HEALTH_UNKNOWN, 0},
            {"arn on region=x", "\"region=x\" is not known", PUSH_CONTROL, "", "", HEALTH_UNKNOWN, 0},
            {"arn on override=", "override takes the name of a rule", PUSH_CONTROL, "", "", HEALTH_UNKNOWN, 0},
            {"arn on a b c d e f g h i j", "wanted: control NAME", PUSH_CONTROL, "", "", HEALTH_UNKNOWN, 0},
            {"a\x01 on", "NAME takes 1 to 327 printable", PUSH_CONTROL, "", "", HEALTH_UNKNOWN, 0},
  /* clang-format on */
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct push_order order = {.name = ""};
        struct buf why;
        buf_init(&why, 1024);
        int error = push_order_parse(rows[i].verb, rows[i].words, &order, &why);
        if (error != (rows[i].fault != NULL ? ERR_SYNTAX : 0) ||
                (rows[i].fault != NULL && strstr(buf_string(&why), rows[i].fault) == NULL) ||
                strcmp(order.name, rows[i].name) != 0 ||
                strcmp(order.region, rows[i].region) != 0 || order.state != rows[i].state ||
                order.overrides_count != rows[i].overrides)
            fail_msg("\"%s\": %d %s", rows[i].words, error, buf_string(&why));
        buf_done(&why);
    }
}

static void test_the_longest_name(void **state)
{
    char words[PUSH_NAME_MAX + 8];
    struct push_order order;
    struct buf why;
    (void)state;
    buf_init(&why, 1024);
    memset(words, 'n', PUSH_NAME_MAX);
    strcpy(words + PUSH_NAME_MAX, " on");
    assert_int_equal(push_order_parse(PUSH_CONTROL, words, &order, &why), 0);
    assert_int_equal(strlen(order.name), PUSH_NAME_MAX);
    strcpy(words + PUSH_NAME_MAX, "n on");
    assert_int_equal(push_order_parse(PUSH_CONTROL, words, &order, &why), ERR_SYNTAX);
    buf_done(&why);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_orders),
            cmocka_unit_test(test_the_longest_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
