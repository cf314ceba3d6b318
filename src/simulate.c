/* simulate.c -- see simulate.h. */
#include "simulate.h"

#include <stdio.h>

#include "admin/columns.h"
#include "admin/doc.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"
#include "config.h"
#include "dns/text.h"
#include "material.h"
#include "sim/sim.h"

#define EXIT_TROUBLE  2
#define LINE_MAX_SIZE 65536U
#define PRINT_MAX     (64U << 20)
#define ARGUMENTS_MAX 8
#define CELL_MAX      64U

/* What a run tells as it goes. */
struct story {
    struct sim *sim;
    struct doc *doc; /* NULL: lines to stdout */
};

static const char *state_word(enum health_state state)
{
    return state == HEALTH_DOWN ? "down" : "up";
}

static double seconds(uint64_t ms)
{
    return (double)ms / 1000;
}

static double percent(double part, uint64_t whole_ms)
{
    return whole_ms > 0 ? 100 * part / (double)whole_ms : 100;
}

/* ------------------------------------------------------------------ what happens */

static struct doc *new_event(uint64_t now_ms)
{
    struct doc *row = doc_new();
    doc_set_real(row, "at", seconds(now_ms));
    return row;
}

static void on_check(void *context, uint64_t now_ms, const struct sim_check *check)
{
    struct story *story = context;
    if (story->doc == NULL) {
        printf("%12.3f  check %s: %s%s\n", seconds(now_ms), check->definition->id,
                state_word(check->state),
                (check->state != HEALTH_DOWN) == check->is_well ? ""
                : check->is_well                                ? ", though it is well"
                                                                : ", though it is not");
        return;
    }
    struct doc *row = new_event(now_ms);
    doc_set_text(row, "check", check->definition->id);
    doc_set_text(row, "state", state_word(check->state));
    doc_set_bool(row, "well", check->is_well);
    doc_append(story->doc, "events", row);
}

static void on_answer(void *context, uint64_t now_ms, const struct answers_row *answer)
{
    struct story *story = context;
    char name[NAME_TEXT_MAX], type[TEXT_TYPE_MAX], client[CLIENT_TEXT_MAX];
    struct buf text;

    buf_init(&text, LINE_MAX_SIZE);
    answers_tell(sim_answers(story->sim), answer, &text);
    name_to_text(answer->name, name);
    text_type_format(answer->type, type);
    client_format(&answer->client, client);
    bool has_client = answer->client.bits > 0;
    if (story->doc == NULL) {
        printf("%12.3f  %s %s%s%s: %s%s\n", seconds(now_ms), name, type, has_client ? " for " : "",
                has_client ? client : "", buf_string(&text),
                answer->fail_open ? " (nothing healthy)" : "");
    } else {
        struct doc *row = new_event(now_ms);
        doc_set_text(row, "name", name);
        doc_set_text(row, "type", type);
        doc_set_text(row, "client", has_client ? client : NULL);
        doc_set_text(row, "answer", buf_string(&text));
        doc_set_real(row, "share", answer->share);
        doc_set_bool(row, "fail_open", answer->fail_open);
        doc_append(story->doc, "events", row);
    }
    buf_done(&text);
}

static void on_guard(void *context, uint64_t now_ms, const struct guards_event *event)
{
    static const char *const words[] = {
            [GUARDS_RAISED] = "raised", [GUARDS_PASSED] = "passed", [GUARDS_ACCEPTED] = "accepted"};
    const struct story *story = context;
    if (story->doc == NULL) {
        printf("%12.3f  guard of %s %s: %u of %u checks are down, %u may go down at once\n",
                seconds(now_ms), event->name, words[event->what], event->report.down,
                event->report.members, event->report.allowed);
        return;
    }
    struct doc *row = new_event(now_ms);
    doc_set_text(row, "guard", event->name);
    doc_set_text(row, "state", words[event->what]);
    doc_set_number(row, "down", event->report.down);
    doc_append(story->doc, "events", row);
}

static const struct {
    const char *key, *text;
} cut_words[] = {
        {"canaries-ipv4", "every IPv4 canary is silent"            },
        {"canaries-ipv6", "every IPv6 canary is silent"            },
        {"share",         "nearly every endpoint is silent at once"},
};

static void print_cut(uint64_t now_ms, uint32_t cuts)
{
    printf("%12.3f  %s", seconds(now_ms),
            cuts != 0 ? "this host may be cut off" : "no longer cut off");
    for (size_t i = 0; i < COUNT(cut_words); i++)
        if ((cuts >> i & 1) != 0)
            printf(", as %s", cut_words[i].text);
    puts("");
}

