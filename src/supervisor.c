/* supervisor.c -- see supervisor.h.
 *
 *   phase    | event                                        | next
 *   ---------+----------------------------------------------+---------
 *   CHECKER  | the checker is ready, or 2 s are over        | ZONES
 *   ZONES    | the responder is ready and serves a zone     | SERVING
 *   ZONES    | it serves none, and the checker was in time  | LEAVING
 *   ZONES    | it serves none, but the checker is late      | ZONES, until the checker is ready
 *   any      | SIGTERM, SIGINT                              | LEAVING
 *   LEAVING  | both roles have ended                        | the loop runs out
 *
 * The checker goes first because it gives checks their slots: zones that name them are loaded after.
 */
#include "supervisor.h"

#include <assert.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <uv.h>

#include "admin/control.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/role.h"
#include "compare.h"
#include "guarding.h"
#include "health/state.h"
#include "health/table.h"
#include "journal.h"
#include "listeners.h"
#include "notify.h"
#include "override.h"
#include "reload.h"
#include "requests.h"
#include "saver.h"
#include "serve/cookie.h"
#include "shadows.h"
#include "statedir.h"
#include "vigil.h"

#define CHECKER_FIRST_MS 2000U /* how long zones wait for the checks to be defined */
#define WHY_MAX          1024U

enum phase {
    CHECKER,
    ZONES,
    SERVING,
    LEAVING,
};

static const int caught_signals[] = {SIGTERM, SIGINT, SIGHUP};

struct supervisor {
    const struct config *config;
    uv_loop_t loop;
    enum phase phase;
    int exit_status;
    uint64_t started_ms;
    char *notify_path; /* NULL: no service manager wants to know */

    /* Opened before any role starts, closed after both have ended. */
    int lock_fd, read_fd, write_fd;
    int responder_config_fd, checker_config_fd;
    char *state_path, *audit_path, *control_path;
    struct listeners listeners;
    struct health_table *table;
    int *responder_fds;
    int checker_fds[2];
    int comparer_fds[2];

    struct role *responder, *checker;
    struct role *comparer; /* stands in for a checker that does not run; else never started */
    struct reload *reload;
    struct compare *compare;
    struct control *control;
    struct saver *saver;
    struct override *override;
    struct pusher *pusher;
    struct guarding *guarding;
    struct rules *rules;
    struct requests_sources sources;
    struct journal *journal;
    struct shadows *shadows;
    struct vigil vigil; /* over the checker */
    bool checker_late;  /* zones were loaded before the checks were defined */
    bool checks_good;   /* those of the first zones: read whole, by this checker */

    uv_signal_t signals[COUNT(caught_signals)];
    uv_timer_t tick, checker_wait;
};

/* ---- what must be open before a role starts ---- */

static int fail(const char *what, int error)
{
    log_error("%s: %s", what, err_text(error));
    return error;
}

static int lock_and_listen(struct supervisor *s)
{
    struct buf why;
    buf_init(&why, WHY_MAX);
    int error = 0;
    s->lock_fd = statedir_lock(s->config->state_dir, &why);
    if (s->lock_fd < 0)
        error = s->lock_fd;
    if (error == 0)
        error = listeners_open(s->config, &s->listeners, &why);
    if (error != 0)
        log_error("%s", buf_string(&why));
    buf_done(&why);
    return error;
}

/* A damaged state costs what was known, not the start; the file is kept for whoever wants to look. */
static void load_state(struct supervisor *s)
{
    int error = health_state_load(s->table, s->state_path);
    if (error == 0 || error == -ENOENT)
        return;
    char *aside = file_path(s->config->state_dir, STATEDIR_HEALTH ".bad");
    bool moved = rename(s->state_path, aside) == 0;
    log_warning("health state %s is not read: %s; all checks start without data%s%s", s->state_path,
            err_text(error), moved ? "; it is kept as " : "", moved ? aside : "");
    free(aside);
}

/* A start knows no last good version but the files themselves. */
static void forget_last_good(const struct supervisor *s)
{
    int error = statedir_clear_last_good(s->config->state_dir);
    if (error != 0)
        log_warning("%s/" STATEDIR_LAST_GOOD " is not emptied: %s; what an earlier run loaded may "
                    "stand in for a faulty file",
                s->config->state_dir, err_text(error));
}

