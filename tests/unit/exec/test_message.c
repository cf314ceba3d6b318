/* test_message.c -- src/exec/message.c: what is encoded is decoded, and nothing else is. */
#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "exec/message.h"

#define WORDS(text) text, sizeof(text) - 1 /* a NUL of its own follows each word */

static void test_orders_come_back(void **state)
{
    static const struct {
        const char *what;
        struct exec_order order;
    } rows[] = {
            {"one word",           {EXEC_RUN, 1, 1, "c", {"/bin/true", NULL}}            },
            {"empty and odd ones",
             {EXEC_RUN, UINT32_MAX, EXEC_TIMEOUT_MAX, "a.b", {"/x", "", "\xff \n", NULL}}},
            {"stop",               {.verb = EXEC_STOP, .number = 7}                      },
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        const struct exec_order *order = &rows[i].order;
        struct exec_order got;
        struct buf payload;
        buf_init(&payload, EXEC_MESSAGE_MAX);
        exec_order_encode(order, &payload);
        if (exec_order_decode(payload.data, payload.length, &got) != 0)
            fail_msg("%s: refused", rows[i].what);
        assert_int_equal(got.verb, order->verb);
        assert_int_equal(got.number, order->number);
        assert_int_equal(got.timeout_ms, order->timeout_ms);
        size_t at = 0;
        for (; order->arguments[at] != NULL; at++)
            assert_string_equal(got.arguments[at], order->arguments[at]);
        assert_null(got.arguments[at]);
        if (order->check_id != NULL)
            assert_string_equal(got.check_id, order->check_id);
        buf_done(&payload);
    }
}

static void test_bad_orders(void **state)
{
    static const struct {
        const char *what, *payload;
        size_t length;
    } rows[] = {
            {"nothing",               WORDS("")                               },
            {"no NUL",                WORDS("stop")                           },
            {"an unknown verb",       WORDS("halt\0001\0")                    },
            {"no number",             WORDS("stop\0")                         },
            {"an empty number",       WORDS("stop\0\0")                       },
            {"a signed number",       WORDS("stop\0-1\0")                     },
            {"a number too large",    WORDS("stop\0004294967296\0")           },
            {"more than is wanted",   WORDS("stop\0001\0more\0")              },
            {"no timeout",            WORDS("run\0001\0")                     },
            {"a timeout of nothing",  WORDS("run\0001\0000\0c\0/bin/true\0")  },
            {"a timeout too long",    WORDS("run\0001\0003600001\0c\0/true\0")},
            {"no id",                 WORDS("run\0001\0005\0\0/bin/true\0")   },
            {"no program",            WORDS("run\0001\0005\0c\0")             },
            {"a relative program",    WORDS("run\0001\0005\0c\0bin/true\0")   },
            {"an empty program",      WORDS("run\0001\0005\0c\0\0")           },
            {"the last word cut off", WORDS("run\0001\0005\0c\0/bin/true")    },
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct exec_order got = {.number = 99};
        if (exec_order_decode(rows[i].payload, rows[i].length, &got) != ERR_SYNTAX)
            fail_msg("%s: taken", rows[i].what);
        assert_int_equal(got.number, 99);
    }
}

/* `count` arguments of `size` bytes each, the NUL among them. */
static int decode_many(size_t count, size_t size)
{
    struct exec_order got;
    struct buf payload;
    char argument[EXEC_COMMAND_MAX + 1];
    buf_init(&payload, 4 * EXEC_MESSAGE_MAX);
    buf_add(&payload, WORDS("run\0001\0005\0c\0"));
    memset(argument, '/', sizeof(argument));
    argument[size - 1] = '\0';
    for (size_t i = 0; i < count; i++)
        buf_add(&payload, argument, size);
    int error = exec_order_decode(buf_string(&payload), payload.length, &got);
    if (error == 0)
        assert_null(got.arguments[count]);
    buf_done(&payload);
    return error;
}

static void test_maxima(void **state)
{
    (void)state;
    assert_int_equal(decode_many(EXEC_ARGUMENTS_MAX, 2), 0);
    assert_int_equal(decode_many(EXEC_ARGUMENTS_MAX + 1, 2), ERR_SYNTAX);
    assert_int_equal(decode_many(1, EXEC_COMMAND_MAX), 0);
    assert_int_equal(decode_many(2, EXEC_COMMAND_MAX / 2), 0);
    assert_int_equal(decode_many(1, EXEC_COMMAND_MAX + 1), ERR_SYNTAX);
}

static void test_reports(void **state)
{
    static const struct {
        const char *what, *payload;
        size_t length;
        int error;
        struct exec_report report;
    } rows[] = {
            {"silent",         WORDS("exit\0000\0"),       0,          {EXEC_EXIT, 0, "", 0}      },
            {"with a NUL",     WORDS("exit\0002\0a\0b"),   0,          {EXEC_EXIT, 2, "a\0b", 3}  },
            {"a signal",       WORDS("signal\0009\0x"),    0,          {EXEC_SIGNAL, 9, "x", 1}   },
            {"late",           WORDS("timeout\0005000\0"), 0,          {EXEC_TIMEOUT, 5000, "", 0}},
            {"an unknown end", WORDS("left\0001\0"),       ERR_SYNTAX, {EXEC_EXIT, 0, "", 0}      },
            {"cut off",        WORDS("exit\0001"),         ERR_SYNTAX, {EXEC_EXIT, 0, "", 0}      },
            {"not a number",   WORDS("exit\0one\0"),       ERR_SYNTAX, {EXEC_EXIT, 0, "", 0}      },
            {"nothing at all", WORDS(""),                  ERR_SYNTAX, {EXEC_EXIT, 0, "", 0}      },
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        const struct exec_report *wanted = &rows[i].report;
        struct exec_report got;
        if (exec_report_decode(rows[i].payload, rows[i].length, &got) != rows[i].error)
            fail_msg("%s: another result", rows[i].what);
        if (rows[i].error != 0)
            continue;
        struct buf payload;
        buf_init(&payload, EXEC_MESSAGE_MAX);
        assert_int_equal(got.how, wanted->how);
        assert_int_equal(got.value, wanted->value);
        assert_int_equal(got.output_length, wanted->output_length);
        assert_memory_equal(got.output, wanted->output, wanted->output_length);
        exec_report_encode(&got, &payload);
        assert_int_equal(payload.length, rows[i].length);
        assert_memory_equal(payload.data, rows[i].payload, payload.length);
        buf_done(&payload);
    }
}

static void test_output_is_bounded(void **state)
{
    char payload[16 + EXEC_OUTPUT_MAX + 1] = "exit\0000\0";
    struct exec_report got;
    (void)state;
    assert_int_equal(exec_report_decode(payload, 7 + EXEC_OUTPUT_MAX, &got), 0);
    assert_int_equal(exec_report_decode(payload, 7 + EXEC_OUTPUT_MAX + 1, &got), ERR_SYNTAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_orders_come_back),
            cmocka_unit_test(test_bad_orders),
            cmocka_unit_test(test_maxima),
            cmocka_unit_test(test_reports),
            cmocka_unit_test(test_output_is_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
