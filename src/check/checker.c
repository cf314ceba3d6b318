/* checker.c -- see checker.h.
 *
 * What happens where: definition.c reads what the user wants, ledger.c keeps the verdicts, prober.c
 * probes.  Here they are brought together, and the supervisor is answered.
 */
#include "check/checker.h"

#include <assert.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>
#include <uv.h>

#include "admin/doc.h"
#include "base/clock.h"
#include "base/diag.h"
#include "base/err.h"
#include "base/ipc.h"
#include "base/log.h"
#include "base/mem.h"
#include "check/comparer.h"
#include "check/definition.h"
#include "check/definition_diff.h"
#include "check/last_good.h"
#include "check/ledger.h"
#include "check/prober.h"
#include "check/pushed.h"
#include "check/stall.h"
#include "health/table.h"
#include "health/timing.h"

/* Names are looked up in libuv's threads, at most half of them at once; a name whose servers are dead
 * holds its thread for many seconds and must not keep the others waiting. */
#define LOOKUP_THREADS    "64"
#define OTHER_DESCRIPTORS 128U       /* what the process has open besides its probes */
#define EVENT_MAX         12288U     /* bytes of one event */
#define EVENTS_MAX        (4U << 20) /* of those between two beats */
#define EVIDENCE_ROOM                                                                              \
    (2U << 20) /* beyond it changes alone are told: no one of them is to be lost */
#define LEAVE_TURNS      64U
#define SILENCE_SLACK_MS 10U /* a beat that waits to be read has this long */

struct checker {
    const struct checker_settings *settings;
    uv_loop_t loop;
    uv_signal_t terminate;
    uv_timer_t beat;
    struct ipc *ipc;
    struct health_table *table;
    struct ledger *ledger;
    struct prober *prober;
    struct pushed *pushed;
    uv_timer_t silence; /* when the next heartbeat may be missed */
    bool looks_again;
    struct definitions *definitions; /* in force; NULL before the first good load */
    uint32_t *slots;                 /* of each of them */
    uint64_t stalls;                 /* told so far */
    struct buf events;               /* not sent yet: JSON objects, a line each */
    uint64_t events_lost;            /* since there was room */
    uint64_t ticked_ms;              /* monotonic: the ledger's last tick */
    uv_prepare_t turn;               /* once in each turn of the loop */
    uint64_t turn_us, turn_max_us;   /* processor time: at the last one, and of the longest turn */
};

/* What a load changed. */
struct changes {
    uint64_t added, changed, removed;
};

/* These fail only for a programmer's error. */
static void must(int error)
{
    assert(error == 0);
}

/* ---- definitions ---- */

/* Both lists are sorted by id: one walk through both finds what came, stayed and went. */
static struct changes compare(struct checker *checker, const struct definitions *fresh)
{
    const struct definitions *old = checker->definitions;
    size_t old_count = old != NULL ? old->count : 0;
    struct changes changes = {0};
    size_t i = 0, j = 0;

    while (i < old_count || j < fresh->count) {
        int order = i == old_count      ? 1
                    : j == fresh->count ? -1
                                        : strcmp(old->list[i].id, fresh->list[j].id);
        if (order == 0)
            changes.changed += !definition_is_same(&old->list[i], &fresh->list[j]);
        changes.added += order > 0;
        if (order < 0) {
            changes.removed++;
            ledger_leave(checker->ledger, checker->slots[i]);
        }
        i += order <= 0;
        j += order >= 0;
    }
    return changes;
}

static uint32_t slot_of(
        const struct definitions *definitions, const uint32_t *slots, const char *id)
{
    const struct definition *found = definitions_find(definitions, id);
    assert(found != NULL); /* a child that is not defined is a fault */
    return slots[found - definitions->list];
}

