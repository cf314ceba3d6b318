/* test_diff.c -- src/serve/diff.c: two versions of a zone, and what people are told of it. */
#include "test.h"

#include "admin/show.h"
#include "base/err.h"
#include "serve/diff.h"
#include "zone/fixture.h"

#define HEAD FIXTURE_HEAD
#define NEW_HEAD                                                                                   \
    "$TTL 60\n"                                                                                    \
    "@    IN SOA ns hostmaster 8 7200 900 1209600 30\n"                                            \
    "     IN NS  ns\n"                                                                             \
    "ns   IN A   192.0.2.53\n"
#define ZONE "zone example.: serial 7 -> 8; names: "
#define SOA                                                                                        \
    "-example. 60 IN SOA ns.example. hostmaster.example. 7 7200 900 1209600 30\n"                  \
    "+example. 60 IN SOA ns.example. hostmaster.example. 8 7200 900 1209600 30\n"
#define TEXT_MAX (16U << 20)

#define PAIR                                                                                       \
    "www A 192.0.2.10 ; @failover primary check=www-eu\n"                                          \
    "www A 192.0.2.20 ; @failover secondary\n"

/* ------------------------------------------------------------------ two versions */

struct versions {
    struct fixture fixture;
    struct zone_set *old, *new;
    struct zone_load_row row;
    struct zone_load_report report;
    struct diff_sources sources;
};

static struct zone_set *set_of(struct fixture *fixture, const char *text)
{
    struct zone *zone = text != NULL ? fixture_load_good(fixture, "example.", text) : NULL;
    return zone_set_new(&zone, zone != NULL);
}

static void versions_init(struct versions *versions, const char *old, const char *new)
{
    static char path[] = "example.zone";

    fixture_init(&versions->fixture);
    versions->old = set_of(&versions->fixture, old);
    versions->new = set_of(&versions->fixture, new);
    versions->row = (struct zone_load_row){
            .path = path, .outcome = new != NULL ? ZONE_LOADED : ZONE_REMOVED, .records = 4};
    name_copy((const uint8_t *)"\7example", &versions->row.origin);
    versions->report =
            (struct zone_load_report){.rows = &versions->row, .count = 1, .served = new != NULL};
    versions->sources = (struct diff_sources){
            .old = versions->old,
            .new = versions->new,
            .report = &versions->report,
            .diag = versions->fixture.diag,
            .health = versions->fixture.table,
    };
}

static void versions_done(struct versions *versions)
{
    zone_set_free(versions->old);
    zone_set_free(versions->new);
    fixture_done(&versions->fixture);
}

static void set_down(struct versions *versions, const char *id)
{
    uint32_t slot = health_ids_find(versions->fixture.ids, id);
    const struct health_verdict down = {.state = HEALTH_DOWN};
    assert_int_not_equal(slot, HEALTH_SLOT_NONE);
    health_table_put(versions->fixture.table, slot, down);
}

/* The document as people see it; `json` gets it as it is. */
static int show(const struct versions *versions, struct buf *json, struct buf *text)
{
    struct buf body;

    buf_init(&body, TEXT_MAX);
    buf_init(json, TEXT_MAX);
    buf_init(text, TEXT_MAX);
    int status = diff_print(&versions->sources, json);
    assert_false(json->cut);
    buf_printf(&body, "{\"checks\":null,\"zones\":%s,\"notes\":[]}", buf_string(json));
    assert_int_equal(show_reply("diff", buf_string(&body), body.length, text), 0);
    buf_done(&body);
    return status;
}

struct row {
    const char *what;
    const char *old, *new;
    const char *down; /* a check, or NULL */
    int status;
    const char *text;
};

static void check_row(const struct row *row)
{
    struct versions versions;
    struct buf json, text;

    versions_init(&versions, row->old, row->new);
    if (row->down != NULL)
        set_down(&versions, row->down);
    int status = show(&versions, &json, &text);
    if (status != row->status || strcmp(buf_string(&text), row->text) != 0)
        fail_msg("%s: %d\n%s", row->what, status, buf_string(&text));
    buf_done(&json);
    buf_done(&text);
    versions_done(&versions);
}

