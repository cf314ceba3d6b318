/* test_couple.c -- groups that are chosen together: which set is whose partner, and the warning of one that
 * is alone.  The faults have files in tests/data/zones/bad/groups, which test_group.c runs. */
#include "test.h"

#include "dns/rr.h"
#include "zone/annotation.h"
#include "zone/fixture.h"
#include "zone/group.h"

#define LINES_MAX 10U

/* A line of a zone; those of one owner share the pointer to its name. */
struct line {
    const char *owner;
    uint16_t type;
    const char *annotation;
};

static const char www[] = "\3www\1z";
static const char api[] = "\3api\1z";
static const char xen[] = "\3xen\1z";

/* A plan of lines in the order the builder would have them. */
struct planned {
    struct fixture fixture;
    struct arena *arena;
    struct zone_record records[LINES_MAX];
    struct zone_lines lines;
    struct group_plan *plan;
};

static void plan(struct planned *ret, const struct line *rows)
{
    static const uint8_t apex[] = "\1z";

    *ret = (struct planned){.arena = arena_new()};
    fixture_init(&ret->fixture);
    ret->lines = (struct zone_lines){apex, ret->records, 0, &ret->fixture.basis};
    for (uint32_t i = 0; i < LINES_MAX && rows[i].owner != NULL; i++) {
        const struct annotation_source source = {
                rows[i].annotation, {"f", i + 1, 1},
                 apex
        };
        struct annotation *annotation = arena_zalloc(ret->arena, sizeof(*annotation));
        assert_int_equal(annotation_parse(&source, ret->arena, annotation, ret->fixture.diag), 0);
        ret->records[ret->lines.count++] = (struct zone_record){
                .owner = (const uint8_t *)rows[i].owner,
                .type = rows[i].type,
                .place = source.place,
                .annotation = annotation,
        };
    }
    ret->plan = group_plan_new(&ret->lines, ret->fixture.diag);
}

static void planned_done(struct planned *planned)
{
    group_plan_free(planned->plan);
    arena_free(planned->arena);
    fixture_done(&planned->fixture);
}

/* Each set as the line it is on, with its partners' lines behind a '=', and a '/' behind each group. */
static char *show(const struct group_plan *plan)
{
    struct buf text;

    buf_init(&text, FIXTURE_TEXT_MAX);
    for (size_t i = 0; i < plan->count; i++) {
        const struct group *group = &plan->groups[i];
        for (uint32_t j = 0; j < group->sets_count; j++) {
            buf_printf(&text, " %u", group->sets[j].members[0]->place.line);
            for (uint32_t k = 0; k < group->partners_count; k++) {
                const struct group_set *partners = group->partners[k]->sets;
                uint32_t partner = group->sets[j].partner_sets[k];
                buf_printf(&text, "=%u", partners[partner].members[0]->place.line);
            }
        }
        buf_add_string(&text, " /");
    }
    char *shown = strdup(buf_string(&text));
    buf_done(&text);
    return shown;
}