static void put_in_force(
        struct checker *checker, const struct definitions *fresh, const uint32_t *slots)
{
    uint32_t children[DEFINITION_CHILDREN_MAX];
    for (size_t i = 0; i < fresh->count; i++) {
        const struct definition *definition = &fresh->list[i];
        assert(definition->children_count <= DEFINITION_CHILDREN_MAX);
        for (uint32_t child = 0; child < definition->children_count; child++)
            children[child] = slot_of(fresh, slots, definition->children[child]);
        ledger_define(checker->ledger, slots[i], definition, children);
        if (check_type_is_probed(definition->target.type) && !definition->rule.disabled)
            prober_set(checker->prober, slots[i], &definition->target, definition->id);
        else
            prober_clear(checker->prober, slots[i]);
    }
}

/* ---- what is told ---- */

static void apply_pushes(struct checker *checker)
{
    const char *path = checker->settings->pushes_path;
    struct pushes *pushes = pushes_new();
    int error = path != NULL ? pushes_load(pushes, path) : -ENOENT;
    if (error == 0)
        pushed_apply(checker->pushed, pushes);
    else if (error != -ENOENT)
        log_error("%s is not read: %s; alarms and switches stay as last known", path,
                err_text(error));
    pushes_free(pushes);
}

static void on_silence(uv_timer_t *timer);

static void wait_for_silence(struct checker *checker)
{
    uint64_t due_ms = pushed_due_ms(checker->pushed);
    uint64_t mono_ms = clock_mono_ms();
    checker->looks_again = false;
    if (due_ms == PUSHED_NEVER)
        uv_timer_stop(&checker->silence);
    else
        uv_timer_start(&checker->silence, on_silence, due_ms > mono_ms ? due_ms - mono_ms : 0, 0);
}

/* What waits to be read while this process was late may be the beat itself, and timers come first in a turn of
 * the loop: so it looks again after one. */
static void on_silence(uv_timer_t *timer)
{
    struct checker *checker = timer->data;
    if (!checker->looks_again) {
        checker->looks_again = true;
        uv_timer_start(timer, on_silence, SILENCE_SLACK_MS, 0);
        return;
    }
    pushed_look(checker->pushed, clock_mono_ms(), clock_real_ms());
    wait_for_silence(checker);
}

/* Puts whole definitions in force instead of the old ones.  What is removed goes on until "retire", when
 * no zone refers to it any more.  Takes them over, whatever comes of it. */
static int take(
        struct checker *checker, struct definitions *fresh, struct changes *ret, struct diag *diag)
{
    uint64_t now_ms = clock_real_ms();
    int error = checker->settings->commands_max == 0 ? definitions_refuse_commands(fresh, diag) : 0;
    if (error == 0)
        error = definitions_fit(fresh, checker->table, checker->settings->checks_dir, diag);
    if (error != 0) {
        definitions_free(fresh);
        return error;
    }
    uint32_t *slots = mem_zalloc(fresh->count, sizeof(*slots));
    must(definitions_publish(fresh, checker->table, now_ms, slots));
    *ret = compare(checker, fresh);
    put_in_force(checker, fresh, slots);
    ledger_settle(checker->ledger, now_ms);
    prober_spread(checker->prober);
    pushed_define(checker->pushed, fresh, slots, clock_mono_ms());
    apply_pushes(checker);
    wait_for_silence(checker);

    definitions_free(checker->definitions);
    free(checker->slots);
    checker->definitions = fresh;
    checker->slots = slots;
    return 0;
}

/* A checker without a copy does its work; only its successor may miss it. */
static void keep_copy(const struct checker *checker)
{
    const char *dir = checker->settings->last_good_dir;
    if (dir == NULL)
        return;
    int error = last_good_save(checker->definitions, dir, CHECKER_COPY);
    if (error != 0)
        log_warning("%s/" CHECKER_COPY
                    " is not written: %s; the checks would not survive a death of "
                    "the checker while their files are faulty",
                dir, err_text(error));
}

/* Reads the definitions and, if they are whole, puts them in force. */
static int load(struct checker *checker, struct changes *ret, struct diag *diag)
{
    struct definitions *fresh = NULL;
    int error = definitions_load(checker->settings->checks_dir, &fresh, diag);
    if (error == 0)
        error = take(checker, fresh, ret, diag);
    if (error == 0)
        keep_copy(checker);
    return error;
}