static int make_table(struct supervisor *s)
{
    int error = health_table_create(&s->table);
    if (error != 0)
        return fail("the health table cannot be made", error);
    load_state(s);
    s->read_fd = health_table_export(s->table, HEALTH_READ);
    s->write_fd = health_table_export(s->table, HEALTH_WRITE);
    if (s->read_fd < 0 || s->write_fd < 0)
        return fail("the health table cannot be shared", s->read_fd < 0 ? s->read_fd : s->write_fd);
    return 0;
}

/* Sticky draws go on as they were after a restart, unless the operator gave a secret for several servers. */
static int find_sticky_secret(const struct supervisor *s, struct config *config)
{
    if (config->has_sticky_secret)
        return 0;
    struct buf note;
    buf_init(&note, WHY_MAX);
    int error = statedir_keep_secret(s->config->state_dir, STATEDIR_SECRET, config->sticky_secret,
            sizeof(config->sticky_secret), &note);
    if (note.length > 0)
        log_error("the secret for sticky draws: %s", buf_string(&note));
    buf_done(&note);
    if (error != 0)
        return fail("no secret for sticky draws can be made", error);
    config->has_sticky_secret = true;
    return 0;
}

/* What each role gets to read.  A secret for cookies is made up here and not in the responder: a
 * responder that dies leaves it to the next, and no client's cookie turns bad.  The checker, which talks
 * to strangers, learns none. */
static int save_configs(struct supervisor *s)
{
    struct config config = *s->config; /* what it points to is borrowed */
    int error = cookie_invent_secret(&config.cookies);
    if (error != 0)
        return fail("no secret for cookies can be made", error);
    error = find_sticky_secret(s, &config);
    if (error != 0)
        return error;
    s->responder_config_fd = config_save(&config);
    config.cookies = (struct cookie_settings){.mode = COOKIE_OFF};
    config.has_sticky_secret = false;
    s->checker_config_fd = config_save(&config);
    error = s->responder_config_fd < 0 ? s->responder_config_fd : s->checker_config_fd;
    return error < 0 ? fail("the configuration cannot be handed on", error) : 0;
}

static void on_request(void *context, struct control_request *request, const char *line)
{
    const struct supervisor *s = context;
    requests_answer(&s->sources, request, line);
}

static int open_control(struct supervisor *s)
{
    int error = control_open(&s->control, &s->loop, s->control_path, on_request, s);
    if (error == -ENAMETOOLONG)
        log_error("the control socket's path is too long: %s has %zu bytes, at most %zu are "
                  "possible; choose a shorter --state-dir",
                s->control_path, strlen(s->control_path), CONTROL_PATH_MAX);
    else if (error != 0)
        log_error("the control socket %s cannot be opened: %s", s->control_path, err_text(error));
    return error;
}

static void open_journal(struct supervisor *s)
{
    char *path = file_path(s->config->state_dir, STATEDIR_JOURNAL);
    s->journal = journal_open(path, (uint64_t)s->config->journal_mib << 20);
    free(path);
}

static void plan_descriptors(struct supervisor *s)
{
    size_t count = 2 + s->listeners.count;
    s->responder_fds = mem_zalloc(count, sizeof(int));
    s->responder_fds[0] = s->responder_config_fd;
    s->responder_fds[1] = s->read_fd;
    for (size_t i = 0; i < s->listeners.count; i++)
        s->responder_fds[2 + i] = s->listeners.fds[i];
    s->checker_fds[0] = s->checker_config_fd;
    s->checker_fds[1] = s->write_fd;
    s->comparer_fds[0] = s->checker_config_fd;
    s->comparer_fds[1] = s->read_fd;
}

static int open_all(struct supervisor *s)
{
    s->state_path = file_path(s->config->state_dir, STATEDIR_HEALTH);
    s->audit_path = file_path(s->config->state_dir, STATEDIR_AUDIT);
    s->control_path = file_path(s->config->state_dir, STATEDIR_CONTROL);
    int error = lock_and_listen(s);
    if (error == 0) {
        forget_last_good(s);
        error = make_table(s);
    }
    if (error == 0) {
        open_journal(s);
        error = save_configs(s);
    }
    if (error == 0)
        error = open_control(s);
    if (error == 0)
        plan_descriptors(s);
    return error;
}

static void close_fd(int fd)
{
    if (fd >= 0)
        close(fd);
}

static void close_all(struct supervisor *s)
{
    shadows_free(s->shadows);
    journal_close(s->journal);
    override_free(s->override);
    pusher_free(s->pusher);
    guarding_free(s->guarding);
    rules_free(s->rules);
    health_table_close(s->table);
    listeners_done(&s->listeners);
    close_fd(s->responder_config_fd);
    close_fd(s->checker_config_fd);
    close_fd(s->read_fd);
    close_fd(s->write_fd);
    close_fd(s->lock_fd);
    free(s->responder_fds);
    free(s->state_path);
    free(s->audit_path);
    free(s->control_path);
    free(s->notify_path);
}

