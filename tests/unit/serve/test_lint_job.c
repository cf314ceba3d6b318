/* test_lint_job.c -- a lint on request, and each failure it tells confirmed by an explanation of the answer that
 * is then given.
 */
#include "test.h"

#include <errno.h>
#include <jansson.h>
#include <uv.h>

#include "base/err.h"
#include "lint/random_zone.h"
#include "lint/world.h"
#include "route/route.h"
#include "serve/explain.h"
#include "serve/lint_job.h"
#include "zone/atlas.h"

#define ZONES      40U
#define ANSWER_MAX (4U << 20)

struct asked {
    uint32_t answers;
    uint32_t id;
    int status;
    json_t *root;
};

struct bench {
    struct world world;
    uv_loop_t loop;
    struct lint_job *job;
    struct asked asked;
};

static void on_linted(void *context, uint32_t id, int status, struct buf *text)
{
    struct asked *asked = context;

    asked->answers++;
    asked->id = id;
    asked->status = status;
    json_decref(asked->root);
    asked->root = json_loadb(text->data, text->length, 0, NULL);
    assert_true(json_is_object(asked->root));
}

static void bench_init(struct bench *bench, const char *zone)
{
    memset(bench, 0, sizeof(*bench));
    world_init(&bench->world);
    fixture_add_atlas(&bench->world.fixture);
    world_load(&bench->world, zone);
    assert_int_equal(uv_loop_init(&bench->loop), 0);
    const struct lint_job_settings settings = {
            .loop = &bench->loop,
            .health = bench->world.fixture.table,
            .slow_s = LINT_SLOW_S,
            .handler = on_linted,
            .context = &bench->asked,
    };
    bench->job = lint_job_new(&settings);
}

static void bench_done(struct bench *bench)
{
    uv_run(&bench->loop, UV_RUN_DEFAULT);
    lint_job_free(bench->job);
    assert_int_equal(uv_loop_close(&bench->loop), 0);
    json_decref(bench->asked.root);
    world_done(&bench->world);
}

static int start(struct bench *bench, const char *words, uint32_t id, const char *error_part)
{
    struct buf text;

    buf_init(&text, ANSWER_MAX);
    int error = lint_job_start(bench->job, bench->world.zones, words, id, &text);
    if (error != 0 && strstr(buf_string(&text), error_part) == NULL)
        fail_msg("%s: %s", words, buf_string(&text));
    buf_done(&text);
    return error;
}

#define SITE                                                                                       \
    "w A 192.0.2.1 ; @failover primary check=a\nw A 192.0.2.2 ; @failover secondary check=a\n"

static void what_is_asked_for(void **state)
{
    (void)state;
    static const struct {
        const char *words;
        int error;
        const char *part; /* of the refusal */
        int status;
    } rows[] = {
            {"",              0,          "",                                   ERR_FAULTY},
            {" example.com",  0,          "",                                   ERR_FAULTY},
            {" EXAMPLE.com.", 0,          "",                                   ERR_FAULTY},
            {" exmaple.com",  -ENOENT,
             "no zone \\\"exmaple.com\\\"; did you mean \\\"example.com.\\\"?", 0         },
            {" a..b",         ERR_SYNTAX, "\\\"a..b\\\" is no name",            0         },
            {" a b",          -ENOENT,    "no zone \\\"a b\\\"",                0         },
    };
    struct bench bench;

    bench_init(&bench, SITE);
    for (uint32_t i = 0; i < COUNT(rows); i++) {
        uint32_t answers = bench.asked.answers;
        int error = start(&bench, rows[i].words, 7 + i, rows[i].part);
        if (error != rows[i].error)
            fail_msg("\"%s\": %d", rows[i].words, error);
        uv_run(&bench.loop, UV_RUN_DEFAULT);
        assert_int_equal(bench.asked.answers, answers + (error == 0));
        if (error != 0)
            continue;
        assert_int_equal(bench.asked.id, 7 + i);
        assert_int_equal(bench.asked.status, rows[i].status);
    }
    bench_done(&bench);
}

static void notes_are_no_fault(void **state)
{
    (void)state;
    struct bench bench;

    bench_init(&bench, "w A 192.0.2.1 ; @simple check=a\n");
    assert_int_equal(start(&bench, "", 1, ""), 0);
    uv_run(&bench.loop, UV_RUN_DEFAULT);
    assert_int_equal(bench.asked.status, 0);
    assert_int_equal(json_array_size(json_object_get(bench.asked.root, "findings")), WORLD_CHECKS);
    bench_done(&bench);
}