/* What an earlier process of this daemon had in force, for one that has found faulty files. */
static void resume(struct checker *checker, struct changes *ret)
{
    const char *dir = checker->settings->last_good_dir;
    if (dir == NULL || checker->definitions != NULL)
        return;
    struct definitions *fresh = NULL;
    struct diag *diag = diag_new();
    int error = last_good_load(dir, CHECKER_COPY, &fresh, diag);
    if (error == 0)
        error = take(checker, fresh, ret, diag);
    log_faults(diag);
    diag_free(diag);
    if (error == 0)
        log_warning("the last good definitions are in force: %zu checks as they were loaded before "
                    "this process started",
                checker->definitions->count);
    else if (error != -ENOENT)
        log_error("%s/" CHECKER_COPY " is not read: %s", dir, err_text(error));
}

/* ---- answering the supervisor ---- */

static void send_payload(struct checker *checker, struct ipc_message message, struct buf *payload)
{
    message.payload = buf_string(payload);
    message.length = payload->length;
    ipc_send(checker->ipc, &message);
}

static void send_doc(struct checker *checker, struct ipc_message message, const struct doc *doc)
{
    struct buf payload;
    buf_init(&payload, IPC_PAYLOAD_MAX);
    doc_print(doc, &payload);
    send_payload(checker, message, &payload);
    buf_done(&payload);
}

static void load_and_report(struct checker *checker, struct ipc_message message)
{
    struct diag *diag = diag_new();
    struct changes changes = {0};
    message.status = load(checker, &changes, diag);
    log_faults(diag);
    if (message.status != 0)
        resume(checker, &changes);

    checker->turn_us = checker->turn_max_us = 0; /* reading files is another measure */
    uint64_t count = checker->definitions != NULL ? checker->definitions->count : 0;
    if (message.status == 0)
        log_info("%llu checks: %llu added, %llu changed, %llu removed", (unsigned long long)count,
                (unsigned long long)changes.added, (unsigned long long)changes.changed,
                (unsigned long long)changes.removed);
    else
        log_error("check definitions refused: %s; %llu checks stay in force",
                err_text(message.status), (unsigned long long)count);

    struct doc *doc = doc_new();
    doc_set_number(doc, "checks", count);
    doc_set_number(doc, "added", changes.added);
    doc_set_number(doc, "changed", changes.changed);
    doc_set_number(doc, "removed", changes.removed);
    doc_set_faults(doc, diag);
    send_doc(checker, message, doc);
    doc_free(doc);
    diag_free(diag);
}

static void do_reload(struct checker *checker, const char *words, struct ipc_message reply)
{
    (void)words;
    load_and_report(checker, reply);
}

static void do_diff(struct checker *checker, const char *words, struct ipc_message reply)
{
    (void)words;
    struct buf payload;

    buf_init(&payload, IPC_PAYLOAD_MAX);
    reply.status =
            comparer_compare(checker->settings, checker->definitions, checker->table, &payload);
    send_payload(checker, reply, &payload);
    buf_done(&payload);
}

static void do_retire(struct checker *checker, const char *words, struct ipc_message reply)
{
    (void)words;
    uint64_t count = 0;
    uint32_t slot = ledger_next_leaving(checker->ledger, 0);
    for (; slot != HEALTH_SLOT_NONE; slot = ledger_next_leaving(checker->ledger, slot + 1)) {
        prober_clear(checker->prober, slot);
        ledger_drop(checker->ledger, slot);
        count++;
    }
    definitions_retire(checker->table);
    ledger_settle(checker->ledger, clock_real_ms());

    struct doc *doc = doc_new();
    doc_set_number(doc, "retired", count);
    send_doc(checker, reply, doc);
    doc_free(doc);
}

static void send_done(struct checker *checker, struct ipc_message reply)
{
    struct doc *doc = doc_new();
    send_doc(checker, reply, doc);
    doc_free(doc);
}

static void do_recount(struct checker *checker, const char *words, struct ipc_message reply)
{
    (void)words;
    ledger_recount(checker->ledger, clock_real_ms());
    send_done(checker, reply);
}

static void do_pushed(struct checker *checker, const char *words, struct ipc_message reply)
{
    (void)words;
    apply_pushes(checker);
    send_done(checker, reply);
}

