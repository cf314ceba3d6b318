/* push.c -- see push.h. */
#include "push.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "admin/doc.h"
#include "admin/status.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/str.h"
#include "check/definition.h"
#include "deed.h"
#include "health/pushes.h"
#include "push_order.h"
#include "statedir.h"

struct pusher {
    const struct health_table *table;
    struct role *checker; /* NULL: none is wanted */
    struct pushes *pushes;
    struct rules *rules;
    char *path, *audit_path;
    char (*beats)[HEALTH_ID_MAX + 1]; /* heartbeats that the checker has not heard */
    uint32_t beats_count, beats_room;
};

static const char no_checker[] = "this daemon runs no checker (no-checker), so nothing follows "
                                 "what is told; nothing has changed";

/* One request on its way. */
struct order {
    struct deed deed;
    struct pusher *pusher;
    enum push_verb verb;
    char id[HEALTH_ID_MAX + 1]; /* of a heartbeat */
    struct push_order wanted;
    struct push push;
};

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

struct pusher *pusher_new(const struct health_table *table, const char *state_dir,
        struct role *checker, struct rules *rules)
{
    struct pusher *pusher = mem_zalloc(1, sizeof(*pusher));
    pusher->table = table;
    pusher->checker = checker;
    pusher->rules = rules;
    pusher->pushes = pushes_new();
    pusher->path = file_path(state_dir, STATEDIR_PUSHES);
    pusher->audit_path = file_path(state_dir, STATEDIR_AUDIT);
    load(pusher);
    rules_know_pushes(rules, pusher->pushes);
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

static struct order *order_new(
        struct pusher *pusher, struct control_request *request, const char *words)
{
    struct order *order = mem_zalloc(1, sizeof(*order));
    order->pusher = pusher;
    order->deed.audit_path = pusher->audit_path;
    deed_begin(&order->deed, request, words);
    return order;
}

static void note_checker(struct order *order, int failure)
{
    if (failure != 0)
        doc_append_text(order->deed.doc, "notes",
                failure == -ETIMEDOUT ? "the checker does not answer; it follows when it does"
                                      : "the checker does not run; it follows when it does");
}

/* ---- which check is meant ---- */

/* What the target is called behind its kind: of a switch NAME, of an alarm REGION/NAME. */
static const char *name_of(const struct health_detail *detail)
{
    const char *at = detail->target + strcspn(detail->target, ":");
    return *at != '\0' ? at + 1 : at;
}

/* Whether `word` is all that the target says from `at` on, as far as the target is not cut. */
static bool is_rest(const struct health_detail *detail, const char *at, const char *word)
{
    return strncmp(at, word, HEALTH_TARGET_MAX - (size_t)(at - detail->target)) == 0;
}

static bool is_id_or_target(const struct health_detail *detail, const char *word)
{
    return strcmp(detail->id, word) == 0 || is_rest(detail, detail->target, word) ||
           is_rest(detail, name_of(detail), word);
}

static bool is_control(const struct health_detail *detail, const struct push_order *order)
{
    return is_id_or_target(detail, order->name);
}

static bool is_alarm(const struct health_detail *detail, const struct push_order *order)
{
    const char *region = name_of(detail);
    size_t length = strcspn(region, "/");
    if (order->region[0] != '\0' &&
            (strlen(order->region) != length || strncmp(order->region, region, length) != 0))
        return false;
    return is_id_or_target(detail, order->name) ||
           (region[length] == '/' && is_rest(detail, region + length + 1, order->name));
}

static bool is_heartbeat(const struct health_detail *detail, const struct push_order *order)
{
    return strcmp(detail->id, order->name) == 0;
}

/* The checks that a verb is about. */
struct kin {
    enum check_type type;
    const char *what;
    bool (*is_meant)(const struct health_detail *detail, const struct push_order *order);
};

static const struct kin heartbeats = {CHECK_HEARTBEAT, "heartbeat", is_heartbeat};

static const struct kin verb_kin[] = {
        [PUSH_ALARM] = {CHECK_CLOUDWATCH_METRIC, "alarm",   is_alarm  },
        [PUSH_CONTROL] = {CHECK_RECOVERY_CONTROL,  "control", is_control},
};

static bool read_kin(const struct health_table *table, uint32_t slot, const struct kin *kin,
        struct health_detail *ret)
{
    return health_table_read(table, slot, ret) != -ENOENT &&
           strcmp(ret->type, check_type_name(kin->type)) == 0;
}

/* Offers a name and keeps it if it is the nearest so far. */
static void offer(struct str_nearest *nearest, const char *name, struct buf *kept)
{
    const char *before = nearest->best;
    str_nearest_offer(nearest, name);
    if (nearest->best == before)
        return;
    buf_consume(kept, kept->length);
    buf_add_string(kept, name);
    nearest->best = buf_string(kept);
}

static int refuse_unknown(const struct health_table *table, const struct kin *kin,
        const struct push_order *order, struct buf *why)
{
    char word[PUSH_REGION_MAX + 1 + PUSH_NAME_MAX + 1];
    struct str_nearest nearest = {.word = word};
    struct health_detail detail;
    struct buf kept;
    snprintf(word, sizeof(word), "%s%s%s", order->region, order->region[0] != '\0' ? "/" : "",
            order->name);
    buf_init(&kept, HEALTH_TARGET_MAX);
    for (uint32_t slot = 0; slot < health_table_used(table); slot++) {
        if (!read_kin(table, slot, kin, &detail))
            continue;
        offer(&nearest, detail.id, &kept);
        offer(&nearest, name_of(&detail), &kept);
        const char *slash = strchr(name_of(&detail), '/');
        if (kin->type == CHECK_CLOUDWATCH_METRIC && slash != NULL)
            offer(&nearest, slash + 1, &kept);
    }
    buf_printf(why, "no check has the %s \"%s\"", kin->what, word);
    if (nearest.best != NULL)
        buf_printf(why, "; did you mean \"%s\"?", nearest.best);
    buf_done(&kept);
    return -ENOENT;
}

/* Finds a check of the one alarm, switch or heartbeat that is meant.  Returns 0, or a refusal with its reason. */
static int find_check(const struct health_table *table, const struct kin *kin,
        const struct push_order *order, struct health_detail *ret, struct buf *why)
{
    struct health_detail detail;
    bool found = false;
    for (uint32_t slot = 0; slot < health_table_used(table); slot++) {
        if (!read_kin(table, slot, kin, &detail) || !kin->is_meant(&detail, order))
            continue;
        if (found && strcmp(detail.target, ret->target) != 0) {
            buf_printf(why,
                    "\"%s\" may be %s (check %s) or %s (check %s); name the one that is meant in "
                    "full",
                    order->name, ret->target, ret->id, detail.target, detail.id);
            return -EINVAL;
        }
        if (!found)
            *ret = detail;
        found = true;
    }
    return found ? 0 : refuse_unknown(table, kin, order, why);
}

/* ---- alarms and switches ---- */

static struct doc *push_doc(const struct order *order)
{
    char time[CLOCK_TEXT_MAX];
    const struct push *push = pushes_find(order->pusher->pushes, order->push.target);
    if (push == NULL)
        return NULL;
    struct doc *doc = doc_new();
    doc_set_text(doc, "state", push_state_word(order->verb, push->state));
    doc_set_text(doc, "since", clock_format(push->since_ms, time));
    return doc;
}

static int read_order(struct order *order, struct buf *why)
{
    struct health_detail detail;
    int error = deed_know_peer(&order->deed, why);
    if (error == 0 && order->pusher->checker == NULL) {
        buf_add_string(why, no_checker);
        error = -ENOTSUP;
    }
    if (error == 0)
        error = push_order_parse(order->verb, order->deed.words, &order->wanted, why);
    if (error == 0)
        error = find_check(
                order->pusher->table, &verb_kin[order->verb], &order->wanted, &detail, why);
    if (error == 0)
        memcpy(order->push.target, detail.target, sizeof(detail.target));
    return error;
}

/* ---- the rules ---- */

/* What turning a switch makes of a check; a forced one stays as it is. */
static enum health_state state_then(
        const struct order *order, uint32_t slot, const struct health_detail *detail)
{
    struct health_verdict now = health_table_get(order->pusher->table, slot);
    bool is_on = order->wanted.state == HEALTH_UP;
    bool is_inverted = (detail->flags & HEALTH_INVERTED) != 0;
    if (now.forced || (detail->flags & HEALTH_DISABLED) != 0)
        return now.state;
    return is_on != is_inverted ? HEALTH_UP : HEALTH_DOWN;
}

/* Every check of the switch.  The list is new. */
static struct rules_wish wish_of(const struct order *order)
{
    const struct health_table *table = order->pusher->table;
    struct rules_change *changes = NULL;
    struct health_detail detail;
    uint32_t count = 0;
    for (uint32_t slot = 0; slot < health_table_used(table); slot++) {
        if (health_table_read(table, slot, &detail) == -ENOENT ||
                strcmp(detail.target, order->push.target) != 0)
            continue;
        changes = mem_resize(changes, count + 1, sizeof(*changes));
        changes[count] = (struct rules_change){.to = state_then(order, slot, &detail)};
        memcpy(changes[count++].id, detail.id, sizeof(detail.id));
    }
    return (struct rules_wish){
            .changes = changes,
            .count = count,
            .overrides = (const char(*)[RULES_NAME_MAX + 1])(uintptr_t)order->wanted.overrides,
            .overrides_count = order->wanted.overrides_count,
            .now_ms = order->deed.now_ms,
    };
}

/* Puts the push on the list and the list on the disk, or neither. */
static int keep(struct order *order, struct buf *why)
{
    struct pusher *pusher = order->pusher;
    const struct push *known = pushes_find(pusher->pushes, order->push.target);
    struct push before = known != NULL ? *known : (struct push){.target = ""};
    bool was_known = known != NULL;

    /* A switch that is told what it is already has not been turned. */
    bool is_turned =
            !was_known || order->verb != PUSH_CONTROL || before.state != order->wanted.state;
    order->push.state = order->wanted.state;
    order->push.since_ms = is_turned ? order->deed.now_ms : before.since_ms;
    int error = pushes_set(pusher->pushes, &order->push);
    if (error == 0)
        error = pushes_save(pusher->pushes, pusher->path);
    if (error == 0)
        return 0;
    pushes_remove(pusher->pushes, order->push.target);
    if (was_known)
        (void)!pushes_set(pusher->pushes, &before);
    buf_printf(why, "%s is not written: %s; nothing has changed", pusher->path, err_text(error));
    return error;
}

/* Rules are about switches; an alarm is somebody else's word. */
static int allow_and_keep(struct order *order, struct buf *why)
{
    struct rules *rules = order->pusher->rules;
    struct rules_wish wish = {.count = 0};
    if (order->verb == PUSH_CONTROL)
        wish = wish_of(order);
    int error = rules_allow(rules, &wish, why);
    if (error == 0)
        error = keep(order, why);
    if (error == 0)
        rules_note(rules, &wish);
    free(wish.changes);
    return error;
}

static void on_applied(void *context, const struct role_answer *answer)
{
    struct order *order = context;
    note_checker(order, answer->failure);
    deed_reply(&order->deed);
}

static void answer_push(struct pusher *pusher, struct control_request *request, enum push_verb verb,
        const char *words)
{
    struct order *order = order_new(pusher, request, words);
    struct buf why;
    order->verb = verb;
    order->deed.verb = verb_kin[verb].what;
    buf_init(&why, STATUS_WHY_MAX);
    int error = read_order(order, &why);
    order->deed.before = push_doc(order);
    struct doc *before = push_doc(order);
    if (error == 0)
        error = allow_and_keep(order, &why);
    if (error != 0) {
        doc_free(before);
        deed_refuse(&order->deed, error, &why);
        buf_done(&why);
        return;
    }
    buf_done(&why);
    log_info("%s is %s, told by %s (uid %u)", order->push.target,
            push_state_word(verb, order->push.state), order->deed.user,
            (unsigned)order->deed.peer.uid);
    doc_set_text(order->deed.doc, "target", order->push.target);
    doc_set_doc(order->deed.doc, "old", before);
    doc_set_doc(order->deed.doc, "new", push_doc(order));
    doc_set_array(order->deed.doc, "notes");
    order->deed.after = push_doc(order);
    deed_audit(&order->deed, "ok");
    role_ask(pusher->checker, "pushed", PUSH_CHECKER_MS, on_applied, order);
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

static void refuse_beat(struct order *order, int error, const char *why)
{
    order->deed.status = error;
    doc_set_text(order->deed.doc, "error", why);
    deed_reply(&order->deed);
}

/* Only where the checker cannot tell, as the table must be gone through. */
static void look_up_beat(struct order *order, int failure)
{
    struct push_order wanted = {.name = ""};
    struct health_detail detail;
    struct buf why;
    buf_init(&why, STATUS_WHY_MAX);
    snprintf(wanted.name, sizeof(wanted.name), "%s", order->id);
    int error = find_check(order->pusher->table, &heartbeats, &wanted, &detail, &why);
    if (error == 0) {
        if (failure != 0)
            remember(order->pusher, order->id);
        doc_set_text(order->deed.doc, "id", order->id);
        doc_set_array(order->deed.doc, "notes");
        note_checker(order, failure);
        deed_reply(&order->deed);
    } else {
        refuse_beat(order, error, buf_string(&why));
    }
    buf_done(&why);
}

static void on_beaten(void *context, const struct role_answer *answer)
{
    struct order *order = context;
    if (answer->failure != 0 || answer->status != 0) {
        look_up_beat(order, answer->failure);
        return;
    }
    doc_set_text(order->deed.doc, "id", order->id);
    doc_set_array(order->deed.doc, "notes");
    deed_reply(&order->deed);
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
    struct order *order = order_new(pusher, request, words);
    size_t length = strlen(words);
    if (length == 0 || length > HEALTH_ID_MAX || strchr(words, ' ') != NULL) {
        refuse_beat(order, ERR_SYNTAX, "wanted: heartbeat ID");
        return;
    }
    if (pusher->checker == NULL) {
        refuse_beat(order, -ENOTSUP, no_checker);
        return;
    }
    memcpy(order->id, words, length + 1);
    snprintf(line, sizeof(line), "beat %s", words);
    role_ask(pusher->checker, line, PUSH_CHECKER_MS, on_beaten, order);
}

void pusher_checker_ready(struct pusher *pusher)
{
    char line[HEALTH_ID_MAX + sizeof("beat ")];
    if (pusher->checker == NULL)
        return; /* it only defines the checks, and ends */
    for (uint32_t i = 0; i < pusher->beats_count; i++) {
        snprintf(line, sizeof(line), "beat %s", pusher->beats[i]);
        role_ask(pusher->checker, line, PUSH_CHECKER_MS, on_unwatched, NULL);
    }
    pusher->beats_count = 0;
    /* A push may have come while the checker was reading the list. */
    role_ask(pusher->checker, "pushed", PUSH_CHECKER_MS, on_unwatched, NULL);
}
