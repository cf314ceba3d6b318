#include "test.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "dns/rr.h"
#include "serve/report.h"

static const uint8_t root[] = {0};

static void fill_row(struct zone_load_row *row, const char *origin, enum zone_outcome outcome)
{
    static char path[] = "a.zone";
    *row = (struct zone_load_row){.outcome = outcome, .path = path, .serial = 7};
    assert_int_equal(name_from_text(origin, root, &row->origin), 0);
}

static void test_status(void **state)
{
    static const struct {
        const char *what;
        uint32_t served, failed;
        bool error, warning;
        int status;
    } rows[] = {
            {"all is well",           2, 0, false, false, 0          },
            {"a warning is no fault", 2, 0, false, true,  0          },
            {"a zone failed",         1, 1, true,  false, ERR_FAULTY },
            {"no source, zones stay", 2, 0, true,  false, ERR_FAULTY },
            {"nothing is served",     0, 2, true,  false, ERR_NO_ZONE},
            {"nothing was asked for", 0, 0, false, false, ERR_NO_ZONE},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct diag *diag = diag_new();
        struct zone_load_report report = {.served = rows[i].served, .failed = rows[i].failed};
        if (rows[i].error)
            diag_error(diag, (struct diag_place){0}, "bad");
        if (rows[i].warning)
            diag_warning(diag, (struct diag_place){0}, "odd");
        int status = report_status(&report, diag);
        if (status != rows[i].status)
            fail_msg("%s: %d", rows[i].what, status);
        diag_free(diag);
    }
}

static void test_load(void **state)
{
    struct zone_load_row list[4];
    struct zone_load_report report = {
            .rows = list, .count = COUNT(list), .served = 2, .failed = 2, .unchanged = 1};
    struct diag *diag = diag_new();
    struct buf text;
    (void)state;
    fill_row(&list[0], "a.example.", ZONE_LOADED);
    fill_row(&list[1], "b.example.", ZONE_KEPT);
    fill_row(&list[2], "c.example.", ZONE_FAULTY);
    fill_row(&list[3], "d.example.", ZONE_REMOVED);
    diag_error(diag, (struct diag_place){"b.zone", 3, 5}, "bad");
    buf_init(&text, 1U << 16);
    report_print_load(&report, diag, &text);

    static const char *const parts[] = {
            "{\"origin\":\"a.example.\",\"file\":\"a.zone\",\"state\":\"loaded\",\"serial\":7,",
            "{\"origin\":\"b.example.\",\"file\":\"a.zone\",\"state\":\"kept\",",
            "{\"origin\":\"c.example.\",\"file\":\"a.zone\",\"state\":\"faulty\",",
            "{\"origin\":\"d.example.\",\"file\":\"a.zone\",\"state\":\"removed\",",
            "\"unnamed\":0,\"served\":2,\"failed\":2,\"unchanged\":1,\"errors\":1,\"warnings\":0,",
            "\"text\":\"b.zone:3:5: error: bad\"",
    };
    for (size_t i = 0; i < COUNT(parts); i++)
        if (strstr(buf_string(&text), parts[i]) == NULL)
            fail_msg("no %s in %s", parts[i], buf_string(&text));
    buf_done(&text);
    diag_free(diag);
}

/* Of very many zones only those that failed are named. */
static void test_many(void **state)
{
    struct zone_load_report report = {.count = REPORT_ZONES_MAX + 1, .served = 1, .failed = 1};
    struct diag *diag = diag_new();
    struct buf text;
    (void)state;
    report.rows = calloc(report.count, sizeof(*report.rows));
    for (size_t i = 0; i < report.count; i++)
        fill_row(&report.rows[i], i == 9 ? "bad.example." : "good.example.",
                i == 9 ? ZONE_KEPT : ZONE_LOADED);
    buf_init(&text, 1U << 16);
    report_print_load(&report, diag, &text);
    assert_non_null(strstr(buf_string(&text), "\"bad.example.\""));
    assert_null(strstr(buf_string(&text), "good.example"));
    assert_non_null(strstr(buf_string(&text), "\"unnamed\":20000,"));
    buf_done(&text);
    free(report.rows);
    diag_free(diag);
}

static void test_stats(void **state)
{
    struct query_counters one = {.udp_queries = 1, .tcp_queries = 2, .dropped = 3, .truncated = 4};
    struct query_counters two = {.udp_queries = 10, .tcp_evicted = 9, .stale = 12, .fail_open = 5};
    struct query_counters sum = {0};
    struct buf text;
    (void)state;
    one.rcode[RCODE_NOERROR] = 6;
    one.rcode[RCODE_BADVERS] = 7;
    one.rcode[RCODE_BADCOOKIE] = 8;
    two.rcode[RCODE_NOERROR] = 60;
    report_add_counters(&one, &sum);
    report_add_counters(&two, &sum);
    buf_init(&text, 1U << 16);
    report_print_stats(&sum, 13, &text);
    static const char *const parts[] = {"\"udp_queries\":11,", "\"tcp_queries\":2,",
            "\"tcp_evicted\":9,", "\"overflow\":13,", "\"stale\":12,", "\"dropped\":3,",
            "\"truncated\":4,", "\"fail_open\":5,", "\"NOERROR\":66,", "\"BADVERS\":7",
            "\"BADCOOKIE\":8"};
    for (size_t i = 0; i < COUNT(parts); i++)
        if (strstr(buf_string(&text), parts[i]) == NULL)
            fail_msg("no %s in %s", parts[i], buf_string(&text));
    buf_done(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_status),
            cmocka_unit_test(test_load),
            cmocka_unit_test(test_many),
            cmocka_unit_test(test_stats),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
