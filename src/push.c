/* push.c -- see push.h. */
#include "push.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "admin/doc.h"
#include "admin/protocol.h"
#include "admin/status.h"
#include "audit.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/str.h"
#include "check/definition.h"
#include "health/pushes.h"
#include "push_order.h"
#include "statedir.h"
#include "user.h"

struct pusher {
    const struct health_table *table;
    struct role *checker;
    struct pushes *pushes;
    char *path, *audit_path;
    char (*beats)[HEALTH_ID_MAX + 1]; /* heartbeats that the checker has not heard */
    uint32_t beats_count, beats_room;
};

/* One request on its way. */
struct deed {
    struct pusher *pusher;
    struct control_request *request;
    enum push_verb verb;
    const char *words;
    uint64_t now_ms;
    struct control_peer peer;
    char user[USER_NAME_MAX + 1];
    char id[HEALTH_ID_MAX + 1]; /* of a heartbeat */
    struct push_order order;
    struct push push;
    struct doc *before, *after; /* for the audit log */
    struct doc *doc;            /* the answer */
    int status;
};

static const char *const verb_words[] = {[PUSH_ALARM] = "alarm", [PUSH_CONTROL] = "control"};

static void load(struct pusher *pusher)
{
    int error = pushes_load(pusher->pushes, pusher->path);
    if (error == 0 || error == -ENOENT)
        return;
    size_t room = strlen(pusher->path) + sizeof(".bad");
    char *aside = mem_alloc(room);
    snprintf(aside, room, "%s.bad", pusher->path);
    bool moved = rename(pusher->path, aside) == 0;
    log_error("%s is not read: %s; alarms and switches stay as last known%s%s", pusher->path,
            err_text(error), moved ? "; it is kept as " : "", moved ? aside : "");
    free(aside);
}

struct pusher *pusher_new(
        const struct health_table *table, const char *state_dir, struct role *checker)
{
    struct pusher *pusher = mem_zalloc(1, sizeof(*pusher));
    pusher->table = table;
    pusher->checker = checker;
    pusher->pushes = pushes_new();
    pusher->path = file_path(state_dir, STATEDIR_PUSHES);
    pusher->audit_path = file_path(state_dir, STATEDIR_AUDIT);
    load(pusher);
    return pusher;
}

void pusher_free(struct pusher *pusher)
{
    if (pusher == NULL)
        return;
    pushes_free(pusher->pushes);
    free(pusher->path);
    free(pusher->audit_path);
    free(pusher->beats);
    free(pusher);
}

/* ---- answers ---- */

static struct deed *deed_new(
        struct pusher *pusher, struct control_request *request, const char *words)
{
    struct deed *deed = mem_zalloc(1, sizeof(*deed));
    deed->pusher = pusher;
    deed->request = request;
    deed->words = words;
    deed->now_ms = clock_real_ms();
    deed->doc = doc_new();
    return deed;
}

/* The last step of every request. */
static void reply(struct deed *deed)
{
    struct buf body;
    buf_init(&body, PROTOCOL_REPLY_MAX);
    doc_print(deed->doc, &body);
    control_reply(deed->request, deed->status, buf_string(&body), body.length);
    buf_done(&body);
    doc_free(deed->doc);
    free(deed);
}

static void note_checker(struct deed *deed, int failure)
{
    if (failure != 0)
        doc_append_text(deed->doc, "notes",
                failure == -ETIMEDOUT ? "the checker does not answer; it follows when it does"
                                      : "the checker does not run; it follows when it does");
}

/* ---- which check is meant ---- */

static bool is_control(const struct health_detail *detail, const struct push_order *order)
{
    struct push_order cut = *order;
    cut.name[HEALTH_TARGET_MAX - (sizeof("control:") - 1)] = '\0'; /* as the target is */
    return strcmp(detail->id, order->name) == 0 ||
           strcmp(detail->target + sizeof("control:") - 1, cut.name) == 0;
}