/* ---- what has happened ---- */

static void note(struct supervisor *s, const char *kind, const char *role, const char *reason)
{
    struct doc *doc = doc_new();
    doc_set_number(doc, "ms", clock_real_ms());
    doc_set_text(doc, "kind", kind);
    doc_set_text(doc, "role", role);
    doc_set_text(doc, "reason", reason);
    journal_add(s->journal, doc);
}

static void note_role(struct supervisor *s, const struct role *role, enum role_event event)
{
    struct role_report report;
    role_describe(role, &report);
    note(s, event == ROLE_READY ? "ready" : "ended", report.name,
            event == ROLE_READY ? report.files : report.last_end);
}

/* ---- the service manager ---- */

static void notify(const struct supervisor *s, const char *text)
{
    int error = notify_send(s->notify_path, text);
    if (error != 0)
        log_warning("the service manager cannot be told %s: %s", text, err_text(error));
}

/* ---- leaving ---- */

static bool has_ended(const struct role *role)
{
    return role_state(role) == ROLE_IDLE || role_state(role) == ROLE_ENDED;
}

/* The last step of the loop: when no role runs, nothing may keep it running. */
static void close_if_ended(struct supervisor *s)
{
    if (!has_ended(s->checker) || !has_ended(s->responder) || !has_ended(s->comparer))
        return;
    control_close(s->control);
    for (size_t i = 0; i < COUNT(caught_signals); i++)
        uv_close((uv_handle_t *)&s->signals[i], NULL);
    uv_close((uv_handle_t *)&s->tick, NULL);
    uv_close((uv_handle_t *)&s->checker_wait, NULL);
    compare_free(s->compare);
    reload_free(s->reload);
    role_close(s->checker);
    role_close(s->comparer);
    role_close(s->responder);
}

static void leave(struct supervisor *s, int exit_status)
{
    if (s->phase == LEAVING)
        return;
    s->phase = LEAVING;
    s->exit_status = exit_status;
    notify(s, "STOPPING=1");
    uv_timer_stop(&s->tick);
    uv_timer_stop(&s->checker_wait);
    reload_stop(s->reload);
    /* The end of the roles answers the questions that are under way; so the door closes after. */
    role_stop(s->checker);
    role_stop(s->comparer);
    role_stop(s->responder);
    close_if_ended(s);
}

/* ---- the story of a run ---- */

static void start_zones(struct supervisor *s)
{
    assert(s->phase == CHECKER);
    s->phase = ZONES;
    uv_timer_stop(&s->checker_wait);
    role_start(s->responder);
}

static void on_checker_wait(uv_timer_t *timer)
{
    struct supervisor *s = timer->data;
    s->checker_late = true;
    log_warning("the checker is not ready after %u ms; zones are loaded with the checks known from "
                "before",
            CHECKER_FIRST_MS);
    start_zones(s);
}

static void announce(const struct supervisor *s)
{
    struct buf text;
    char address[NET_TEXT_MAX];
    buf_init(&text, WHY_MAX);
    for (size_t i = 0; i < s->config->listen_count; i++)
        buf_printf(&text, "%s%s", i > 0 ? ", " : "",
                net_address_format(&s->config->listen[i], address));
    log_info("holdfastd ready: %u workers, listening on %s", s->config->workers, buf_string(&text));
    buf_done(&text);
    notify(s, "READY=1");
}

/* The first load of zones is over. */
static void settle_zones(struct supervisor *s, int status)
{
    if (status != ERR_NO_ZONE) {
        s->phase = SERVING;
        announce(s);
        /* A definition may have gone while no daemon ran. */
        if (status == 0 && s->checks_good)
            reload_retire(s->reload);
        return;
    }
    /* Zones name checks that nobody has defined yet: that is no fault of theirs. */
    if (s->checker_late) {
        log_warning("no zone can be served before the checks are defined");
        return;
    }
    log_error("%s; each fault is in the lines above", err_text(status));
    leave(s, 1);
}

static void on_responder(
        void *context, struct role *role, enum role_event event, const struct ipc_message *message)
{
    struct supervisor *s = context;
    if (event == ROLE_SAID) {
        guarding_told(s->guarding, message->payload, message->length);
        return;
    }
    note_role(s, role, event);
    if (s->phase == LEAVING)
        close_if_ended(s);
    if (s->phase == ZONES && event == ROLE_READY)
        settle_zones(s, message->status);
}

