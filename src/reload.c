/* reload.c -- see reload.h.
 *
 *   step        | event                     | next
 *   ------------+---------------------------+-----------------------------------------
 *   IDLE        | reload_ask()              | CHECKER
 *   IDLE        | reload_retire()           | RETIRE_ONLY
 *   IDLE        | reload_pause()            | PAUSED
 *   CHECKER     | answered, died, deadline  | RESPONDER
 *   RESPONDER   | answered, died            | RETIRE if both had no fault, else finished
 *   RETIRE      | answered, died, deadline  | finished
 *   RETIRE_ONLY | answered, died, deadline  | finished
 *   PAUSED      | reload_go_on()            | finished
 *   finished    |                           | CHECKER if somebody waits for a reload, PAUSED if for a pause,
 *               |                           | else IDLE
 */
#include "reload.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"
#include "base/mem.h"
#include "reports.h"

#define NOTE_MAX 512U

enum step {
    IDLE,
    CHECKER,
    RESPONDER,
    RETIRE,
    RETIRE_ONLY,
    PAUSED,
};

struct waiting {
    struct waiting *next;
    reload_handler *handler;
    void *context;
};

struct reload {
    struct role *checker, *responder;
    bool checker_once;
    bool stopped;
    bool start_when_gone; /* the checker that only defines is just about to end */
    enum step step;
    struct waiting *served;       /* by the reload that runs */
    struct waiting *upcoming;     /* by the next one */
    reload_pause_handler *pauser; /* who waits for a pause; NULL: nobody */
    void *pauser_context;
    bool retire_later; /* was asked for during the pause */

    int status;
    struct reports reports;
    uv_timer_t timer; /* the deadline of a checker started anew */

    uint64_t last_ms;
    int last_status;
};

static void begin(struct reload *reload);

static void note_fault(struct reload *reload, const char *what, int code)
{
    char sentence[NOTE_MAX];

    snprintf(sentence, sizeof(sentence), "%s%s%s", what, code != 0 ? ": " : "",
            code != 0 ? err_text(code) : "");
    reload->status = ERR_FAULTY;
    reports_note(&reload->reports, sentence);
    log_error("reload: %s", sentence);
}

/* Frees those who wait, each told what has come of it. */
static void tell(struct waiting *waiting, int status, const char *json, size_t length)
{
    while (waiting != NULL) {
        struct waiting *next = waiting->next;
        if (waiting->handler != NULL)
            waiting->handler(waiting->context, status, json, length);
        free(waiting);
        waiting = next;
    }
}

static void tell_served(struct reload *reload, const struct buf *json)
{
    struct waiting *served = reload->served;
    reload->served = NULL;
    tell(served, reload->last_status, json->data, json->length);
}

static void begin_if_asked(struct reload *reload)
{
    reload_pause_handler *pauser = reload->pauser;

    if (reload->step != IDLE || reload->stopped)
        return;
    if (reload->upcoming != NULL) {
        begin(reload);
    } else if (pauser != NULL) {
        reload->step = PAUSED;
        reload->pauser = NULL;
        pauser(reload->pauser_context);
    }
}

static void finish(struct reload *reload)
{
    struct buf json;
    reports_print(&reload->reports, &json);

    reload->step = IDLE;
    reload->last_ms = clock_real_ms();
    reload->last_status = reload->status;
    log_info("reload: %s", reload->status == 0 ? "all is served as the files say" : "with faults");
    tell_served(reload, &json);
    buf_done(&json);
    begin_if_asked(reload);
}

static void on_retired(void *context, const struct role_answer *answer)
{
    struct reload *reload = context;
    assert(reload->step == RETIRE);
    if (answer->failure != 0)
        note_fault(reload, "checks that left were not retired", answer->failure);
    else if (answer->status != 0)
        note_fault(reload, "checks that left were not retired", answer->status);
    finish(reload);
}

static void on_responder(void *context, const struct role_answer *answer)
{
    struct reload *reload = context;
    assert(reload->step == RESPONDER);
    buf_add(&reload->reports.zones, answer->payload, answer->length);
    if (answer->failure == -EPIPE)
        note_fault(reload, "the responder died while it read the zones", 0);
    else if (answer->failure != 0)
        note_fault(reload, "the responder does not run; it reads the zones when it starts", 0);
    else if (answer->status != 0)
        reload->status = answer->status == ERR_NO_ZONE ? ERR_NO_ZONE : ERR_FAULTY;
    if (answer->failure == 0)
        role_note_files(reload->responder, answer->status);

    if (reload->status != 0 || reload->checker_once) {
        finish(reload);
        return;
    }
    reload->step = RETIRE;
    role_ask(reload->checker, "retire", RELOAD_CHECKER_MS, on_retired, reload);
}

/* Nobody has asked, so nobody is told; what was not freed now is with the next reload. */
static void on_only_retired(void *context, const struct role_answer *answer)
{
    struct reload *reload = context;
    assert(reload->step == RETIRE_ONLY);
    int error = answer->failure != 0 ? answer->failure : answer->status;
    if (error != 0)
        log_warning("checks that left were not retired: %s", err_text(error));
    reload->step = IDLE;
    begin_if_asked(reload);
}

