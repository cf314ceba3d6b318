/* compare.c -- see compare.h.
 *
 *   step      | event                    | next
 *   ----------+--------------------------+-------------------------------------------
 *   IDLE      | compare_ask()            | PAUSE
 *   PAUSE     | no reload runs           | CHECKER
 *   CHECKER   | answered, died, deadline | RESPONDER
 *   RESPONDER | answered, died           | IDLE, or PAUSE if somebody waits
 */
#include "compare.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/log.h"
#include "base/mem.h"
#include "reports.h"

enum step {
    IDLE,
    PAUSE,
    CHECKER,
    RESPONDER,
};

/* One question. */
struct waiting {
    struct waiting *next;
    char *zone; /* "" for all */
    compare_handler *handler;
    void *context;
};

struct compare {
    struct reload *reload;
    struct role *checker, *comparer, *responder;
    enum step step;
    struct waiting *first; /* the one that runs */
    struct waiting **end;
    bool start_when_gone; /* the comparer is just about to end */

    int status;
    struct buf ids; /* the checker's line */
    struct reports reports;
    uv_timer_t timer; /* the comparer's deadline */
};

static void pause_reloads(struct compare *compare);

/* What is told last: a fault hides that there are differences. */
static void note_status(struct compare *compare, int status)
{
    if (status == ERR_FAULTY || compare->status == 0)
        compare->status = status;
}

static void note_fault(struct compare *compare, const char *what)
{
    note_status(compare, ERR_FAULTY);
    reports_note(&compare->reports, what);
    log_warning("diff: %s", what);
}

/* ---- the end ---- */

static void answer(struct compare *compare, int status, const char *json, size_t length)
{
    struct waiting *waiting = compare->first;

    compare->first = waiting->next;
    if (compare->first == NULL)
        compare->end = &compare->first;
    compare->step = IDLE;
    reload_go_on(compare->reload);
    waiting->handler(waiting->context, status, json, length);
    free(waiting->zone);
    free(waiting);
    pause_reloads(compare);
}

static void finish(struct compare *compare)
{
    struct buf json;

    reports_print(&compare->reports, &json);
    answer(compare, compare->status, json.data, json.length);
    buf_done(&json);
}

/* ---- the zones ---- */

static void on_responder(void *context, const struct role_answer *reply)
{
    struct compare *compare = context;

    assert(compare->step == RESPONDER);
    if (reply->failure == 0 && (reply->status == ERR_SYNTAX || reply->status == -ENOENT)) {
        answer(compare, reply->status, reply->payload, reply->length);
        return;
    }
    if (reply->failure == -EPIPE)
        note_fault(compare, "the responder died while it compared the zones");
    else if (reply->failure != 0)
        note_fault(compare, "the responder does not run; zones were not compared");
    else if (reply->status != 0 && reply->status != ERR_DIFFERENT && reply->status != ERR_FAULTY)
        note_fault(compare, "the responder refused to compare the zones");
    else
        note_status(compare, reply->status);
    if (reply->failure == 0)
        buf_add(&compare->reports.zones, reply->payload, reply->length);
    finish(compare);
}

static void ask_responder(struct compare *compare)
{
    struct buf line;

    compare->step = RESPONDER;
    buf_init(&line, IPC_PAYLOAD_MAX);
    buf_printf(&line, "diff %s\n", compare->first->zone);
    buf_add(&line, compare->ids.data, compare->ids.length);
    if (line.cut) {
        note_fault(compare, "too many checks change for a comparison of the zones");
        finish(compare);
    } else {
        role_ask(compare->responder, buf_string(&line), 0, on_responder, compare);
    }
    buf_done(&line);
}

/* ---- the checks ---- */

/* Takes an answer apart: the line of ids, and the document. */
static void take_checks(struct compare *compare, int status, const char *payload, size_t length)
{
    const char *end = memchr(payload, '\n', length);
    bool wanted = compare->first->zone[0] == '\0' || status == ERR_FAULTY;

    if (end == NULL || (status != 0 && status != ERR_DIFFERENT && status != ERR_FAULTY)) {
        note_fault(compare, "the checker refused to compare the checks");
        return;
    }
    buf_add(&compare->ids, payload, (size_t)(end - payload));
    if (!wanted)
        return;
    buf_add(&compare->reports.checks, end + 1, length - (size_t)(end + 1 - payload));
    note_status(compare, status);
}

