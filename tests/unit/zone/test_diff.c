/* test_diff.c -- src/zone/diff.c: two versions side by side. */
#include "test.h"

#include "dns/text.h"
#include "zone/diff.h"
#include "zone/fixture.h"

#define HEAD FIXTURE_HEAD
#define APEX "=example. =NS =SOA "

/* What the walk gives: each owner with '-', '+', '=' (the same data) or '~', and so its RRsets. */
static void describe(const struct zone_diff_owner *owner, struct buf *ret)
{
    const struct node *node = owner->old != NULL ? owner->old : owner->new;
    struct zone_diff_place at = {0};
    struct zone_diff_rrset rrset;
    char name[NAME_TEXT_MAX];
    char type[TEXT_TYPE_MAX];

    buf_printf(ret, "%c%s ",
            owner->new == NULL   ? '-'
            : owner->old == NULL ? '+'
                                 : '=',
            name_to_text(node->name, name));
    while (zone_diff_next_rrset(owner, &at, &rrset)) {
        const struct rrset *any = rrset.old != NULL ? rrset.old : rrset.new;
        char sign = rrset.new == NULL ? '-' : '+';
        if (rrset.old != NULL && rrset.new != NULL)
            sign = zone_diff_is_same_data(rrset.old, rrset.new) ? '=' : '~';
        buf_printf(ret, "%c%s ", sign, text_type_format(any->type, type));
    }
}

static void check_walk(
        const char *what, const struct zone *old, const struct zone *new, const char *want)
{
    struct zone_diff_owner owner;
    struct zone_diff diff;
    struct buf text;

    buf_init(&text, 4096);
    zone_diff_start(&diff, old, new);
    while (zone_diff_next(&diff, &owner))
        describe(&owner, &text);
    assert_false(zone_diff_next(&diff, &owner));
    if (strcmp(buf_string(&text), want) != 0)
        fail_msg("%s: %s", what, buf_string(&text));
    buf_done(&text);
}

static void owners_and_rrsets_are_paired(void **state)
{
    (void)state;
    static const struct {
        const char *what;
        const char *old;
        const char *new;
        const char *want;
    } rows[] = {
            {"the same",                          HEAD,                                  HEAD,                              APEX "=ns.example. =A "               },
            {"an owner comes",                    HEAD,                                  HEAD "a A 192.0.2.1\n",
             APEX "+a.example. +A =ns.example. =A "                                                                                                               },
            {"the last one goes",                 HEAD "zz A 192.0.2.1\n",               HEAD,
             APEX "=ns.example. =A -zz.example. -A "                                                                                                              },
            {"another address",                   HEAD "a A 192.0.2.1\n",                HEAD "a A 192.0.2.2\n",
             APEX "=a.example. ~A =ns.example. =A "                                                                                                               },
            {"another TTL",                       HEAD "a 1 A 192.0.2.1\n",              HEAD "a 2 A 192.0.2.1\n",
             APEX "=a.example. ~A =ns.example. =A "                                                                                                               },
            {"the order of lines",                HEAD "a A 192.0.2.1\na A 192.0.2.2\n",
             HEAD "a A 192.0.2.2\na A 192.0.2.1\n",                                                                         APEX "=a.example. =A =ns.example. =A "},
            {"the case of an owner",              HEAD "a A 192.0.2.1\n",                HEAD "A A 192.0.2.1\n",
             APEX "=a.example. =A =ns.example. =A "                                                                                                               },
            {"types come and go",                 HEAD "a A 192.0.2.1\na MX 1 ns\n",     HEAD "a TXT x\na MX 2 ns\n",
             APEX "=a.example. -A ~MX +TXT =ns.example. =A "                                                                                                      },
            {"empty non-terminals are no owners", HEAD "a.b A 192.0.2.1\n",
             HEAD "c.b A 192.0.2.1\n",
             APEX "-a.b.example. -A +c.b.example. +A =ns.example. =A "                                                                                            },
            {"one becomes an owner",              HEAD "a.b A 192.0.2.1\n",              HEAD "a.b A 192.0.2.1\nb TXT x\n",
             APEX "+b.example. +TXT =a.b.example. =A =ns.example. =A "                                                                                            },
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct fixture fixture;
        fixture_init(&fixture);
        struct zone *old = fixture_load_good(&fixture, "example.", rows[i].old);
        struct zone *new = fixture_load_good(&fixture, "example.", rows[i].new);
        check_walk(rows[i].what, old, new, rows[i].want);
        zone_unref(old);
        zone_unref(new);
        fixture_done(&fixture);
    }
}

static void a_side_may_be_missing(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_init(&fixture);
    struct zone *zone = fixture_load_good(&fixture, "example.", HEAD);
    struct zone *faulty = zone_new_faulty(zone->apex);

    check_walk("comes", NULL, zone, "+example. +NS +SOA +ns.example. +A ");
    check_walk("goes", zone, NULL, "-example. -NS -SOA -ns.example. -A ");
    check_walk("was faulty", faulty, zone, "+example. +NS +SOA +ns.example. +A ");
    check_walk("nothing at all", NULL, faulty, "");
    zone_unref(faulty);
    zone_unref(zone);
    fixture_done(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(owners_and_rrsets_are_paired),
            cmocka_unit_test(a_side_may_be_missing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