/* ------------------------------------------------------------------ rows */

static const struct row rows[] = {
        {"the same",                                         HEAD PAIR,                                                                     HEAD PAIR,              NULL,     0,             ""                                     },
        {"lines in another order, and other line numbers",
         HEAD
                "a A 192.0.2.1 ; @multivalue check=img-1\na A 192.0.2.2 ; @multivalue\nw TXT x\n",                                          HEAD "w TXT x\n\n\na A 192.0.2.2 ; @multivalue\na A 192.0.2.1 ; @multivalue "
                     "check=img-1\n",                             NULL,     0,             ""                                     },
        {"only the serial",                                  HEAD,                                                                          NEW_HEAD,               NULL,     ERR_DIFFERENT, ZONE "1 changed\n" SOA                 },
        {"data without a serial",                            HEAD,                                                                          HEAD "a A 192.0.2.1\n", NULL,     ERR_DIFFERENT,
         "zone example.: serial 7; names: 1 added\n"
                "warning: the data changes and the serial does not, so no secondary would take it\n"
                "+a.example. 60 IN A 192.0.2.1\n"                                                                                                                                                                                   },
        {"a serial that goes back",                          NEW_HEAD,                                                                      HEAD,                   NULL,     ERR_DIFFERENT,
         "zone example.: serial 8 -> 7; names: 1 changed\n"
                "warning: the serial goes back, so no secondary would take it\n"
                "-example. 60 IN SOA ns.example. hostmaster.example. 8 7200 900 1209600 30\n"
                "+example. 60 IN SOA ns.example. hostmaster.example. 7 7200 900 1209600 30\n"                                                                                                                                       },
        {"names come and go, RRsets too",                    HEAD "a A 192.0.2.1\na TXT x\nb A 192.0.2.2\n",
         NEW_HEAD "a A 192.0.2.1\na MX 10 ns\nc 30 A 192.0.2.3\n",                                                                                                  NULL,     ERR_DIFFERENT,
         ZONE "1 added, 1 removed, 2 changed\n" SOA "+a.example. 60 IN MX 10 ns.example.\n"
                     "-a.example. 60 IN TXT \"x\"\n"
                     "-b.example. 60 IN A 192.0.2.2\n"
                     "+c.example. 30 IN A 192.0.2.3\n"                                                                                                                                                                              },
        {"one record of several, and a TTL",                 HEAD "a A 192.0.2.1\na A 192.0.2.2\nb A 192.0.2.9\n",
         NEW_HEAD "a A 192.0.2.1\na A 192.0.2.3\nb 5 A 192.0.2.9\n",                                                                                                NULL,     ERR_DIFFERENT,
         ZONE "3 changed\n" SOA "-a.example. 60 IN A 192.0.2.2\n"
                     "+a.example. 60 IN A 192.0.2.3\n"
                     "-b.example. 60 IN A 192.0.2.9\n"
                     "+b.example. 5 IN A 192.0.2.9\n"                                                                                                                                                                               },
        {"weights",                                          HEAD "a A 192.0.2.10 ; @weighted 10 set=blue\na A 192.0.2.11 ; @weighted 0\n",
         NEW_HEAD "a A 192.0.2.10 ; @weighted 90 set=blue\na A 192.0.2.11 ; @weighted 10\n",
         NULL,                                                                                                                                                                ERR_DIFFERENT,
         ZONE "2 changed\n" SOA "-a.example. 60 IN A 192.0.2.10 ; @weighted 10 set=blue\n"
                     "-a.example. 60 IN A 192.0.2.11 ; @weighted 0\n"
                     "+a.example. 60 IN A 192.0.2.10 ; @weighted 90 set=blue\n"
                     "+a.example. 60 IN A 192.0.2.11 ; @weighted 10\n"
                     " A answers: 192.0.2.10 100 % -> 192.0.2.10 90 %, 192.0.2.11 10 %\n"                                                                                                                                           },
        {"a plain RRset is routed",                          HEAD "www A 192.0.2.10\n",                                                     NEW_HEAD PAIR,          "www-eu",
         ERR_DIFFERENT,                                                                                                                                                                      ZONE "2 changed\n" SOA "-www.example. 60 IN A 192.0.2.10\n"
                     "+www.example. 60 IN A 192.0.2.10 ; @failover primary check=www-eu\n"
                     "+www.example. 60 IN A 192.0.2.20 ; @failover secondary\n"
                     " A answers: 192.0.2.10 100 % -> 192.0.2.20 100 %\n"                                                                                                                                    },
        {"another check, with the verdicts as they are",     HEAD PAIR,
         NEW_HEAD "www A 192.0.2.10 ; @failover primary check=www-us\n"
                         "www A 192.0.2.20 ; @failover secondary\n",                                                                                                "www-us", ERR_DIFFERENT,
         ZONE "2 changed\n" SOA
                     "-www.example. 60 IN A 192.0.2.10 ; @failover primary check=www-eu\n"
                     "+www.example. 60 IN A 192.0.2.10 ; @failover primary check=www-us\n"
                     " A answers: 192.0.2.10 100 % -> 192.0.2.20 100 %\n"                                                                                                                                                           },
        {"another check that says the same now",             HEAD PAIR,
         NEW_HEAD "www A 192.0.2.10 ; @failover primary check=www-us\n"
                         "www A 192.0.2.20 ; @failover secondary\n",                                                                                                NULL,     ERR_DIFFERENT,
         ZONE "2 changed\n" SOA
                     "-www.example. 60 IN A 192.0.2.10 ; @failover primary check=www-eu\n"
                     "+www.example. 60 IN A 192.0.2.10 ; @failover primary check=www-us\n"
                     " A answers: as now, with the checks as they are\n"                                                                                                                                                            },
        {"an alias is not touched, and what it leads to is",
         HEAD "@ A 192.0.2.1 ; @simple alias=b\nb A 192.0.2.1 ; @simple alias=www\n" PAIR,
         NEW_HEAD "@ A 192.0.2.1 ; @simple alias=b\nb A 192.0.2.1 ; @simple alias=www\n"
                         "www A 192.0.2.11 ; @failover primary check=www-eu\n"
                         "www A 192.0.2.20 ; @failover secondary\n",                                                                                                NULL,     ERR_DIFFERENT,
         ZONE "2 changed, 1 leading elsewhere\n" SOA
                     " A answers: 192.0.2.10 100 % -> 192.0.2.11 100 %\n"
                     " b.example. leads to what changes\n"
                     " A answers: 192.0.2.10 100 % -> 192.0.2.11 100 %\n"
                     "-www.example. 60 IN A 192.0.2.10 ; @failover primary check=www-eu\n"
                     "+www.example. 60 IN A 192.0.2.11 ; @failover primary check=www-eu\n"
                     " A answers: 192.0.2.10 100 % -> 192.0.2.11 100 %\n"                                                                                                                                                           },
        {"an alias that is answered as now is only counted",
         HEAD "a A 192.0.2.1 ; @simple alias=www\n" PAIR,
         NEW_HEAD "a A 192.0.2.1 ; @simple alias=www\n"
                         "www A 192.0.2.10 ; @failover primary check=www-us\n"
                         "www A 192.0.2.20 ; @failover secondary\n",                                                                                                NULL,     ERR_DIFFERENT,
         ZONE "2 changed, 1 leading elsewhere\n" SOA
                     "-www.example. 60 IN A 192.0.2.10 ; @failover primary check=www-eu\n"
                     "+www.example. 60 IN A 192.0.2.10 ; @failover primary check=www-us\n"
                     " A answers: as now, with the checks as they are\n"                                                                                                                                                            },
        {"an alias to a plain RRset whose TTL changes",      HEAD "a A 192.0.2.9 ; @simple alias=ns\n",
         "$TTL 60\n@ SOA ns hostmaster 8 7200 900 1209600 30\n NS ns\nns 5 A 192.0.2.53\n"
                "a A 192.0.2.9 ; @simple alias=ns\n",                                                                                                               NULL,     ERR_DIFFERENT,
         ZONE "2 changed, 1 leading elsewhere\n" SOA " a.example. leads to what changes\n"
                     " A answers: 192.0.2.53 ttl 60 100 % -> 192.0.2.53 ttl 5 100 %\n"
                     "-ns.example. 60 IN A 192.0.2.53\n"
                     "+ns.example. 5 IN A 192.0.2.53\n"                                                                                                                                                                             },
        {"another alias, and its own rdata",                 HEAD "a A 192.0.2.9 ; @simple alias=ns\n" PAIR,
         NEW_HEAD "a A 192.0.2.8 ; @simple alias=www evaluate=no\n" PAIR,                                                                                           NULL,
         ERR_DIFFERENT,                                                                                                                                                                      ZONE "2 changed\n" SOA "-a.example. IN A ; @simple alias=ns.example.\n"
                     "-a.example. 60 IN A 192.0.2.9 ; (the rdata of an alias)\n"
                     "+a.example. IN A ; @simple alias=www.example. evaluate=no\n"
                     "+a.example. 60 IN A 192.0.2.8 ; (the rdata of an alias)\n"
                     " A answers: 192.0.2.53 100 % -> 192.0.2.10 100 %\n"                                                                                                                                    },
        {"only the rdata of an alias",                       HEAD "a A 192.0.2.9 ; @simple alias=ns\n",
         NEW_HEAD "a A 192.0.2.8 ; @simple alias=ns\n",                                                                                                             NULL,     ERR_DIFFERENT,
         ZONE "2 changed\n" SOA "-a.example. 60 IN A 192.0.2.9 ; (the rdata of an alias)\n"
                     "+a.example. 60 IN A 192.0.2.8 ; (the rdata of an alias)\n"
                     " A answers: as now, with the checks as they are\n"                                                                                                                                                            },
        {"multivalue, two records in a set",
         HEAD "a A 192.0.2.1 ; @multivalue set=x\na A 192.0.2.2 ; @multivalue set=x\n",
         NEW_HEAD "a A 192.0.2.1 ; @multivalue set=x\na A 192.0.2.2 ; @multivalue set=x\n"
                         "a A 192.0.2.3 ; @multivalue\n",                                                                                                           NULL,     ERR_DIFFERENT,
         ZONE "2 changed\n" SOA "+a.example. 60 IN A 192.0.2.3 ; @multivalue\n"
                     " A answers: 192.0.2.1+192.0.2.2 100 % -> 192.0.2.1+192.0.2.2 100 %, "
                     "192.0.2.3 100 %\n"                                                                                                                                                                                            },
        {"a name steps out of a wildcard",                   HEAD "*.w A 192.0.2.1 ; @simple check=www-eu\n",
         NEW_HEAD "*.w A 192.0.2.1 ; @simple check=www-eu\nx.w A 192.0.2.2\n",                                                                                      NULL,
         ERR_DIFFERENT,                                                                                                                                                                      ZONE "1 added, 1 changed\n" SOA "+x.w.example. 60 IN A 192.0.2.2\n"
                     " A answers: 192.0.2.1 100 % -> 192.0.2.2 100 %\n"                                                                                                                                      },
        {"a routed name goes",                               HEAD PAIR,                                                                     NEW_HEAD,               NULL,     ERR_DIFFERENT,
         ZONE "1 removed, 1 changed\n" SOA
                     "-www.example. 60 IN A 192.0.2.10 ; @failover primary check=www-eu\n"
                     "-www.example. 60 IN A 192.0.2.20 ; @failover secondary\n"
                     " A answers: 192.0.2.10 100 % -> nothing\n"                                                                                                                                                                    },
        {"names come to lie below a delegation",             HEAD "x.sub A 192.0.2.1 ; @simple check=www-eu\n",
         NEW_HEAD "sub NS ns\nx.sub A 192.0.2.1 ; @simple check=www-eu\n",                                                                                          NULL,
         ERR_DIFFERENT,                                                                                                                                                                      ZONE "1 added, 1 changed, 1 leading elsewhere\n" SOA
                     "+sub.example. 60 IN NS ns.example.\n"
                     " x.sub.example. would be hidden by a delegation or DNAME above it\n"
                     " A answers: 192.0.2.1 100 % -> nothing\n"                                                                                                                                              },
        {"a zone comes",                                     NULL,                                                                          HEAD,                   NULL,     ERR_DIFFERENT, "+zone example.: serial 7, 4 records\n"},
        {"a zone goes",                                      HEAD,                                                                          NULL,                   NULL,     ERR_DIFFERENT, "-zone example.: serial 7, 4 records\n"},
};