static bool is_alarm(const struct health_detail *detail, const struct push_order *order)
{
    const char *region = detail->target + sizeof("alarm:") - 1;
    size_t length = strcspn(region, "/");
    bool here = order->region[0] == '\0' ||
                (strlen(order->region) == length && strncmp(order->region, region, length) == 0);
    size_t room = HEALTH_TARGET_MAX - (size_t)(region + length + 1 - detail->target);
    return here &&
           (strcmp(detail->id, order->name) == 0 ||
                   (region[length] == '/' && strncmp(region + length + 1, order->name, room) == 0));
}

static bool is_heartbeat(const struct health_detail *detail, const struct push_order *order)
{
    return strcmp(detail->id, order->name) == 0;
}

/* The checks that a verb is about. */
struct kin {
    enum check_type type;
    bool (*is_meant)(const struct health_detail *detail, const struct push_order *order);
};

static const struct kin heartbeats = {CHECK_HEARTBEAT, is_heartbeat};

static const struct kin verb_kin[] = {
        [PUSH_ALARM] = {CHECK_CLOUDWATCH_METRIC, is_alarm  },
        [PUSH_CONTROL] = {CHECK_RECOVERY_CONTROL,  is_control},
};

/* Looks for the check that is meant; if there is none, `nearest` is the name or id nearest to it. */
static bool find_check(const struct health_table *table, const struct kin *kin,
        const struct push_order *order, struct health_detail *ret, struct buf *nearest)
{
    static const char *const marks = ":/";
    struct str_nearest best = {.word = order->name};
    char names[2][HEALTH_TARGET_MAX + 1];
    struct health_detail detail;
    for (uint32_t slot = 0; slot < health_table_used(table); slot++) {
        if (health_table_read(table, slot, &detail) == -ENOENT ||
                strcmp(detail.type, check_type_name(kin->type)) != 0)
            continue;
        if (kin->is_meant(&detail, order)) {
            *ret = detail;
            return true;
        }
        const char *name = detail.target + strcspn(detail.target, marks);
        snprintf(names[0], sizeof(names[0]), "%s", detail.id);
        snprintf(names[1], sizeof(names[1]), "%s", *name != '\0' ? name + 1 : name);
        for (size_t i = 0; i < COUNT(names); i++) {
            const char *before = best.best;
            str_nearest_offer(&best, names[i]);
            if (best.best == before)
                continue;
            buf_consume(nearest, nearest->length);
            buf_add_string(nearest, best.best);
            best.best = buf_string(nearest);
        }
    }
    return false;
}

static int refuse_name(const char *what, const char *name, const char *nearest, struct buf *why)
{
    buf_printf(why, "no check has the %s \"%s\"", what, name);
    if (nearest[0] != '\0')
        buf_printf(why, "; did you mean \"%s\"?", nearest);
    return -ENOENT;
}

/* ---- alarms and switches ---- */

static struct doc *push_doc(const struct deed *deed)
{
    char time[CLOCK_TEXT_MAX];
    const struct push *push = pushes_find(deed->pusher->pushes, deed->push.target);
    if (push == NULL)
        return NULL;
    struct doc *doc = doc_new();
    doc_set_text(doc, "state", push_state_word(deed->verb, push->state));
    doc_set_text(doc, "since", clock_format(push->since_ms, time));
    return doc;
}

static int audit(struct deed *deed, bool refused, const char *result)
{
    const struct audit_entry entry = {
            .now_ms = deed->now_ms,
            .peer = deed->peer,
            .user = deed->user,
            .verb = verb_words[deed->verb],
            .arguments = deed->words,
            .before = deed->before,
            .after = deed->after,
            .refused = refused,
            .result = result,
    };
    int error = audit_append(deed->pusher->audit_path, &entry);
    if (error != 0)
        log_error("%s is not written: %s; %s (uid %u) asked: %s %s: %s", deed->pusher->audit_path,
                err_text(error), deed->user, (unsigned)deed->peer.uid, verb_words[deed->verb],
                deed->words, result);
    return error;
}