void reload_retire(struct reload *reload)
{
    reload->retire_later = reload->step == PAUSED;
    if (reload->step != IDLE || reload->stopped || reload->checker_once)
        return;
    reload->step = RETIRE_ONLY;
    role_ask(reload->checker, "retire", RELOAD_CHECKER_MS, on_only_retired, reload);
}

static void go_on_with_zones(struct reload *reload)
{
    uv_timer_stop(&reload->timer);
    reload->step = RESPONDER;
    role_ask(reload->responder, "reload", 0, on_responder, reload);
}

static void on_checker(void *context, const struct role_answer *answer)
{
    struct reload *reload = context;
    assert(reload->step == CHECKER);
    buf_add(&reload->reports.checks, answer->payload, answer->length);
    if (answer->failure == -ETIMEDOUT)
        note_fault(reload, "the checker does not answer; checks were not reloaded", 0);
    else if (answer->failure == -EPIPE)
        note_fault(reload, "the checker died while it read the checks", 0);
    else if (answer->failure != 0)
        note_fault(reload, "the checker does not run; checks were not reloaded", 0);
    else if (answer->status != 0)
        reload->status = ERR_FAULTY;
    if (answer->failure == 0)
        role_note_files(reload->checker, answer->status);
    go_on_with_zones(reload);
}

static void on_once_late(uv_timer_t *timer)
{
    on_checker(timer->data, &(struct role_answer){.failure = -ETIMEDOUT, .payload = ""});
}

void reload_checker_event(
        struct reload *reload, enum role_event event, const struct ipc_message *message)
{
    if (!reload->checker_once || reload->step != CHECKER)
        return;
    if (event == ROLE_GONE && reload->start_when_gone) {
        reload->start_when_gone = false;
        role_start(reload->checker);
        return;
    }
    if (event == ROLE_GONE) {
        on_checker(reload, &(struct role_answer){.failure = -EPIPE, .payload = ""});
        return;
    }
    on_checker(reload, &(struct role_answer){
                               .status = message->status,
                               .payload = message->payload,
                               .length = message->length,
                       });
}

static void begin(struct reload *reload)
{
    reload->served = reload->upcoming;
    reload->upcoming = NULL;
    reload->status = 0;
    reports_clear(&reload->reports);

    reload->step = CHECKER;
    if (!reload->checker_once) {
        role_ask(reload->checker, "reload", RELOAD_CHECKER_MS, on_checker, reload);
        return;
    }
    uv_timer_start(&reload->timer, on_once_late, RELOAD_CHECKER_MS, 0);
    reload->start_when_gone = role_state(reload->checker) == ROLE_RUNNING;
    if (role_state(reload->checker) == ROLE_ENDED)
        role_start(reload->checker);
}

void reload_ask(struct reload *reload, reload_handler *handler, void *context)
{
    if (reload->stopped) {
        if (handler != NULL)
            handler(context, ERR_FAULTY, REPORTS_LEAVING, strlen(REPORTS_LEAVING));
        return;
    }
    struct waiting *waiting = mem_alloc(sizeof(*waiting));
    *waiting = (struct waiting){reload->upcoming, handler, context};
    reload->upcoming = waiting;
    begin_if_asked(reload);
}

void reload_pause(struct reload *reload, reload_pause_handler *handler, void *context)
{
    assert(reload->pauser == NULL && reload->step != PAUSED);
    reload->pauser = handler;
    reload->pauser_context = context;
    begin_if_asked(reload);
}

void reload_go_on(struct reload *reload)
{
    assert(reload->step == PAUSED);
    reload->step = IDLE;
    if (reload->retire_later && reload->upcoming == NULL)
        reload_retire(reload);
    reload->retire_later = false;
    begin_if_asked(reload);
}

struct reload *reload_new(
        uv_loop_t *loop, struct role *checker, bool checker_once, struct role *responder)
{
    struct reload *reload = mem_zalloc(1, sizeof(*reload));
    reload->checker = checker;
    reload->checker_once = checker_once;
    reload->responder = responder;
    reports_init(&reload->reports);
    uv_timer_init(loop, &reload->timer);
    reload->timer.data = reload;
    return reload;
}

/* What runs is answered by the end of the roles; a checker that only defines may not be started for it any more. */
void reload_stop(struct reload *reload)
{
    struct waiting *upcoming = reload->upcoming;
    reload->stopped = true;
    reload->upcoming = NULL;
    tell(upcoming, ERR_FAULTY, REPORTS_LEAVING, strlen(REPORTS_LEAVING));
    if (reload->checker_once && reload->step == CHECKER)
        on_checker(reload, &(struct role_answer){.failure = -ENOTCONN, .payload = ""});
}

bool reload_is_stopped(const struct reload *reload)
{
    return reload->stopped;
}

uint64_t reload_last_ms(const struct reload *reload)
{
    return reload->last_ms;
}

int reload_last_status(const struct reload *reload)
{
    return reload->last_status;
}

static void on_timer_closed(uv_handle_t *handle)
{
    struct reload *reload = handle->data;
    assert(reload->served == NULL && reload->upcoming == NULL);
    reports_done(&reload->reports);
    free(reload);
}

void reload_free(struct reload *reload)
{
    if (reload != NULL)
        uv_close((uv_handle_t *)&reload->timer, on_timer_closed);
}
