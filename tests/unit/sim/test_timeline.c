/* test_timeline.c -- timelines as text: what they come to, and each fault at its place. */
#include "test.h"

#include "stage.h"

#define CHECKS                                                                                     \
    "[" STAGE_CHECK("web-1", "") "," STAGE_CHECK("web-2", "") "," STAGE_CHECK("[x]", "") "]"

struct sheet {
    struct definitions *definitions;
    struct diag *diag;
};

static void open_sheet(struct sheet *sheet)
{
    sheet->definitions = NULL;
    sheet->diag = diag_new();
    assert_int_equal(definitions_load_text(
                             "checks", CHECKS, strlen(CHECKS), &sheet->definitions, sheet->diag),
            0);
}

static void close_sheet(struct sheet *sheet)
{
    definitions_free(sheet->definitions);
    diag_free(sheet->diag);
}

/* "1000 fault web-1 refused", a line each. */
static void show(const struct sheet *sheet, const struct timeline *timeline, struct buf *ret)
{
    static const char *const faults[] = {"well", "refused", "error", "timeout"};
    for (uint32_t i = 0; i < timeline->events_count; i++) {
        const struct timeline_event *event = &timeline->events[i];
        const char *id = sheet->definitions->list[event->check].id;
        buf_printf(ret, "%u ", (unsigned)event->at_ms);
        if (event->kind == TIMELINE_FAULT)
            buf_printf(ret, "%s %s\n", id, faults[event->fault]);
        else if (event->kind == TIMELINE_FORCE)
            buf_printf(ret, "%s forced %d\n", id, (int)event->state);
        else
            buf_printf(ret, "IPv%d %s\n", event->family == CLIENT_IPV6 ? 6 : 4,
                    event->is_cut ? "cut" : "mended");
    }
}

static void test_events(void **state)
{
    static const struct {
        const char *what, *text, *events;
    } rows[] = {
  /* clang-format off */
            {"none", "{}", ""},
            {"for good", "{\"Timeline\":[{\"At\":1.5,\"Check\":\"web-1\",\"Fault\":\"refused\"}]}", "1500 web-1 refused\n"},
            {"for a while", "{\"Timeline\":[{\"At\":1,\"For\":2,\"Check\":\"web-1\",\"Fault\":\"Timeout\"}]}",
             "1000 web-1 timeout\n3000 web-1 well\n"},
            {"a pattern", "{\"Timeline\":[{\"At\":0,\"Check\":\"web-*\",\"Fault\":\"error\"}]}",
             "0 web-1 error\n0 web-2 error\n"},
            {"an id that looks like one", "{\"Timeline\":[{\"At\":0,\"Check\":\"[x]\",\"Fault\":\"none\"}]}",
             "0 [x] well\n"},
            {"again, to the end", "{\"Duration\":5,\"Timeline\":[{\"At\":1,\"For\":1,\"Every\":2,\"Check\":\"web-1\",\"Fault\":\"error\"}]}",
             "1000 web-1 error\n2000 web-1 well\n3000 web-1 error\n4000 web-1 well\n"},
            {"by time, then as written", "{\"Timeline\":[{\"At\":2,\"Cut\":\"both\",\"For\":1},{\"At\":1,\"Force\":\"web-2\","
             "\"State\":\"down\",\"For\":1,\"Comment\":\"x\"}]}",
             "1000 web-2 forced 2\n2000 IPv4 cut\n2000 IPv6 cut\n2000 web-2 forced 0\n3000 IPv4 mended\n3000 IPv6 mended\n"},
  /* clang-format on */
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct sheet sheet;
        struct buf text;
        open_sheet(&sheet);
        buf_init(&text, STAGE_TEXT_MAX);
        struct timeline *timeline = timeline_load_text(
                "t", rows[i].text, strlen(rows[i].text), sheet.definitions, sheet.diag);
        if (timeline == NULL)
            fail_msg("%s: refused: %s", rows[i].what, fixture_faults(sheet.diag));
        show(&sheet, timeline, &text);
        if (strcmp(buf_string(&text), rows[i].events) != 0)
            fail_msg("%s:\n%s", rows[i].what, buf_string(&text));
        buf_done(&text);
        timeline_free(timeline);
        close_sheet(&sheet);
    }
}