static int read_order(struct deed *deed, struct buf *why)
{
    struct health_detail detail;
    struct buf nearest;
    snprintf(deed->user, sizeof(deed->user), "?");
    int error = control_peer(deed->request, &deed->peer);
    if (error != 0) {
        buf_printf(why, "who asks is not known: %s", err_text(error));
        return error;
    }
    user_name(USER_PATH, deed->peer.uid, deed->user);
    error = push_order_parse(deed->verb, deed->words, &deed->order, why);
    if (error != 0)
        return error;
    buf_init(&nearest, STATUS_WHY_MAX);
    if (find_check(deed->pusher->table, &verb_kin[deed->verb], &deed->order, &detail, &nearest))
        memcpy(deed->push.target, detail.target, sizeof(detail.target));
    else
        error = refuse_name(verb_words[deed->verb], deed->order.name, buf_string(&nearest), why);
    buf_done(&nearest);
    return error;
}

/* Puts the push on the list and the list on the disk, or neither. */
static int keep(struct deed *deed, struct buf *why)
{
    struct pusher *pusher = deed->pusher;
    const struct push *known = pushes_find(pusher->pushes, deed->push.target);
    struct push before = known != NULL ? *known : (struct push){.target = ""};
    bool was_known = known != NULL;

    deed->push.state = deed->order.state;
    deed->push.since_ms = deed->now_ms;
    int error = pushes_set(pusher->pushes, &deed->push);
    if (error == 0)
        error = pushes_save(pusher->pushes, pusher->path);
    if (error == 0)
        return 0;
    pushes_remove(pusher->pushes, deed->push.target);
    if (was_known)
        (void)!pushes_set(pusher->pushes, &before);
    buf_printf(why, "%s is not written: %s; nothing has changed", pusher->path, err_text(error));
    return error;
}

static void on_applied(void *context, const struct role_answer *answer)
{
    struct deed *deed = context;
    note_checker(deed, answer->failure);
    reply(deed);
}

static void refuse(struct deed *deed, int status, struct buf *why)
{
    int error = audit(deed, true, buf_string(why));
    if (error != 0)
        buf_printf(why, "; and the audit log is not written: %s", err_text(error));
    deed->status = status;
    doc_set_text(deed->doc, "error", buf_string(why));
    reply(deed);
}

static void answer_push(struct pusher *pusher, struct control_request *request, enum push_verb verb,
        const char *words)
{
    struct deed *deed = deed_new(pusher, request, words);
    struct buf why;
    deed->verb = verb;
    buf_init(&why, STATUS_WHY_MAX);
    int error = read_order(deed, &why);
    deed->before = push_doc(deed);
    struct doc *before = push_doc(deed);
    if (error == 0)
        error = keep(deed, &why);
    if (error != 0) {
        doc_free(before);
        refuse(deed, error, &why);
        buf_done(&why);
        return;
    }
    buf_done(&why);
    log_info("%s is %s, told by %s (uid %u)", deed->push.target,
            push_state_word(verb, deed->push.state), deed->user, (unsigned)deed->peer.uid);
    doc_set_text(deed->doc, "target", deed->push.target);
    doc_set_doc(deed->doc, "old", before);
    doc_set_doc(deed->doc, "new", push_doc(deed));
    doc_set_array(deed->doc, "notes");
    deed->after = push_doc(deed);
    error = audit(deed, false, "ok");
    if (error != 0) {
        deed->status = error;
        doc_append_text(deed->doc, "notes", "it is done, but the audit log is not written");
    }
    role_ask(pusher->checker, "pushed", PUSH_CHECKER_MS, on_applied, deed);
}

void push_answer_alarm(struct pusher *pusher, struct control_request *request, const char *words)
{
    answer_push(pusher, request, PUSH_ALARM, words);
}