static void every_change_is_told(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        check_row(&rows[i]);
}

/* ------------------------------------------------------------------ faults and checks */

static void a_faulty_zone_would_stay(void **state)
{
    struct versions versions;
    struct buf json, text;
    (void)state;

    versions_init(&versions, HEAD PAIR, HEAD PAIR);
    const struct health_ids_change changes[] = {
            {"www-eu", false},
            {"img-1",  false},
            {"new",    true }
    };
    versions.sources.changes = changes;
    versions.sources.changes_count = COUNT(changes);
    versions.row.outcome = ZONE_KEPT;
    versions.report.failed = 1;
    diag_error(versions.fixture.diag, (struct diag_place){"example.zone", 5, 3}, "no such thing");
    assert_int_equal(show(&versions, &json, &text), ERR_FAULTY);
    assert_string_equal(buf_string(&text), "check www-eu: would still be probed, since the zone "
                                           "example. stays as it is and names it\n"
                                           "example.zone:5:3: error: no such thing\n"
                                           "zone example.: faulty, serial 7 would stay in force\n");
    buf_done(&json);
    buf_done(&text);

    versions.row.outcome = ZONE_FAULTY;
    versions.sources.changes_count = 0;
    assert_int_equal(show(&versions, &json, &text), ERR_FAULTY);
    assert_non_null(strstr(buf_string(&text), "zone example.: faulty, would answer SERVFAIL\n"));
    buf_done(&json);
    buf_done(&text);
    versions_done(&versions);
}