static void test_faults(void **state)
{
    static const struct {
        const char *what, *text, *faults;
    } rows[] = {
  /* clang-format off */
            {"no JSON", "{", "1:1: "},
            {"no object", "[]", "1:1: is an array; wanted an object\n"},
            {"a stranger", "{\"Durations\":1}", "1:2: Durations: unknown member \"Durations\"; did you mean \"Duration\"?\n"},
            {"no time at all", "{\"Duration\":0}", "1:2: Duration: is 0; wanted 0.001 to 34560000 seconds\n"},
            {"no When", "{\"Timeline\":[{\"Cut\":\"IPv4\"}]}",
             "1:14: Timeline[0]: has no \"At\": when, in seconds from the start\n"},
            {"no What", "{\"Timeline\":[{\"At\":1}]}", "1:14: Timeline[0]: has none of \"Check\", \"Cut\", \"Force\" and \"Accept\"\n"},
            {"accept whom", "{\"Timeline\":[{\"At\":1,\"Accept\":7}]}",
             "1:22: Timeline[0].Accept: is a number; wanted a zone, or \"all\"\n"},
            {"overlaps itself", "{\"Timeline\":[{\"At\":1,\"For\":2,\"Every\":2,\"Cut\":\"IPv4\"}]}",
             "1:14: Timeline[0]: comes again by \"Every\" before it is over: \"For\" must be less\n"},
            {"until what", "{\"Timeline\":[{\"At\":1,\"Until\":2,\"Cut\":\"IPv4\"}]}",
             "1:14: Timeline[0]: has \"Until\" without \"Every\"\n"},
            {"which fault", "{\"Timeline\":[{\"At\":1,\"Check\":\"web-1\",\"Fault\":\"refusd\"}]}",
             "1:38: Timeline[0].Fault: \"refusd\" means nothing; did you mean \"refused\"?\n"},
            {"which check", "{\"Timeline\":[{\"At\":1,\"Check\":\"web-11\",\"Fault\":\"error\"}]}",
             "1:22: Timeline[0].Check: no check \"web-11\"; did you mean \"web-1\"?\n"},
            {"which name", "{\"Names\":[\"a..b\",\"a A B\"]}",
             "1:11: Names[0]: \"a..b\" is no name\n1:18: Names[1]: \"A B\" is no type\n"},
            {"which client", "{\"Clients\":[\"192.0.2.1/33\"]}",
             "1:13: Clients[0]: \"192.0.2.1/33\" is neither an address nor ADDRESS/BITS\n"},
            {"too much", "{\"Duration\":30000000,\"Timeline\":[{\"At\":0,\"For\":1,\"Every\":2,\"Cut\":\"IPv4\"}]}",
             "1:34: Timeline[0]: more than 1000000 events\n"},
  /* clang-format on */
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct sheet sheet;
        open_sheet(&sheet);
        assert_null(timeline_load_text(
                "t", rows[i].text, strlen(rows[i].text), sheet.definitions, sheet.diag));
        char *faults = fixture_faults(sheet.diag);
        if (strncmp(faults, rows[i].faults, strlen(rows[i].faults)) != 0)
            fail_msg("%s:\n%s", rows[i].what, faults);
        free(faults);
        close_sheet(&sheet);
    }
}

static void test_a_file_that_is_missing(void **state)
{
    struct sheet sheet;
    (void)state;
    open_sheet(&sheet);
    assert_null(timeline_load_file("/no/such/file", sheet.definitions, sheet.diag));
    assert_int_equal(diag_errors(sheet.diag), 1);
    close_sheet(&sheet);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_events),
            cmocka_unit_test(test_faults),
            cmocka_unit_test(test_a_file_that_is_missing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