/* Of each shadow whose id is there, once for each time. */
static void do_shadowed(struct checker *checker, const char *words, struct ipc_message reply)
{
    char *copy = mem_string(words), *at = NULL;
    for (char *id = strtok_r(copy, " ", &at); id != NULL; id = strtok_r(NULL, " ", &at)) {
        const struct definition *found =
                checker->definitions != NULL ? definitions_find(checker->definitions, id) : NULL;
        if (found != NULL) /* else it has gone meanwhile */
            ledger_count_answers(
                    checker->ledger, checker->slots[found - checker->definitions->list]);
    }
    free(copy);
    send_done(checker, reply);
}

/* Nothing of it is logged where it changes nothing: there may be thousands a second. */
static void do_beat(struct checker *checker, const char *id, struct ipc_message reply)
{
    uint64_t due_ms = pushed_due_ms(checker->pushed);
    reply.status = pushed_beat(checker->pushed, id, clock_mono_ms(), clock_real_ms());
    if (pushed_due_ms(checker->pushed) < due_ms)
        wait_for_silence(checker);
    send_done(checker, reply);
}

static void do_guard(struct checker *checker, const char *words, struct ipc_message reply)
{
    struct guard_list list;
    reply.status = guard_list_parse(words, strlen(words), &list);
    if (reply.status == 0)
        ledger_guard_zones(checker->ledger, &list, clock_real_ms());
    send_done(checker, reply);
}

static void do_guards(struct checker *checker, const char *words, struct ipc_message reply)
{
    (void)words;
    struct doc *doc = doc_new();
    guards_set_doc(ledger_guards(checker->ledger), doc);
    send_doc(checker, reply, doc);
    doc_free(doc);
}

static void do_accept(struct checker *checker, const char *name, struct ipc_message reply)
{
    struct doc *doc = doc_new();
    uint32_t held = ledger_accept(checker->ledger, name, clock_real_ms());
    reply.status = held > 0 ? 0 : -ENOENT;
    doc_set_number(doc, "held", held);
    guards_set_doc(ledger_guards(checker->ledger), doc);
    send_doc(checker, reply, doc);
    doc_free(doc);
}

static const struct {
    const char *name;
    void (*run)(struct checker *checker, const char *words, struct ipc_message reply);
} requests[] = {
        {"reload",   do_reload  },
        {"diff",     do_diff    },
        {"retire",   do_retire  },
        {"recount",  do_recount },
        {"pushed",   do_pushed  },
        {"shadowed", do_shadowed},
        {"beat",     do_beat    },
        {"guard",    do_guard   },
        {"guards",   do_guards  },
        {"accept",   do_accept  },
};

static void on_message(void *context, const struct ipc_message *message)
{
    struct checker *checker = context;
    if (message == NULL) {
        uv_stop(&checker->loop);
        return;
    }
    struct ipc_message reply = {.type = IPC_REPLY, .id = message->id};
    if (message->type != IPC_REQUEST)
        return;
    size_t length = strcspn(message->payload, " ");
    const char *words = message->payload + length + (message->payload[length] == ' ');
    for (size_t i = 0; i < COUNT(requests); i++)
        if (strlen(requests[i].name) == length &&
                strncmp(requests[i].name, message->payload, length) == 0) {
            requests[i].run(checker, words, reply);
            return;
        }
    struct doc *doc = doc_new();
    doc_set_text(doc, "error", "unknown request");
    reply.status = ERR_SYNTAX;
    send_doc(checker, reply, doc);
    doc_free(doc);
}

/* ---- events ---- */

/* Reading many definitions before the first turn is no stall worth telling. */
static void forget_stalls(struct checker *checker)
{
    uint64_t length_ms;
    checker->stalls = prober_look(checker->prober, &length_ms);
}

static void tell_stall(struct checker *checker)
{
    char length[CLOCK_TEXT_MAX];
    uint64_t length_ms;
    uint64_t count = prober_look(checker->prober, &length_ms);
    if (count == checker->stalls)
        return;
    checker->stalls = count;
    log_warning("this process stood still for %s; what failed meanwhile is not counted",
            clock_format_duration(length_ms, length));
}