/* The zones were read again, now that the checks are defined. */
static void on_late_reload(void *context, int status, const char *json, size_t length)
{
    struct supervisor *s = context;
    (void)json;
    (void)length;
    s->checker_late = false;
    /* A responder that died meanwhile settles it when the next one is ready. */
    if (s->phase == ZONES && role_state(s->responder) == ROLE_RUNNING)
        settle_zones(s, status);
}

static void on_checker(
        void *context, struct role *role, enum role_event event, const struct ipc_message *message)
{
    struct supervisor *s = context;
    if (event == ROLE_SAID) {
        shadows_take_lines(s->shadows, message->payload, message->length);
        return;
    }
    note_role(s, role, event);
    if (s->phase == LEAVING) {
        close_if_ended(s);
        return;
    }
    if (event == ROLE_GONE || s->phase == CHECKER)
        s->checks_good = event == ROLE_READY && message->status == 0;
    /* Before zones are answered from them. */
    if (event == ROLE_READY) {
        override_tick(s->override, message->status == 0, clock_real_ms());
        pusher_checker_ready(s->pusher);
        guarding_checker_ready(s->guarding);
        if (message->status == 0 && s->phase == CHECKER)
            rules_warn(s->rules);
    }
    /* One that died is started again, and zones wait for it as long as for the first. */
    if (s->phase == CHECKER && (event == ROLE_READY || has_ended(role)))
        start_zones(s);
    reload_checker_event(s->reload, event, message);
    if (event == ROLE_READY && s->checker_late) {
        log_info("the checks are defined now; reloading the zones that may name them");
        reload_ask(s->reload, on_late_reload, s);
    }
}

static void on_comparer(
        void *context, struct role *role, enum role_event event, const struct ipc_message *message)
{
    struct supervisor *s = context;
    (void)role;
    if (event == ROLE_SAID)
        return;
    compare_role_event(s->compare, event, message);
    if (s->phase == LEAVING)
        close_if_ended(s);
}

static void on_signal(uv_signal_t *handle, int number)
{
    struct supervisor *s = handle->data;
    if (number == SIGHUP) {
        if (s->phase != ZONES && s->phase != SERVING) {
            log_info("SIGHUP: nothing is loaded yet that could be reloaded");
            return;
        }
        log_info("SIGHUP: reloading");
        reload_ask(s->reload, NULL, NULL);
        return;
    }
    log_info("SIG%s: leaving", sigabbrev_np(number));
    leave(s, 0);
}

/* A silent checker changes no verdict, but somebody should know; and one that hangs makes room for another. */
static void watch_checker(struct supervisor *s)
{
    char length[CLOCK_TEXT_MAX];
    const struct vigil_question question = {
            .now_ms = clock_mono_ms(),
            .beat_ms = health_table_last_beat_ms(s->table),
            .timeout_ms = s->config->checker_timeout_s * 1000U,
            .is_starting = role_state(s->checker) == ROLE_STARTING,
    };
    enum role_state state = role_state(s->checker);
    if (s->config->no_checker || (state != ROLE_STARTING && state != ROLE_RUNNING))
        return;
    switch (vigil_ask(&s->vigil, &question)) {
    case VIGIL_SILENT:
        log_warning("the checker is silent; verdicts stay as last known");
        note(s, "silent", "checker", "verdicts stay as last known, or are open (on-stale)");
        break;
    case VIGIL_BACK:
        log_info("the checker is back");
        note(s, "back", "checker", "it had been silent");
        break;
    case VIGIL_HUNG:
        clock_format_duration(question.timeout_ms, length);
        log_error("the checker hangs: it has been silent for %s; killing it", length);
        role_kill(s->checker, "since it was silent for ", length);
        break;
    case VIGIL_NOTHING_NEW:
        break;
    }
}

static void on_tick(uv_timer_t *timer)
{
    struct supervisor *s = timer->data;
    override_tick(s->override, false, clock_real_ms());
    saver_tick(s->saver, clock_mono_ms());
    watch_checker(s);
}

