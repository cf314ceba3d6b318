/* requests.c -- see requests.h. */
#include "requests.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "admin/doc.h"
#include "admin/protocol.h"
#include "admin/status.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/mem.h"
#include "base/str.h"
#include "deed.h"

#define ERROR_MAX 4096U

static void reply_doc(struct control_request *request, int status, struct doc *doc)
{
    struct buf body;
    buf_init(&body, PROTOCOL_REPLY_MAX);
    doc_print(doc, &body);
    doc_free(doc);
    control_reply(request, status, buf_string(&body), body.length);
    buf_done(&body);
}

static void reply_error(struct control_request *request, int status, const char *text)
{
    struct doc *doc = doc_new();
    doc_set_text(doc, "error", text);
    reply_doc(request, status, doc);
}

/* ---- status ---- */

static struct doc *role_row(const struct role *role)
{
    struct role_report report;
    struct doc *row = doc_new();
    role_describe(role, &report);
    doc_set_text(row, "name", report.name);
    doc_set_text(row, "state", report.state);
    if (report.pid > 0)
        doc_set_number(row, "pid", (uint64_t)report.pid);
    else
        doc_set_text(row, "pid", NULL);
    doc_set_number(row, "uptime_ms", report.uptime_ms);
    doc_set_number(row, "restarts", report.restarts);
    doc_set_text(row, "last_end", report.last_end);
    doc_set_text(row, "files", report.files);
    return row;
}

static void add_listen(const struct config *config, struct doc *doc)
{
    doc_set_array(doc, "listen");
    for (size_t i = 0; i < config->listen_count; i++) {
        char text[NET_TEXT_MAX];
        struct doc *row = doc_new();
        doc_set_text(row, "address", net_address_format(&config->listen[i], text));
        doc_append(doc, "listen", row);
    }
}

static struct doc *reload_doc(const struct reload *reload)
{
    char text[CLOCK_TEXT_MAX];
    uint64_t last_ms = reload_last_ms(reload);
    struct doc *doc = doc_new();
    doc_set_text(doc, "time", last_ms > 0 ? clock_format(last_ms, text) : NULL);
    doc_set_text(doc, "result",
            last_ms == 0                      ? NULL
            : reload_last_status(reload) == 0 ? "ok"
                                              : "faulty");
    return doc;
}

static void answer_status(const struct requests_sources *sources, struct control_request *request,
        const char *argument)
{
    struct doc *doc = doc_new();
    (void)argument;
    doc_set_text(doc, "version", HOLDFAST_VERSION);
    doc_set_number(doc, "pid", (uint64_t)getpid());
    doc_set_number(doc, "uptime_ms", clock_mono_ms() - sources->started_ms);
    add_listen(sources->config, doc);
    doc_set_number(doc, "workers", sources->config->workers);
    doc_append(doc, "roles", role_row(sources->responder));
    doc_append(doc, "roles", role_row(sources->checker));
    doc_set_doc(doc, "checks", status_counts_doc(sources->table));
    doc_set_bool(doc, "checker_wanted", !sources->config->no_checker);
    doc_set_doc(doc, "heartbeat", status_heartbeat_doc(sources->table, clock_real_ms()));
    doc_set_doc(doc, "probing", status_probing_doc(sources->table));
    doc_set_text(doc, "state_file", sources->state_path);
    status_set_forces(doc, "forces", override_forces(sources->override), clock_real_ms());
    rules_set_doc(sources->rules, doc, clock_real_ms());
    doc_set_doc(doc, "reload", reload_doc(sources->reload));
    reply_doc(request, 0, doc);
}

/* ---- checks, force, version ---- */

static void answer_checks(const struct requests_sources *sources, struct control_request *request,
        const char *argument)
{
    const struct forces *forces = override_forces(sources->override);
    struct buf body;
    int error = 0;
    buf_init(&body, PROTOCOL_REPLY_MAX + 1);
    if (argument[0] == '\0')
        status_print_checks(sources->table, forces, clock_real_ms(), &body);
    else
        error = status_print_check(sources->table, forces, argument, clock_real_ms(), &body);
    control_reply(request, error, buf_string(&body), body.length);
    buf_done(&body);
}

static void answer_force(const struct requests_sources *sources, struct control_request *request,
        const char *argument)
{
    override_answer(sources->override, request, FORCE_FORCE, argument);
}

static void answer_drain(const struct requests_sources *sources, struct control_request *request,
        const char *argument)
{
    override_answer(sources->override, request, FORCE_DRAIN, argument);
}

static void answer_undrain(const struct requests_sources *sources, struct control_request *request,
        const char *argument)
{
    override_answer(sources->override, request, FORCE_UNDRAIN, argument);
}

static void answer_heartbeat(const struct requests_sources *sources,
        struct control_request *request, const char *argument)
{
    push_answer_heartbeat(sources->pusher, request, argument);
}

static void answer_alarm(const struct requests_sources *sources, struct control_request *request,
        const char *argument)
{
    push_answer_alarm(sources->pusher, request, argument);
}

static void answer_control(const struct requests_sources *sources, struct control_request *request,
        const char *argument)
{
    push_answer_control(sources->pusher, request, argument);
}

static void answer_guards(const struct requests_sources *sources, struct control_request *request,
        const char *argument)
{
    (void)argument;
    guarding_answer_guards(sources->guarding, request);
}