/* ---- what has happened ---- */

/* Kept until the next beat: of ten thousand at once each is in the table before any is told. */
static void add_event(struct checker *checker, struct doc *doc)
{
    struct buf text;
    buf_init(&text, EVENT_MAX);
    doc_print(doc, &text);
    doc_free(doc);
    if (text.cut || checker->events.length + text.length + 1 > EVENTS_MAX) {
        checker->events_lost++;
    } else {
        buf_add(&checker->events, buf_string(&text), text.length);
        buf_add_string(&checker->events, "\n");
    }
    buf_done(&text);
}

/* What would turn along with a shadow; null if that is too much. */
static void set_along(
        const struct checker *checker, const struct ledger_along *along, struct doc *doc)
{
    struct health_detail detail;

    doc_set_text(doc, "along", NULL);
    if (along->cut)
        return;
    doc_set_array(doc, "along");
    for (uint32_t i = 0; i < along->count; i++) {
        if (health_table_read(checker->table, along->list[i].slot, &detail) != 0)
            continue;
        struct doc *row = doc_new();
        doc_set_text(row, "check", detail.id);
        doc_set_text(row, "to", along->list[i].to == HEALTH_DOWN ? "down" : "up");
        doc_append(doc, "along", row);
    }
}

static void on_ledger_event(void *context, const struct ledger_event *event)
{
    struct checker *checker = context;
    static const char *const states[] = {
            [HEALTH_UNKNOWN] = "unknown", [HEALTH_UP] = "up", [HEALTH_DOWN] = "down"};
    struct doc *doc = doc_new();
    doc_set_number(doc, "ms", event->now_ms);
    doc_set_text(doc, "kind",
            event->is_shadow         ? "shadow"
            : event->is_guard        ? "guard"
            : event->is_inconclusive ? "inconclusive"
                                     : "verdict");
    doc_set_text(doc, "check", event->detail->id);
    doc_set_text(doc, "type", event->detail->type);
    doc_set_text(doc, "target", event->detail->target);
    doc_set_text(doc, "from", event->is_first ? NULL : states[event->from]);
    doc_set_text(doc, "to", states[event->to]);
    doc_set_bool(doc, "held", event->is_held);
    doc_set_text(doc, "reason", event->detail->reason);
    doc_set_number(doc, "took_ms", event->detail->duration_ms);
    doc_set_number(doc, "lasted_ms", event->is_first ? 0 : event->lasted_ms);
    if (event->along != NULL)
        set_along(checker, event->along, doc);
    if (event->evidence != NULL && checker->events.length < EVIDENCE_ROOM)
        doc_set_doc(doc, "evidence", evidence_doc(event->evidence));
    add_event(context, doc);
}

static void log_guard(const struct guards_event *event)
{
    const struct guard_report *report = &event->report;
    char window[CLOCK_TEXT_MAX];

    if (event->what == GUARDS_RAISED)
        log_error("guard of %s raised: more than %u of its %u checks went down within %s; they are "
                  "answered as up, as before, until they are back or \"holdfastctl accept %s\"",
                event->name, report->allowed, report->members,
                clock_format_duration(report->limit.window_ms, window), event->name);
    else
        log_warning("guard of %s %s: %u of its %u checks are down, and count", event->name,
                event->what == GUARDS_PASSED ? "passed" : "accepted", report->down,
                report->members);
}

static void on_guards_event(void *context, const struct guards_event *event)
{
    static const char *const words[] = {
            [GUARDS_RAISED] = "raised", [GUARDS_PASSED] = "passed", [GUARDS_ACCEPTED] = "accepted"};
    struct doc *doc = doc_new();
    log_guard(event);
    doc_set_number(doc, "ms", event->now_ms);
    doc_set_text(doc, "kind", "guard");
    doc_set_text(doc, "guard", event->name);
    doc_set_text(doc, "to", words[event->what]);
    doc_set_number(doc, "checks", event->report.members);
    doc_set_number(doc, "allowed", event->report.allowed);
    doc_set_number(doc, "down", event->report.down);
    doc_set_number(doc, "window_ms", event->report.limit.window_ms);
    add_event(context, doc);
}