static void one_at_a_time(void **state)
{
    (void)state;
    struct bench bench;

    bench_init(&bench, SITE);
    assert_int_equal(start(&bench, "", 1, ""), 0);
    assert_int_equal(start(&bench, "", 2, "another lint runs"), -EBUSY);
    uv_run(&bench.loop, UV_RUN_DEFAULT);
    assert_int_equal(bench.asked.answers, 1);
    assert_int_equal(start(&bench, "", 3, ""), 0);
    uv_run(&bench.loop, UV_RUN_DEFAULT);
    assert_int_equal(bench.asked.id, 3);
    bench_done(&bench);
}

/* It holds its zones itself, and says nothing once it is stopped. */
static void zones_may_go_and_so_may_who_asked(void **state)
{
    (void)state;
    struct bench bench;

    bench_init(&bench, SITE);
    assert_int_equal(start(&bench, "", 1, ""), 0);
    zone_set_free(bench.world.zones);
    bench.world.zones = NULL;
    lint_job_stop(bench.job);
    uv_run(&bench.loop, UV_RUN_DEFAULT);
    assert_int_equal(bench.asked.answers, 0);
    bench_done(&bench);
}

/* ------------------------------------------------------------------ confirming */

/* Whether some answer of a group, as an explanation tells it, fails open. */
static bool is_open(const json_t *group)
{
    const json_t *sets = json_object_get(group, "sets");
    bool open = json_is_true(json_object_get(group, "fail_open"));

    for (size_t i = 0; i < json_array_size(sets); i++) {
        const json_t *set = json_array_get(sets, i);
        if (json_real_value(json_object_get(set, "probability")) > 0)
            open |= is_open(json_object_get(set, "target"));
    }
    return open;
}

static json_t *explain(struct bench *bench, const char *words)
{
    static const uint8_t secret[ROUTE_SECRET_BYTES] = {0};
    const struct explain_sources sources = {
            .zones = bench->world.zones, .health = bench->world.fixture.table, .secret = secret};
    struct buf text;

    buf_init(&text, ANSWER_MAX);
    if (explain_answer(&sources, words, &text) != 0)
        fail_msg("%s: %s", words, buf_string(&text));
    json_t *root = json_loadb(text.data, text.length, 0, NULL);
    assert_non_null(root);
    buf_done(&text);
    return root;
}

/* What a client of one failure would get. */
static void confirm(struct bench *bench, const json_t *finding, const json_t *failure)
{
    const json_t *checks = json_object_get(failure, "checks");
    const json_t *client = json_object_get(failure, "client");
    bool sticky = json_real_value(json_object_get(failure, "share")) < 1;
    struct buf words;

    buf_init(&words, ANSWER_MAX);
    buf_printf(&words, "%s %s", json_string_value(json_object_get(finding, "name")),
            json_string_value(json_object_get(finding, "type")));
    if (json_is_string(client))
        buf_printf(&words, " client=%s", json_string_value(client));
    for (size_t i = 0; i < json_array_size(checks); i++)
        buf_printf(&words, " assume=%s=down", json_string_value(json_array_get(checks, i)));
    json_t *root = explain(bench, buf_string(&words));
    /* Of sticky draws the explanation has that of this client, which may be another. */
    if (!is_open(json_object_get(root, "decision")) && !sticky)
        fail_msg("%s does not fail open", buf_string(&words));
    json_decref(root);
    buf_done(&words);
}

static uint32_t confirm_all(struct bench *bench)
{
    const json_t *findings = json_object_get(bench->asked.root, "findings");
    uint32_t count = 0;

    for (size_t i = 0; i < json_array_size(findings); i++) {
        const json_t *finding = json_array_get(findings, i);
        const json_t *failures = json_object_get(finding, "failures");
        if (strcmp(json_string_value(json_object_get(finding, "code")), "FAIL_OPEN") != 0)
            continue;
        for (size_t j = 0; j < json_array_size(failures); j++, count++)
            confirm(bench, finding, json_array_get(failures, j));
    }
    return count;
}

static void explanations_confirm_each_failure(void **state)
{
    (void)state;
    uint32_t confirmed = 0;

    for (uint64_t seed = 1; seed <= ZONES; seed++) {
        struct bench bench;
        char *zone = random_zone_text(seed);
        bench_init(&bench, zone);
        assert_int_equal(start(&bench, "", 1, ""), 0);
        uv_run(&bench.loop, UV_RUN_DEFAULT);
        confirmed += confirm_all(&bench);
        bench_done(&bench);
        free(zone);
    }
    assert_true(confirmed > 5 * ZONES);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(what_is_asked_for),
            cmocka_unit_test(notes_are_no_fault),
            cmocka_unit_test(one_at_a_time),
            cmocka_unit_test(zones_may_go_and_so_may_who_asked),
            cmocka_unit_test(explanations_confirm_each_failure),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