static void answer_accept(const struct requests_sources *sources, struct control_request *request,
        const char *argument)
{
    guarding_answer_accept(sources->guarding, request, argument);
}

static void answer_version(const struct requests_sources *sources, struct control_request *request,
        const char *argument)
{
    struct doc *doc = doc_new();
    (void)sources;
    (void)argument;
    doc_set_text(doc, "version", HOLDFAST_VERSION);
    reply_doc(request, 0, doc);
}

/* ---- what the responder knows ---- */

static void on_relayed(void *context, const struct role_answer *answer)
{
    struct control_request *request = context;
    if (answer->failure == -ETIMEDOUT)
        reply_error(request, answer->failure, "the responder does not answer");
    else if (answer->failure != 0)
        reply_error(request, answer->failure, "the responder does not run at the moment");
    else
        control_reply(request, answer->status, answer->payload, answer->length);
}

static void answer_zones(const struct requests_sources *sources, struct control_request *request,
        const char *argument)
{
    (void)argument;
    role_ask(sources->responder, "zones", REQUESTS_RELAY_MS, on_relayed, request);
}

static void answer_stats(const struct requests_sources *sources, struct control_request *request,
        const char *argument)
{
    (void)argument;
    role_ask(sources->responder, "stats", REQUESTS_RELAY_MS, on_relayed, request);
}

/* Hands a request on with its words.  The line is no longer than it came. */
static void relay(const struct requests_sources *sources, struct control_request *request,
        const char *word, const char *argument, uint64_t deadline_ms)
{
    char line[PROTOCOL_LINE_MAX + 1];
    snprintf(line, sizeof(line), "%s %s", word, argument);
    role_ask(sources->responder, line, deadline_ms, on_relayed, request);
}

static void answer_explain(const struct requests_sources *sources, struct control_request *request,
        const char *argument)
{
    relay(sources, request, "explain", argument, REQUESTS_RELAY_MS);
}

static void answer_lint(const struct requests_sources *sources, struct control_request *request,
        const char *argument)
{
    relay(sources, request, "lint", argument, REQUESTS_LINT_MS);
}

/* ---- reload, diff ---- */

static void on_reloaded(void *context, int status, const char *json, size_t length)
{
    deed_reply_printed(context, status == 0 ? "ok" : "not all is served as the files say", status,
            json, length);
}

static void answer_reload(const struct requests_sources *sources, struct control_request *request,
        const char *argument)
{
    struct deed *deed = mem_zalloc(1, sizeof(*deed));
    struct buf why;

    (void)argument;
    deed->audit_path = sources->audit_path;
    deed->verb = "reload";
    deed_begin(deed, request, ""); /* the argument, which is empty, is gone when it is done */
    buf_init(&why, STATUS_WHY_MAX);
    int error = deed_know_peer(deed, &why);
    if (error != 0)
        deed_refuse(deed, error, &why);
    else
        reload_ask(sources->reload, on_reloaded, deed);
    buf_done(&why);
}

static void on_compared(void *context, int status, const char *json, size_t length)
{
    control_reply(context, status, json, length);
}

static void answer_diff(const struct requests_sources *sources, struct control_request *request,
        const char *argument)
{
    compare_ask(sources->compare, argument, on_compared, request);
}

static const struct command {
    const char *name;
    bool takes_argument;
    void (*answer)(const struct requests_sources *sources, struct control_request *request,
            const char *argument);
} commands[] = {
        {"status",    false, answer_status   },
        {"checks",    true,  answer_checks   },
        {"force",     true,  answer_force    },
        {"drain",     true,  answer_drain    },
        {"undrain",   true,  answer_undrain  },
        {"heartbeat", true,  answer_heartbeat},
        {"alarm",     true,  answer_alarm    },
        {"control",   true,  answer_control  },
        {"guards",    false, answer_guards   },
        {"accept",    true,  answer_accept   },
        {"zones",     false, answer_zones    },
        {"stats",     false, answer_stats    },
        {"explain",   true,  answer_explain  },
        {"lint",      true,  answer_lint     },
        {"reload",    false, answer_reload   },
        {"diff",      true,  answer_diff     },
        {"version",   false, answer_version  },
};

static void answer_unknown(struct control_request *request, const char *word)
{
    struct str_nearest nearest = {.word = word};
    struct buf text;
    for (size_t i = 0; i < COUNT(commands); i++)
        str_nearest_offer(&nearest, commands[i].name);
    buf_init(&text, ERROR_MAX);
    buf_printf(&text, "no request \"%s\"", word);
    if (nearest.best != NULL)
        buf_printf(&text, "; did you mean \"%s\"?", nearest.best);
    reply_error(request, ERR_SYNTAX, buf_string(&text));
    buf_done(&text);
}

void requests_answer(
        const struct requests_sources *sources, struct control_request *request, const char *line)
{
    char word[PROTOCOL_LINE_MAX + 1] = "";
    line += strspn(line, " ");
    size_t length = strcspn(line, " ");
    memcpy(word, line, length); /* the line is no longer than the array */
    word[length] = '\0';
    const char *argument = line + length + strspn(line + length, " ");

    for (size_t i = 0; i < COUNT(commands); i++) {
        if (strcmp(commands[i].name, word) != 0)
            continue;
        if (argument[0] != '\0' && !commands[i].takes_argument)
            reply_error(request, ERR_SYNTAX, "this request takes no argument");
        else
            commands[i].answer(sources, request, argument);
        return;
    }
    answer_unknown(request, word);
}