static void make_roles(struct supervisor *s)
{
    const struct role_plan checker = {
            .name = "checker",
            .title = "holdfastd: checker",
            .program = "/proc/self/exe",
            .once = s->config->no_checker,
            .fds = s->checker_fds,
            .fds_count = COUNT(s->checker_fds),
    };
    const struct role_plan comparer = {
            .name = "comparer",
            .title = "holdfastd: comparer",
            .program = "/proc/self/exe",
            .once = true,
            .fds = s->comparer_fds,
            .fds_count = COUNT(s->comparer_fds),
    };
    const struct role_plan responder = {
            .name = "responder",
            .title = "holdfastd: responder",
            .program = "/proc/self/exe",
            .fds = s->responder_fds,
            .fds_count = 2 + s->listeners.count,
    };
    s->checker = role_new(&s->loop, &checker, on_checker, s);
    s->comparer = role_new(&s->loop, &comparer, on_comparer, s);
    s->responder = role_new(&s->loop, &responder, on_responder, s);
    s->reload = reload_new(&s->loop, s->checker, s->config->no_checker, s->responder);
    s->compare = compare_new(&s->loop, s->reload, s->checker,
            s->config->no_checker ? s->comparer : NULL, s->responder);
    s->saver = saver_new(&s->loop, s->table, s->state_path);
    s->rules = rules_new(s->config->safety_rule.list, s->config->safety_rule.count, s->table);
    s->override = override_new(&(struct override_settings){
            .table = s->table,
            .state_dir = s->config->state_dir,
            .checker = s->checker,
            .responder = s->responder,
            .journal = s->journal,
            .rules = s->rules,
    });
    s->pusher = pusher_new(
            s->table, s->config->state_dir, s->config->no_checker ? NULL : s->checker, s->rules);
    s->shadows = shadows_new(s->journal, s->checker, s->responder);
    s->guarding = guarding_new(s->table, s->config->state_dir, s->checker);
    s->sources = (struct requests_sources){
            .config = s->config,
            .table = s->table,
            .state_path = s->state_path,
            .audit_path = s->audit_path,
            .checker = s->checker,
            .responder = s->responder,
            .reload = s->reload,
            .compare = s->compare,
            .override = s->override,
            .pusher = s->pusher,
            .guarding = s->guarding,
            .rules = s->rules,
            .started_ms = s->started_ms,
    };
}

static void start(struct supervisor *s)
{
    for (size_t i = 0; i < COUNT(caught_signals); i++) {
        uv_signal_init(&s->loop, &s->signals[i]);
        s->signals[i].data = s;
        uv_signal_start(&s->signals[i], on_signal, caught_signals[i]);
    }
    uv_timer_init(&s->loop, &s->tick);
    uv_timer_init(&s->loop, &s->checker_wait);
    s->tick.data = s;
    s->checker_wait.data = s;
    uv_timer_start(&s->tick, on_tick, VIGIL_TICK_MS, VIGIL_TICK_MS);
    uv_timer_start(&s->checker_wait, on_checker_wait, CHECKER_FIRST_MS, 0);
    s->phase = CHECKER;
    role_start(s->checker);
}

/* A new string of the environment variable that names the service manager's socket; the roles do not
 * get it. */
static char *take_notify_path(void)
{
    const char *path = getenv("NOTIFY_SOCKET");
    char *copy = path != NULL ? mem_string(path) : NULL;
    unsetenv("NOTIFY_SOCKET");
    return copy;
}

int supervisor_run(const struct config *config)
{
    struct supervisor *s = mem_zalloc(1, sizeof(*s));
    *s = (struct supervisor){
            .config = config,
            .started_ms = clock_mono_ms(),
            .lock_fd = -1,
            .responder_config_fd = -1,
            .checker_config_fd = -1,
            .read_fd = -1,
            .write_fd = -1,
            .notify_path = take_notify_path(),
    };
    log_open("supervisor", config->log_level);
    /* What our parent left open is no role's business. */
    close_range(ROLE_FD_CHANNEL, ~0U, CLOSE_RANGE_CLOEXEC);
    signal(SIGPIPE, SIG_IGN);
    int error = uv_loop_init(&s->loop);
    if (error != 0) {
        fail("no event loop", error);
        close_all(s);
        free(s);
        return 1;
    }

    s->exit_status = 1;
    if (open_all(s) == 0) {
        make_roles(s);
        start(s);
        uv_run(&s->loop, UV_RUN_DEFAULT);
        saver_finish(s->saver);
        log_info("holdfastd has left");
    } else {
        control_close(s->control);
        uv_run(&s->loop, UV_RUN_DEFAULT);
    }
    int exit_status = s->exit_status;
    error = uv_loop_close(&s->loop);
    assert(error == 0);
    close_all(s);
    free(s);
    return exit_status;
}
