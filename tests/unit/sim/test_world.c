/* test_world.c -- how things are, and what a probe meets. */
#include "test.h"

#include <string.h>

#include "sim/world.h"

#define CHECK(id, members) "{\"Id\":\"" id "\",\"HealthCheckConfig\":{" members "}}"
#define TCP(address)       "\"Type\":\"TCP\",\"IPAddress\":\"" address "\",\"Port\":1"

/* In the order of their ids. */
enum place {
    ALL,
    DISABLED,
    INVERTED,
    V4,
    V6,
};

#define CHILDREN                                                                                   \
    "\"Type\":\"CALCULATED\",\"HealthThreshold\":3,"                                               \
    "\"ChildHealthChecks\":[\"v4\",\"v6\",\"inverted\"]"
#define OF_DISABLED TCP("192.0.2.1") ",\"Disabled\":true"
#define OF_INVERTED TCP("192.0.2.1") ",\"Inverted\":true"

static const char checks[] = "[" CHECK("all", CHILDREN) "," CHECK(
        "disabled", OF_DISABLED) "," CHECK("inverted", OF_INVERTED) "," CHECK("v4",
        TCP("192.0.2.1")) "," CHECK("v6", TCP("2001:db8::1")) "]";

static void test_world(void **state)
{
    static const struct {
        const char *what;
        struct timeline_event events[3];
        const char *well; /* of each check, in order: + or - */
        const char *met;  /* of each but `all`: what a probe meets */
    } rows[] = {
            {"all is well",           {{0}},                                                              "-+-++", ".+++"},
            {"one fails",             {{.kind = TIMELINE_FAULT, .check = V4, .fault = TIMELINE_REFUSED}},
             "-+--+",                                                                                              ".+r+"},
            {"an inverted one fails",
             {{.kind = TIMELINE_FAULT, .check = INVERTED, .fault = TIMELINE_ERROR}},                      "+++++",
             ".e++"                                                                                                      },
            {"and another with it",
             {{.kind = TIMELINE_FAULT, .check = INVERTED, .fault = TIMELINE_ERROR},
                            {.kind = TIMELINE_FAULT, .check = V6, .fault = TIMELINE_TIMEOUT}},
             "-+++-",                                                                                              ".e+t"},
            {"cut off",               {{.kind = TIMELINE_CUT, .family = CLIENT_IPV4, .is_cut = true}},    "-+-++",
             ".tt+"                                                                                                      },
            {"and mended",
             {{.kind = TIMELINE_CUT, .family = CLIENT_IPV6, .is_cut = true},
                            {.kind = TIMELINE_CUT, .family = CLIENT_IPV6}},
             "-+-++",                                                                                              ".+++"},
            {"a disabled one fails",
             {{.kind = TIMELINE_FAULT, .check = DISABLED, .fault = TIMELINE_ERROR}},                      "-+-++",
             ".+++"                                                                                                      },
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct definitions *definitions = NULL;
        struct diag *diag = diag_new();
        char well[6] = "", met[5] = ".";
        assert_int_equal(
                definitions_load_text("checks", checks, strlen(checks), &definitions, diag), 0);
        struct world *world = world_new(definitions);
        for (size_t event = 0; event < COUNT(rows[i].events); event++)
            world_change(world, &rows[i].events[event]);
        for (uint32_t check = ALL; check <= V6; check++) {
            well[check] = world_is_well(world, check) ? '+' : '-';
            if (check >= INVERTED)
                met[check - INVERTED + 1] = "+ret"[world_met(world, check)];
        }
        if (strcmp(well, rows[i].well) != 0 || strcmp(met, rows[i].met) != 0)
            fail_msg("%s: %s %s", rows[i].what, well, met);
        world_free(world);
        definitions_free(definitions);
        diag_free(diag);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_world),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