static void on_checker(void *context, const struct role_answer *reply)
{
    struct compare *compare = context;

    assert(compare->step == CHECKER);
    uv_timer_stop(&compare->timer);
    if (reply->failure == -ETIMEDOUT)
        note_fault(compare, "the checker does not answer; checks were not compared");
    else if (reply->failure == -EPIPE)
        note_fault(compare, "the checker died while it compared the checks");
    else if (reply->failure != 0)
        note_fault(compare, "the checker does not run; checks were not compared");
    else
        take_checks(compare, reply->status, reply->payload, reply->length);
    ask_responder(compare);
}

void compare_role_event(
        struct compare *compare, enum role_event event, const struct ipc_message *message)
{
    if (compare->step != CHECKER)
        return;
    if (event == ROLE_GONE && compare->start_when_gone && !reload_is_stopped(compare->reload)) {
        compare->start_when_gone = false;
        role_start(compare->comparer);
        return;
    }
    if (event == ROLE_GONE) {
        role_stop(compare->comparer); /* one that failed is not tried again */
        on_checker(compare, &(struct role_answer){.failure = -EPIPE, .payload = ""});
        return;
    }
    on_checker(compare, &(struct role_answer){
                                .status = message->status,
                                .payload = message->payload,
                                .length = message->length,
                        });
}

static void on_late(uv_timer_t *timer)
{
    struct compare *compare = timer->data;
    role_stop(compare->comparer);
    on_checker(compare, &(struct role_answer){.failure = -ETIMEDOUT, .payload = ""});
}

static void start_comparer(struct compare *compare)
{
    enum role_state state = role_state(compare->comparer);

    uv_timer_start(&compare->timer, on_late, RELOAD_CHECKER_MS, 0);
    compare->start_when_gone = state != ROLE_IDLE && state != ROLE_ENDED;
    if (!compare->start_when_gone)
        role_start(compare->comparer);
}

/* ---- the beginning ---- */

static void on_pause(void *context)
{
    struct compare *compare = context;

    assert(compare->step == PAUSE);
    compare->step = CHECKER;
    compare->status = 0;
    buf_consume(&compare->ids, compare->ids.length);
    reports_clear(&compare->reports);
    if (compare->comparer != NULL)
        start_comparer(compare);
    else
        role_ask(compare->checker, "diff", RELOAD_CHECKER_MS, on_checker, compare);
}

static void pause_reloads(struct compare *compare)
{
    if (compare->step != IDLE || compare->first == NULL)
        return;
    compare->step = PAUSE;
    reload_pause(compare->reload, on_pause, compare);
}

void compare_ask(struct compare *compare, const char *zone, compare_handler *handler, void *context)
{
    if (reload_is_stopped(compare->reload)) {
        handler(context, ERR_FAULTY, REPORTS_LEAVING, strlen(REPORTS_LEAVING));
        return;
    }
    struct waiting *waiting = mem_alloc(sizeof(*waiting));
    *waiting = (struct waiting){NULL, mem_string(zone), handler, context};
    *compare->end = waiting;
    compare->end = &waiting->next;
    pause_reloads(compare);
}

struct compare *compare_new(uv_loop_t *loop, struct reload *reload, struct role *checker,
        struct role *comparer, struct role *responder)
{
    struct compare *compare = mem_zalloc(1, sizeof(*compare));
    compare->reload = reload;
    compare->checker = checker;
    compare->comparer = comparer;
    compare->responder = responder;
    compare->end = &compare->first;
    buf_init(&compare->ids, IPC_PAYLOAD_MAX);
    reports_init(&compare->reports);
    uv_timer_init(loop, &compare->timer);
    compare->timer.data = compare;
    return compare;
}

static void on_timer_closed(uv_handle_t *handle)
{
    struct compare *compare = handle->data;
    while (compare->first != NULL) {
        struct waiting *waiting = compare->first;
        compare->first = waiting->next;
        free(waiting->zone);
        free(waiting);
    }
    buf_done(&compare->ids);
    reports_done(&compare->reports);
    free(compare);
}

void compare_free(struct compare *compare)
{
    if (compare != NULL)
        uv_close((uv_handle_t *)&compare->timer, on_timer_closed);
}