static void without_sources_nothing_is_compared(void **state)
{
    struct versions versions;
    struct buf json, text;
    (void)state;

    versions_init(&versions, HEAD, HEAD);
    versions.sources.new = NULL;
    versions.sources.report = NULL;
    diag_error(versions.fixture.diag, (struct diag_place){"zones", 0, 0}, "cannot be read");
    assert_int_equal(show(&versions, &json, &text), ERR_FAULTY);
    assert_string_equal(buf_string(&text), "zones: error: cannot be read\n");
    buf_done(&json);
    buf_done(&text);
    versions_done(&versions);
}

/* A zone that answered SERVFAIL comes back. */
static void a_mended_zone_is_new(void **state)
{
    struct versions versions;
    struct buf json, text;
    (void)state;

    versions_init(&versions, NULL, HEAD);
    zone_set_free(versions.old);
    struct zone *faulty = zone_new_faulty((const uint8_t *)"\7example");
    versions.old = zone_set_new(&faulty, 1);
    versions.sources.old = versions.old;
    assert_int_equal(show(&versions, &json, &text), ERR_DIFFERENT);
    assert_string_equal(buf_string(&text), "+zone example.: serial 7, 4 records\n");
    buf_done(&json);
    buf_done(&text);
    versions_done(&versions);
}