static void test_partners(void **state)
{
    static const struct {
        const char *what;
        struct line lines[LINES_MAX];
        const char *partners;
    } rows[] = {
            {"in another order",
             {
                            {www, RR_A, "@weighted 1 set=a couple=web"},
                            {www, RR_A, "@weighted 2 set=b couple=web"},
                            {www, RR_A, "@weighted 3 set=c couple=web"},
                            {www, RR_AAAA, "@weighted 3 set=c couple=web"},
                            {www, RR_AAAA, "@weighted 1 set=a couple=web"},
                            {www, RR_AAAA, "@weighted 2 set=b couple=web"},
                    }, " 1=5 2=6 3=4 / 4=3 5=1 6=2 /"              },
            {"three groups, sets of several lines",
             {
                            {www, RR_A, "@multivalue set=b couple=web,any"},
                            {www, RR_A, "@multivalue set=a couple=web,any"},
                            {www, RR_A, "@multivalue set=b couple=web,any"},
                            {www, RR_MX, "@multivalue set=a couple=web,any"},
                            {www, RR_MX, "@multivalue set=b couple=web,any"},
                            {www, RR_AAAA, "@multivalue set=a couple=web,any"},
                            {www, RR_AAAA, "@multivalue set=b couple=web,any"},
                    }, " 1=5=7 2=4=6 / 4=2=6 5=1=7 / 6=2=4 7=1=5 /"},
            {"two couples, each of its owner",
             {
                            {api, RR_A, "@simple couple=web"},
                            {api, RR_AAAA, "@simple couple=web"},
                            {www, RR_A, "@simple couple=web"},
                            {www, RR_AAAA, "@simple couple=web"},
                    }, " 1=2 / 2=1 / 3=4 / 4=3 /"                  },
            {"two couples of one owner",
             {
                            {www, RR_A, "@simple couple=web"},
                            {www, RR_MX, "@simple couple=other"},
                            {www, RR_TXT, "@simple couple=other"},
                            {www, RR_AAAA, "@simple couple=web"},
                    }, " 1=4 / 2=3 / 3=2 / 4=1 /"                  },
            {"by rank",
             {
                            {www, RR_A, "@failover secondary couple=web"},
                            {www, RR_A, "@failover primary check=www-eu couple=web"},
                            {www, RR_AAAA, "@failover primary check=www-us couple=web"},
                            {www, RR_AAAA, "@failover secondary couple=web"},
                    }, " 2=3 1=4 / 3=2 4=1 /"                      },
            {"by location",
             {
                            {www, RR_A, "@geo country=US subdivision=CA couple=web"},
                            {www, RR_A, "@geo default couple=web"},
                            {www, RR_AAAA, "@geo default couple=web"},
                            {www, RR_AAAA, "@geo country=us subdivision=ca couple=web"},
                    }, " 1=4 2=3 / 3=2 4=1 /"                      },
            {"by point",
             {
                            {www, RR_A, "@geoproximity at=48.85,2.35 bias=5 couple=web"},
                            {www, RR_AAAA, "@geoproximity at=48.850,2.350 bias=+5 couple=web"},
                    }, " 1=2 / 2=1 /"                              },
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct planned planned;
        plan(&planned, rows[i].lines);
        char *seen = show(planned.plan);
        char *faults = fixture_faults(planned.fixture.diag);
        if (diag_errors(planned.fixture.diag) > 0 || strcmp(seen, rows[i].partners) != 0)
            fail_msg("%s:%s\n%s", rows[i].what, seen, faults);
        free(faults);
        free(seen);
        planned_done(&planned);
    }
}

static void test_alone(void **state)
{
    static const struct line rows[] = {
            {www,  RR_A,    "@simple couple=web"},
            {www,  RR_AAAA, "@simple couple=wbe"},
            {NULL, 0,       NULL                },
    };
    struct planned planned;
    (void)state;
    plan(&planned, rows);
    char *faults = fixture_faults(planned.fixture.diag);
    assert_string_equal(faults, "2:16: warning: the couple \"wbe\" is one group alone\n"
                                "1:16: warning: the couple \"web\" is one group alone\n");
    for (size_t i = 0; i < planned.plan->count; i++)
        assert_int_equal(planned.plan->groups[i].partners_count, 0);
    free(faults);
    planned_done(&planned);
}

/* What a partner's alias leads to is compiled before: a set's health hangs on it. */
static void test_order(void **state)
{
    static const struct line rows[] = {
            {www,  RR_A,    "@simple couple=web"          },
            {www,  RR_AAAA, "@simple alias=xen couple=web"},
            {xen,  RR_AAAA, "@simple check=www-eu"        },
            {NULL, 0,       NULL                          },
    };
    struct planned planned;
    (void)state;
    plan(&planned, rows);
    assert_int_equal(diag_kept(planned.fixture.diag), 0);
    assert_int_equal(planned.plan->ordered, 3);
    assert_int_equal(planned.lines.records[planned.plan->order[0]->first].place.line, 3);
    planned_done(&planned);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_partners),
            cmocka_unit_test(test_alone),
            cmocka_unit_test(test_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