/* Each change, with all that is suspected after it. */
static void on_cut(void *context, uint64_t now_ms, uint32_t cuts)
{
    const struct story *story = context;
    if (story->doc == NULL) {
        print_cut(now_ms, cuts);
        return;
    }
    struct doc *row = new_event(now_ms);
    doc_set_array(row, "cut_off");
    for (size_t i = 0; i < COUNT(cut_words); i++)
        if ((cuts >> i & 1) != 0)
            doc_append_text(row, "cut_off", cut_words[i].key);
    doc_append(story->doc, "events", row);
}

/* ------------------------------------------------------------------ sums */

static void print_columns(struct columns *columns)
{
    struct buf text;
    buf_init(&text, PRINT_MAX);
    columns_print(columns, &text);
    printf("\n%s", buf_string(&text));
    buf_done(&text);
    columns_free(columns);
}

static void print_answers(struct sim *sim, uint64_t duration_ms)
{
    uint32_t count;
    bool cut;
    const struct answers_row *rows = answers_rows(sim_answers(sim), &count, &cut);
    struct columns *columns = columns_new(8);

    columns_add(columns, (const char *const[]){"NAME", "TYPE", "CLIENT", "AVAILABLE", "WORSE FOR",
                                 "LONGEST", "FAIL OPEN", "CHANGES"});
    for (uint32_t i = 0; i < count; i++) {
        const struct answers_row *row = &rows[i];
        char name[NAME_TEXT_MAX], type[TEXT_TYPE_MAX], client[CLIENT_TEXT_MAX] = "";
        char available[CELL_MAX], changes[CELL_MAX];
        char bad[CLOCK_TEXT_MAX], longest[CLOCK_TEXT_MAX], open[CLOCK_TEXT_MAX];
        snprintf(available, sizeof(available), "%.4f%%", percent(row->good_ms, duration_ms));
        snprintf(changes, sizeof(changes), "%u", row->changes);
        if (row->client.bits > 0)
            client_format(&row->client, client);
        columns_add(columns, (const char *const[]){name_to_text(row->name, name),
                                     text_type_format(row->type, type), client, available,
                                     clock_format_duration(row->bad_ms, bad),
                                     clock_format_duration(row->bad_longest_ms, longest),
                                     clock_format_duration(row->open_ms, open), changes});
    }
    print_columns(columns);
    if (cut)
        printf("... and more; name those you want in the timeline's \"Names\"\n");
}

static void print_checks(const struct sim *sim, size_t count)
{
    const struct sim_check *checks = sim_checks(sim);
    struct columns *columns = columns_new(5);

    columns_add(
            columns, (const char *const[]){"CHECK", "STATE", "CHANGES", "WRONG FOR", "LONGEST"});
    for (size_t i = 0; i < count; i++) {
        char changes[CELL_MAX], wrong[CLOCK_TEXT_MAX], longest[CLOCK_TEXT_MAX];
        snprintf(changes, sizeof(changes), "%u", checks[i].changes);
        columns_add(columns,
                (const char *const[]){checks[i].definition->id, state_word(checks[i].state),
                        changes, clock_format_duration(checks[i].wrong_ms, wrong),
                        clock_format_duration(checks[i].wrong_longest_ms, longest)});
    }
    print_columns(columns);
}

static void add_answers(struct sim *sim, uint64_t duration_ms, struct doc *doc)
{
    uint32_t count;
    bool cut;
    const struct answers_row *rows = answers_rows(sim_answers(sim), &count, &cut);

    doc_set_array(doc, "answers");
    for (uint32_t i = 0; i < count; i++) {
        char name[NAME_TEXT_MAX], type[TEXT_TYPE_MAX], client[CLIENT_TEXT_MAX];
        struct doc *row = doc_new();
        doc_set_text(row, "name", name_to_text(rows[i].name, name));
        doc_set_text(row, "type", text_type_format(rows[i].type, type));
        doc_set_text(row, "client",
                rows[i].client.bits > 0 ? client_format(&rows[i].client, client) : NULL);
        doc_set_real(row, "available", percent(rows[i].good_ms, duration_ms));
        doc_set_number(row, "bad_ms", rows[i].bad_ms);
        doc_set_number(row, "bad_longest_ms", rows[i].bad_longest_ms);
        doc_set_number(row, "fail_open_ms", rows[i].open_ms);
        doc_set_number(row, "empty_ms", rows[i].empty_ms);
        doc_set_number(row, "changes", rows[i].changes);
        doc_append(doc, "answers", row);
    }
    doc_set_bool(doc, "cut", cut);
}