/* ------------------------------------------------------------------ bounds */

/* A zone of many names, each with an address of its own. */
static char *many_names(uint32_t count, uint32_t subnet)
{
    struct buf text;

    buf_init(&text, TEXT_MAX);
    buf_add_string(&text, HEAD);
    for (uint32_t i = 0; i < count; i++)
        buf_printf(&text, "h%u A 10.%u.%u.%u\n", i, subnet, i / 256, i % 256);
    char *copy = strdup(buf_string(&text));
    buf_done(&text);
    return copy;
}

static size_t count_of(const char *text, const char *part)
{
    size_t count = 0;
    for (const char *at = text; (at = strstr(at, part)) != NULL; at++)
        count++;
    return count;
}

static void what_is_told_is_bounded_and_the_rest_counted(void **state)
{
    struct versions versions;
    struct buf json, text;
    (void)state;

    char *old = many_names(3 * DIFF_NAMES_MAX, 1);
    char *new = many_names(3 * DIFF_NAMES_MAX, 2);
    versions_init(&versions, old, new);
    assert_int_equal(show(&versions, &json, &text), ERR_DIFFERENT);
    assert_non_null(strstr(buf_string(&text), "zone example.: serial 7; names: 3000 changed\n"));
    assert_non_null(strstr(buf_string(&text), "... and 2000 more names\n"));
    assert_int_equal(count_of(buf_string(&json), "\"name\""), DIFF_NAMES_MAX);
    buf_done(&json);
    buf_done(&text);
    versions_done(&versions);
    free(old);
    free(new);
}