void push_answer_control(struct pusher *pusher, struct control_request *request, const char *words)
{
    answer_push(pusher, request, PUSH_CONTROL, words);
}

/* ---- heartbeats ---- */

static void remember(struct pusher *pusher, const char *id)
{
    for (uint32_t i = 0; i < pusher->beats_count; i++)
        if (strcmp(pusher->beats[i], id) == 0)
            return;
    if (pusher->beats_count == HEALTH_TABLE_SLOTS)
        return; /* more than there are checks: some of these are gone */
    if (pusher->beats_count == pusher->beats_room) {
        pusher->beats_room = pusher->beats_room > 0 ? 2 * pusher->beats_room : 16;
        pusher->beats = mem_resize(pusher->beats, pusher->beats_room, sizeof(*pusher->beats));
    }
    snprintf(pusher->beats[pusher->beats_count++], HEALTH_ID_MAX + 1, "%s", id);
}

static void refuse_beat(struct deed *deed, const char *nearest)
{
    struct buf why;
    buf_init(&why, STATUS_WHY_MAX);
    deed->status = refuse_name("heartbeat", deed->id, nearest, &why);
    doc_set_text(deed->doc, "error", buf_string(&why));
    buf_done(&why);
    reply(deed);
}

/* Only where the checker cannot tell, as the table must be gone through. */
static void look_up_beat(struct deed *deed, int failure)
{
    struct push_order order = {.name = ""};
    struct health_detail detail;
    struct buf nearest;
    buf_init(&nearest, STATUS_WHY_MAX);
    snprintf(order.name, sizeof(order.name), "%s", deed->id);
    if (find_check(deed->pusher->table, &heartbeats, &order, &detail, &nearest)) {
        if (failure != 0)
            remember(deed->pusher, deed->id);
        doc_set_text(deed->doc, "id", deed->id);
        doc_set_array(deed->doc, "notes");
        note_checker(deed, failure);
        reply(deed);
    } else {
        refuse_beat(deed, buf_string(&nearest));
    }
    buf_done(&nearest);
}

static void on_beaten(void *context, const struct role_answer *answer)
{
    struct deed *deed = context;
    if (answer->failure != 0 || answer->status != 0) {
        look_up_beat(deed, answer->failure);
        return;
    }
    doc_set_text(deed->doc, "id", deed->id);
    doc_set_array(deed->doc, "notes");
    reply(deed);
}

static void on_unwatched(void *context, const struct role_answer *answer)
{
    (void)context;
    (void)answer;
}

void push_answer_heartbeat(
        struct pusher *pusher, struct control_request *request, const char *words)
{
    char line[HEALTH_ID_MAX + sizeof("beat ")];
    struct deed *deed = deed_new(pusher, request, words);
    size_t length = strlen(words);
    if (length == 0 || length > HEALTH_ID_MAX || strchr(words, ' ') != NULL) {
        deed->status = ERR_SYNTAX;
        doc_set_text(deed->doc, "error", "wanted: heartbeat ID");
        reply(deed);
        return;
    }
    memcpy(deed->id, words, length + 1);
    snprintf(line, sizeof(line), "beat %s", words);
    role_ask(pusher->checker, line, PUSH_CHECKER_MS, on_beaten, deed);
}

void pusher_checker_ready(struct pusher *pusher)
{
    char line[HEALTH_ID_MAX + sizeof("beat ")];
    for (uint32_t i = 0; i < pusher->beats_count; i++) {
        snprintf(line, sizeof(line), "beat %s", pusher->beats[i]);
        role_ask(pusher->checker, line, PUSH_CHECKER_MS, on_unwatched, NULL);
    }
    pusher->beats_count = 0;
    /* A push may have come while the checker was reading the list. */
    role_ask(pusher->checker, "pushed", PUSH_CHECKER_MS, on_unwatched, NULL);
}