static void add_checks(const struct sim *sim, size_t count, struct doc *doc)
{
    const struct sim_check *checks = sim_checks(sim);

    doc_set_array(doc, "checks");
    for (size_t i = 0; i < count; i++) {
        struct doc *row = doc_new();
        doc_set_text(row, "id", checks[i].definition->id);
        doc_set_text(row, "state", state_word(checks[i].state));
        doc_set_bool(row, "well", checks[i].is_well);
        doc_set_number(row, "changes", checks[i].changes);
        doc_set_number(row, "wrong_ms", checks[i].wrong_ms);
        doc_set_number(row, "wrong_longest_ms", checks[i].wrong_longest_ms);
        doc_append(doc, "checks", row);
    }
}

/* ------------------------------------------------------------------ the run */

static void print_doc(const struct doc *doc)
{
    struct buf text;
    buf_init(&text, PRINT_MAX);
    doc_print(doc, &text);
    puts(buf_string(&text));
    buf_done(&text);
}

/* Returns 0, or ERR_FAULTY with the faults in `diag`. */
static int run(const struct simulate_wishes *wishes, struct sim_settings settings, size_t checks,
        struct diag *diag)
{
    struct story story = {.doc = wishes->json ? doc_new() : NULL};
    const struct timeline *timeline = settings.timeline;
    settings.watcher = (struct sim_watcher){on_check, on_answer, on_guard, on_cut, &story};
    int error = sim_new(&settings, &story.sim, diag);
    if (error != 0) {
        doc_free(story.doc);
        return error;
    }
    if (wishes->json)
        doc_set_array(story.doc, "events");
    sim_run(story.sim);
    if (wishes->json) {
        doc_set_real(story.doc, "duration", seconds(timeline->duration_ms));
        add_answers(story.sim, timeline->duration_ms, story.doc);
        add_checks(story.sim, checks, story.doc);
        print_doc(story.doc);
    } else {
        print_answers(story.sim, timeline->duration_ms);
        print_checks(story.sim, checks);
    }
    sim_free(story.sim);
    doc_free(story.doc);
    return 0;
}

/* The daemon's configuration, by the daemon's own flags. */
static int read_config(const struct simulate_wishes *wishes, struct config **ret, struct diag *diag)
{
    char *arguments[ARGUMENTS_MAX] = {"holdfastctl"};
    int count = 1;
    bool exit_now = false;
    const struct {
        char *flag;
        const char *value;
    } flags[] = {
            {"--config", wishes->config_file},
            {"--zones",  wishes->zones_dir  },
            {"--checks", wishes->checks_dir },
    };
    for (size_t i = 0; i < COUNT(flags); i++)
        if (flags[i].value != NULL) {
            arguments[count++] = flags[i].flag;
            arguments[count++] = (char *)(uintptr_t)flags[i].value; /* getopt changes none */
        }
    return config_from_arguments(count, arguments, ret, &exit_now, diag);
}

static int load_and_run(
        const struct simulate_wishes *wishes, const struct config *config, struct diag *diag)
{
    struct material material;
    struct timeline *timeline = NULL;
    int error = material_load(config, &material, diag);
    if (error != 0) {
        fprintf(stderr, "holdfastctl: no health table: %s\n", err_text(error));
        return error;
    }
    if (diag_errors(diag) > 0)
        error = ERR_FAULTY;
    if (error == 0)
        timeline = timeline_load_file(wishes->timeline_file, material.definitions, diag);
    if (error == 0 && timeline == NULL)
        error = ERR_FAULTY;
    if (error == 0)
        error = run(wishes,
                (struct sim_settings){
                        .zones = material.zones,
                        .definitions = material.definitions,
                        .slots = material.slots,
                        .table = material.table,
                        .timeline = timeline,
                        .suspect_share = config->suspect_share,
                        .guard = config_guard(config),
                },
                material.definitions->count, diag);
    timeline_free(timeline);
    material_done(&material);
    return error;
}

int simulate_run(const struct simulate_wishes *wishes)
{
    struct config *config = NULL;
    struct diag *diag = diag_new();

    log_open("holdfastctl", LOG_LEVEL_NONE); /* what the ledger logs is told here by virtual time */
    int error = read_config(wishes, &config, diag);
    if (error == 0)
        error = load_and_run(wishes, config, diag);
    material_print_faults(diag);
    diag_free(diag);
    config_free(config);
    return error == 0 ? 0 : EXIT_TROUBLE;
}