/* Many names that lead to one which changes take no place from it, though they come first. */
static void names_that_lead_elsewhere_are_bounded_apart(void **state)
{
    static const struct {
        const char *weight;
        size_t told;
        const char *more;
    } bounds[] = {
            {"3", DIFF_NAMES_MAX, "... and 24000 more names\n"}, /* answered otherwise */
            {"0", 0,              "... and 5000 more names\n" }, /* nobody has looked at the last ones */
    };
    (void)state;
    for (size_t i = 0; i < COUNT(bounds); i++) {
        struct versions versions;
        struct buf old, new, json, text;
        buf_init(&old, TEXT_MAX);
        buf_init(&new, TEXT_MAX);
        buf_add_string(&old, HEAD);
        for (uint32_t j = 0; j < DIFF_ASKED_MAX + 5000; j++)
            buf_printf(&old, "a%u A 192.0.2.1 ; @simple alias=zz\n", j);
        buf_add(&new, old.data, old.length);
        buf_add_string(&old, "zz A 192.0.2.7 ; @weighted 1\nzz A 192.0.2.8 ; @weighted 0\n");
        buf_printf(&new, "zz A 192.0.2.7 ; @weighted 2\nzz A 192.0.2.8 ; @weighted %s\n",
                bounds[i].weight);
        versions_init(&versions, buf_string(&old), buf_string(&new));
        assert_int_equal(show(&versions, &json, &text), ERR_DIFFERENT);
        assert_non_null(strstr(buf_string(&text), "names: 1 changed, 25000 leading elsewhere\n"));
        assert_non_null(
                strstr(buf_string(&text), "+zz.example. 60 IN A 192.0.2.7 ; @weighted 2\n"));
        assert_int_equal(count_of(buf_string(&text), " leads to what changes\n"), bounds[i].told);
        if (strstr(buf_string(&text), bounds[i].more) == NULL)
            fail_msg("%s", buf_string(&text) + text.length - 200);
        buf_done(&json);
        buf_done(&text);
        buf_done(&old);
        buf_done(&new);
        versions_done(&versions);
    }
}

/* Each RRset is nearly as large as one may be, so that the text is used up long before the names are. */
static void large_records_are_bounded(void **state)
{
    struct versions versions;
    struct buf json, text, zone;
    (void)state;

    buf_init(&zone, TEXT_MAX);
    buf_add_string(&zone, HEAD);
    for (uint32_t i = 0; i < 80; i++)
        for (uint32_t j = 0; j < 200; j++)
            buf_printf(&zone, "t%u TXT \"%u %0250u\"\n", i, i, j);
    assert_false(zone.cut);
    versions_init(&versions, HEAD, buf_string(&zone));
    assert_int_equal(show(&versions, &json, &text), ERR_DIFFERENT);
    assert_true(json.length > DIFF_DETAIL_MAX / 2 && json.length < 3 * DIFF_DETAIL_MAX);
    assert_non_null(strstr(buf_string(&text), "more lines\n"));
    assert_non_null(strstr(buf_string(&text), "more names\n"));
    buf_done(&json);
    buf_done(&text);
    buf_done(&zone);
    versions_done(&versions);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(every_change_is_told),
            cmocka_unit_test(a_faulty_zone_would_stay),
            cmocka_unit_test(without_sources_nothing_is_compared),
            cmocka_unit_test(a_mended_zone_is_new),
            cmocka_unit_test(what_is_told_is_bounded_and_the_rest_counted),
            cmocka_unit_test(names_that_lead_elsewhere_are_bounded_apart),
            cmocka_unit_test(large_records_are_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