static void send_events(struct checker *checker)
{
    if (checker->events_lost > 0 && checker->events.length < EVENTS_MAX / 2) {
        struct doc *doc = doc_new();
        doc_set_number(doc, "ms", clock_real_ms());
        doc_set_text(doc, "kind", "lost");
        doc_set_number(doc, "count", checker->events_lost);
        checker->events_lost = 0;
        add_event(checker, doc);
    }
    if (checker->events.length == 0)
        return;
    send_payload(checker, (struct ipc_message){.type = IPC_EVENT}, &checker->events);
    buf_consume(&checker->events, checker->events.length);
}

/* ---- how it gets on ---- */

static uint64_t processor_us(void)
{
    struct timespec spent;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &spent);
    return (uint64_t)spent.tv_sec * 1000000 + (uint64_t)spent.tv_nsec / 1000;
}

/* What one turn takes is what whoever is due in it may have to wait for the others. */
static void on_turn(uv_prepare_t *turn)
{
    struct checker *checker = turn->data;
    uint64_t now_us = processor_us();
    if (checker->turn_us > 0 && now_us - checker->turn_us > checker->turn_max_us)
        checker->turn_max_us = now_us - checker->turn_us;
    checker->turn_us = now_us;
}

static void tell_pace(const struct checker *checker)
{
    static const uint32_t percents[HEALTH_QUANTILES] = {50, 90, 99};
    struct schedule_stats stats = prober_stats(checker->prober);
    struct health_pace pace = {
            .probes = stats.started,
            .running = stats.running,
            .held = stats.held,
            .turn_us = (uint32_t)checker->turn_max_us,
    };
    for (size_t i = 0; i < COUNT(percents); i++)
        pace.late_us[i] = quantiles_get(&stats.lateness, percents[i]);
    health_table_set_pace(checker->table, &pace);
}

static void on_beat(uv_timer_t *timer)
{
    struct checker *checker = timer->data;
    uint64_t now_ms = uv_now(timer->loop);
    tell_stall(checker);
    health_table_beat(checker->table, clock_real_ms());
    tell_pace(checker);
    send_events(checker);
    if (now_ms - checker->ticked_ms < TIMING_TICK_MS)
        return;
    checker->ticked_ms = now_ms;
    ledger_tick(checker->ledger, clock_real_ms());
}

static void on_result(void *context, uint32_t slot, const struct probe_result *result)
{
    struct checker *checker = context;
    ledger_take(checker->ledger, slot, result, clock_real_ms());
}

static void on_signal(uv_signal_t *signal, int number)
{
    (void)number;
    uv_stop(signal->loop);
}

/* ---- life ---- */

/* Probes in flight, and as many held connections. */
static void raise_descriptor_limit(uint32_t probes_max)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return;
    limit.rlim_cur = limit.rlim_max;
    if (setrlimit(RLIMIT_NOFILE, &limit) != 0)
        log_warning("the limit of descriptors cannot be raised: %s", err_text(-errno));
    if (limit.rlim_max < 2 * (rlim_t)probes_max + OTHER_DESCRIPTORS)
        log_warning("%llu descriptors are allowed, too few for %u probes at once and as many held "
                    "connections",
                (unsigned long long)limit.rlim_max, probes_max);
}

static void prepare_process(const struct checker_settings *settings)
{
    setenv("UV_THREADPOOL_SIZE", LOOKUP_THREADS, 0);
    /* What we were given is not for what we start. */
    close_range(STDERR_FILENO + 1, ~0U, CLOSE_RANGE_CLOEXEC);
    raise_descriptor_limit(settings->probes_max);
}

static void start_handles(struct checker *checker)
{
    must(uv_signal_init(&checker->loop, &checker->terminate));
    must(uv_timer_init(&checker->loop, &checker->beat));
    must(uv_timer_init(&checker->loop, &checker->silence));
    must(uv_prepare_init(&checker->loop, &checker->turn));
    checker->turn.data = checker;
    must(uv_prepare_start(&checker->turn, on_turn));
    checker->silence.data = checker;
    must(uv_signal_start(&checker->terminate, on_signal, SIGTERM));
    checker->beat.data = checker;
    must(uv_timer_start(&checker->beat, on_beat, 0, STALL_BEAT_MS));
}

static int start_prober(struct checker *checker)
{
    struct prober_settings settings = {
            .ca_file = checker->settings->define_only ? NULL : checker->settings->ca_file,
            .probes_max = checker->settings->probes_max > 0 ? checker->settings->probes_max : 1,
            .commands_max = checker->settings->commands_max,
            .rand = rand_from_kernel(),
            .handler = on_result,
            .context = checker,
    };
    int error = prober_new(&checker->prober, &checker->loop, &settings);
    if (error != 0)
        log_error("probes cannot be made%s%s: %s", settings.ca_file != NULL ? " with " : "",
                settings.ca_file != NULL ? settings.ca_file : "", err_text(error));
    return error;
}

static int start(struct checker *checker)
{
    const struct checker_settings *settings = checker->settings;
    int error = health_table_open(&checker->table, settings->table_fd, HEALTH_WRITE);
    if (error != 0) {
        log_error("the health table cannot be opened: %s", err_text(error));
        close(settings->channel_fd);
        return error;
    }
    error = ipc_open(&checker->ipc, &checker->loop, settings->channel_fd, on_message, checker);
    if (error != 0) {
        log_error("no channel to the supervisor: %s", uv_strerror(error));
        return error;
    }
    checker->ledger = ledger_new(checker->table);
    buf_init(&checker->events, EVENTS_MAX);
    ledger_observe(checker->ledger, on_ledger_event, checker);
    ledger_set_suspect_share(checker->ledger, settings->suspect_share);
    guards_configure(ledger_guards(checker->ledger), &settings->guard, settings->guards_zones);
    guards_observe(ledger_guards(checker->ledger), on_guards_event, checker);
    checker->pushed = pushed_new(checker->ledger, checker->table);
    return start_prober(checker);
}

static void stop_probes(struct checker *checker)
{
    if (checker->prober == NULL)
        return;
    prober_stop(checker->prober);
    while (!prober_is_idle(checker->prober))
        uv_run(&checker->loop, UV_RUN_ONCE);
    prober_free(checker->prober);
}

static void close_handle(uv_handle_t *handle)
{
    if (handle->type != UV_UNKNOWN_HANDLE)
        uv_close(handle, NULL);
}

/* Everything is let go, so a few turns close all handles.  What can be left are names being looked up:
 * such a thread cannot be stopped, and leaving the ordinary way would wait for it. */
static void close_loop(struct checker *checker)
{
    for (unsigned turn = 0; turn < LEAVE_TURNS; turn++) {
        uv_run(&checker->loop, UV_RUN_NOWAIT);
        if (uv_loop_close(&checker->loop) == 0)
            return;
    }
    _exit(EXIT_SUCCESS);
}

static void finish(struct checker *checker)
{
    stop_probes(checker);
    close_handle((uv_handle_t *)&checker->terminate);
    close_handle((uv_handle_t *)&checker->beat);
    close_handle((uv_handle_t *)&checker->silence);
    close_handle((uv_handle_t *)&checker->turn);
    ipc_close(checker->ipc);
    if (checker->settings->define_only)
        uv_run(&checker->loop, UV_RUN_DEFAULT); /* until the report has gone out */
    pushed_free(checker->pushed);
    ledger_free(checker->ledger);
    buf_done(&checker->events);
    health_table_close(checker->table);
    definitions_free(checker->definitions);
    free(checker->slots);
    close_loop(checker);
}

int checker_run(const struct checker_settings *settings)
{
    struct checker checker = {.settings = settings};

    prepare_process(settings);
    must(uv_loop_init(&checker.loop));
    int error = start(&checker);
    if (error == 0) {
        start_handles(&checker);
        load_and_report(&checker, (struct ipc_message){.type = IPC_READY});
        forget_stalls(&checker);
        if (!settings->define_only)
            uv_run(&checker.loop, UV_RUN_DEFAULT);
    }
    finish(&checker);
    return error == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
