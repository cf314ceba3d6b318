/* override.c -- see override.h. */
#include "override.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "admin/doc.h"
#include "admin/protocol.h"
#include "admin/status.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/str.h"
#include "check/definition.h"
#include "deed.h"
#include "health/ids.h"
#include "statedir.h"

struct override {
    struct health_table *table;
    struct role *checker, *responder;
    struct journal *journal;
    struct rules *rules;
    struct forces *forces;
    char *path, *audit_path;
    int save_result;     /* of the last time; the file is behind the list as long as it is not 0 */
    uint64_t generation; /* of the table, when the forces were last applied */
};

/* One request on its way. */
struct order {
    struct deed deed;
    struct override *override;
    enum force_verb verb;
    struct force_order wanted;
    char line[PROTOCOL_LINE_MAX + 1]; /* the words, for as long as it takes */
    char (*ids)[HEALTH_ID_MAX + 1];   /* the checks that it is about */
    uint32_t count;
};

static const char *state_name(enum health_state state)
{
    return state == HEALTH_DOWN ? "down" : "up";
}

/* ---- what is kept ---- */

/* A fault is logged when it comes and when it goes. */
static void save(struct override *override)
{
    int error = forces_save(override->forces, override->path);
    if (error != 0 && error != override->save_result)
        log_error("%s is not written: %s; what is forced would not survive a restart",
                override->path, err_text(error));
    else if (error == 0 && override->save_result != 0)
        log_info("%s is written again", override->path);
    override->save_result = error;
}

static void load(struct override *override)
{
    int error = forces_load(override->forces, override->path);
    if (error == 0 || error == -ENOENT)
        return;
    size_t room = strlen(override->path) + sizeof(".bad");
    char *aside = mem_alloc(room);
    snprintf(aside, room, "%s.bad", override->path);
    bool moved = rename(override->path, aside) == 0;
    log_error("%s is not read: %s; no check is forced%s%s", override->path, err_text(error),
            moved ? "; it is kept as " : "", moved ? aside : "");
    free(aside);
}

struct override *override_new(const struct override_settings *settings)
{
    struct override *override = mem_zalloc(1, sizeof(*override));
    const char *state_dir = settings->state_dir;
    override->table = settings->table;
    override->checker = settings->checker;
    override->responder = settings->responder;
    override->journal = settings->journal;
    override->rules = settings->rules;
    override->forces = forces_new();
    override->path = file_path(state_dir, STATEDIR_FORCES);
    override->audit_path = file_path(state_dir, STATEDIR_AUDIT);
    load(override);
    rules_know_forces(override->rules, override->forces);
    override_tick(override, false, clock_real_ms());
    if (forces_count(override->forces) > 0)
        log_warning("%u checks are forced by operators, as before the start",
                forces_count(override->forces));
    return override;
}

void override_free(struct override *override)
{
    if (override == NULL)
        return;
    forces_free(override->forces);
    free(override->path);
    free(override->audit_path);
    free(override);
}

const struct forces *override_forces(const struct override *override)
{
    return override->forces;
}

/* ---- what the checker makes of it ---- */

/* CALCULATED checks are the checker's to count, and what fell while it was forced is its guards' to judge; where there
 * is neither nobody is asked. */
static bool awaits_checker(const struct health_table *table)
{
    const char *type = check_type_name(CHECK_CALCULATED);
    struct health_detail detail;
    for (uint32_t slot = 0; slot < health_table_used(table); slot++)
        if (health_table_found(table, slot).held ||
                (health_table_read(table, slot, &detail) != -ENOENT &&
                        strcmp(detail.type, type) == 0))
            return true;
    return false;
}

static void on_unwatched(void *context, const struct role_answer *answer)
{
    (void)context;
    (void)answer;
}

/* ---- the journal ---- */

static const char *force_word(const struct force *force)
{
    return force != NULL ? state_name(force->state) : "auto";
}

/* What was forced before, and is now; NULL for nothing. */
struct turn {
    const char *id, *from;
    const struct force *now;
    const char *who, *why;
    uint64_t now_ms;
};

static void note_turn(struct override *override, const struct turn *turn)
{
    struct doc *doc = doc_new();
    doc_set_number(doc, "ms", turn->now_ms);
    doc_set_text(doc, "kind", "force");
    doc_set_text(doc, "check", turn->id);
    doc_set_text(doc, "from", turn->from);
    doc_set_text(doc, "to", force_word(turn->now));
    doc_set_text(doc, "owner", turn->who);
    doc_set_text(doc, "reason", turn->why);
    if (turn->now != NULL && turn->now->until_ms > 0)
        doc_set_number(doc, "until_ms", turn->now->until_ms);
    journal_add(override->journal, doc);
}

/* ---- what ends a force by itself ---- */

static void end_force(
        struct override *override, const struct force *force, const char *why, uint64_t now_ms)
{
    char id[HEALTH_ID_MAX + 1];
    memcpy(id, force->id, sizeof(id));
    note_turn(override, &(struct turn){id, force_word(force), NULL, force->owner, why, now_ms});
    log_info("check %s is no longer forced %s by %s: %s", id, state_name(force->state),
            force->owner, why);
    forces_end(override->forces, override->table, id);
}

/* Returns whether any has ended. */
static bool end_expired(struct override *override, uint64_t now_ms)
{
    bool any = false;
    const struct force *force;
    while ((force = forces_expired(override->forces, now_ms)) != NULL) {
        end_force(override, force, "its time is over", now_ms);
        any = true;
    }
    return any;
}

/* Nothing can have come or gone while the table's generation stands. */
static bool follow_checks(struct override *override, bool defined, uint64_t now_ms)
{
    bool any = false;
    const struct force *force;
    uint64_t generation = health_table_generation(override->table);
    if (generation == override->generation && !defined)
        return false;
    override->generation = generation;
    forces_apply(override->forces, override->table);
    while ((force = forces_gone(override->forces, defined)) != NULL) {
        end_force(override, force, "the check is gone", now_ms);
        any = true;
    }
    return any;
}

void override_tick(struct override *override, bool defined, uint64_t now_ms)
{
    bool ended = end_expired(override, now_ms);
    ended |= follow_checks(override, defined, now_ms);
    if (ended || override->save_result != 0)
        save(override);
    if (ended && awaits_checker(override->table))
        role_ask(override->checker, "recount", OVERRIDE_RECOUNT_MS, on_unwatched, NULL);
}

/* ---- one request ---- */

/* The last step of every request. */
static void finish(struct order *order)
{
    free(order->ids);
    deed_reply(&order->deed);
}

static void refuse(struct order *order, int status, struct buf *why)
{
    free(order->ids);
    deed_refuse(&order->deed, status, why);
}

static void on_recounted(void *context, const struct role_answer *answer)
{
    struct order *order = context;
    if (answer->failure == -ETIMEDOUT)
        doc_append_text(order->deed.doc, "notes",
                "the checker does not answer; CALCULATED checks follow when it does");
    else if (answer->failure != 0)
        doc_append_text(order->deed.doc, "notes",
                "the checker does not run; CALCULATED checks follow when it does");
    finish(order);
}

static void note(struct deed *deed, int error, const char *what, const char *path)
{
    struct buf text;
    buf_init(&text, STATUS_WHY_MAX);
    buf_printf(&text, "%s, but %s is not written: %s", what, path, err_text(error));
    doc_append_text(deed->doc, "notes", buf_string(&text));
    buf_done(&text);
    deed->status = error;
}

static void add_id(struct order *order, const char *id)
{
    order->ids = mem_resize(order->ids, order->count + 1, sizeof(*order->ids));
    snprintf(order->ids[order->count++], sizeof(*order->ids), "%s", id);
}

static const struct force *force_of_first(const struct order *order)
{
    return order->count > 0 ? forces_find(order->override->forces, order->ids[0]) : NULL;
}

/* What is forced: of a drain, all of its checks are forced alike. */
static struct doc *force_doc(const struct order *order)
{
    const struct force *force = force_of_first(order);
    if (force == NULL)
        return NULL;
    struct doc *doc = status_force_doc(force, order->deed.now_ms);
    for (uint32_t i = 0; i < order->count && order->verb != FORCE_FORCE; i++)
        doc_append_text(doc, "checks", order->ids[i]);
    return doc;
}

/* ---- which checks it is about ---- */

/* Writes "drain TARGET", and behind a colon the reason. */
static int mark(const struct order *order, char ret[FORCE_REASON_MAX + 1])
{
    const char *reason = order->wanted.reason;
    int length = snprintf(ret, FORCE_REASON_MAX + 1, FORCE_DRAIN_MARK "%s%s%s",
            order->wanted.target, reason[0] != '\0' ? ": " : "", reason);
    return length > (int)FORCE_REASON_MAX ? ERR_TOO_LARGE : 0;
}

/* What a force drains, or the empty text. */
static void drained_by(const struct force *force, char ret[FORCE_REASON_MAX + 1])
{
    const size_t mark_length = sizeof(FORCE_DRAIN_MARK) - 1;
    bool is_drain = strncmp(force->reason, FORCE_DRAIN_MARK, mark_length) == 0;
    snprintf(ret, FORCE_REASON_MAX + 1, "%s", is_drain ? force->reason + mark_length : "");
    char *colon = strstr(ret, ": ");
    if (colon != NULL)
        *colon = '\0';
}

static int find_drained(struct order *order, struct buf *why)
{
    const struct forces *forces = order->override->forces;
    const char *target = order->wanted.target;
    struct str_nearest nearest = {.word = target};
    char drained[FORCE_REASON_MAX + 1], best[FORCE_REASON_MAX + 1];
    for (uint32_t i = 0; i < forces_count(forces); i++) {
        const struct force *force = forces_at(forces, i);
        drained_by(force, drained);
        if (strcmp(drained, target) == 0)
            add_id(order, force->id);
        if (str_nearest_offer(&nearest, drained))
            nearest.best = memcpy(best, drained, sizeof(best));
    }
    if (order->count > 0)
        return 0;
    buf_printf(why, "\"%s\" is not drained", target);
    if (nearest.best != NULL)
        buf_printf(why, "; did you mean \"%s\"?", nearest.best);
    return -ENOENT;
}

static int read_order(struct order *order, struct buf *why)
{
    int error = deed_know_peer(&order->deed, why);
    if (error != 0)
        return error;
    error = force_order_parse(order->verb, order->line, &order->wanted, why);
    char reason[FORCE_REASON_MAX + 1];
    if (error == 0 && order->verb == FORCE_DRAIN && mark(order, reason) != 0) {
        buf_printf(why, "what is drained and the reason are too long together: at most %u bytes",
                FORCE_REASON_MAX - (unsigned)sizeof(FORCE_DRAIN_MARK));
        error = ERR_TOO_LARGE;
    }
    return error;
}

/* Finds what can be found without a zone. */
static int find_checks(struct order *order, struct buf *why)
{
    const struct override *override = order->override;
    if (order->verb == FORCE_UNDRAIN)
        return find_drained(order, why);
    const char *id = order->verb == FORCE_FORCE ? order->wanted.id : order->wanted.target;
    /* What is kept for a check that is not there at the moment can be ended. */
    bool is_kept =
            order->wanted.state == HEALTH_UNKNOWN && forces_find(override->forces, id) != NULL;
    int error = is_kept ? 0 : status_find_check(override->table, id, why);
    if (error == 0)
        add_id(order, id);
    return error;
}

/* ---- whether it may be ---- */

static enum health_state state_then(
        const struct order *order, const struct health_ids *ids, const char *id)
{
    if (order->wanted.state != HEALTH_UNKNOWN)
        return order->wanted.state;
    struct health_verdict found =
            health_table_found(order->override->table, health_ids_find(ids, id));
    return found.state == HEALTH_DOWN && !found.held ? HEALTH_DOWN : HEALTH_UP;
}

static struct rules_wish wish_of(const struct order *order)
{
    struct health_ids *ids = health_ids_new_with_leaving(order->override->table);
    struct rules_change *changes = mem_zalloc(order->count, sizeof(*changes));
    for (uint32_t i = 0; i < order->count; i++) {
        memcpy(changes[i].id, order->ids[i], sizeof(changes[i].id));
        changes[i].to = state_then(order, ids, order->ids[i]);
    }
    health_ids_free(ids);
    return (struct rules_wish){
            .changes = changes,
            .count = order->count,
            .overrides = (const char(*)[RULES_NAME_MAX + 1])(uintptr_t)order->wanted.overrides,
            .overrides_count = order->wanted.overrides_count,
            .now_ms = order->deed.now_ms,
    };
}

/* ---- doing it ---- */

static struct force force_for(const struct order *order, const char *id)
{
    const struct force_order *wanted = &order->wanted;
    struct force force = {
            .state = wanted->state,
            .since_ms = order->deed.now_ms,
            .until_ms = wanted->for_ms > 0 ? order->deed.now_ms + wanted->for_ms : 0,
    };
    snprintf(force.id, sizeof(force.id), "%s", id);
    if (order->verb == FORCE_FORCE)
        memcpy(force.reason, wanted->reason, sizeof(force.reason));
    else
        (void)!mark(order, force.reason);
    snprintf(force.owner, sizeof(force.owner), "%s",
            wanted->owner[0] != '\0' ? wanted->owner : order->deed.user);
    return force;
}

static bool has_room(const struct order *order)
{
    const struct forces *forces = order->override->forces;
    uint32_t more = 0;
    for (uint32_t i = 0; i < order->count; i++)
        more += forces_find(forces, order->ids[i]) == NULL;
    return forces_count(forces) + more <= FORCES_MAX;
}

/* All of them, or none. */
static int set_forces(struct order *order, struct buf *why)
{
    struct override *override = order->override;
    if (!has_room(order)) {
        buf_printf(why, "%u checks are forced, and no more than %u can be",
                forces_count(override->forces), FORCES_MAX);
        return ERR_TOO_LARGE;
    }
    for (uint32_t i = 0; i < order->count; i++) {
        struct force force = force_for(order, order->ids[i]);
        int error = forces_set(override->forces, &force);
        assert(error == 0);
    }
    forces_apply(override->forces, override->table);
    for (uint32_t i = 0; i < order->count; i++) {
        if (!forces_find(override->forces, order->ids[i])->is_missing)
            continue;
        buf_printf(why, "the check \"%s\" has just gone", order->ids[i]);
        for (uint32_t j = 0; j < order->count; j++)
            forces_end(override->forces, override->table, order->ids[j]);
        return -ENOENT;
    }
    return 0;
}

static int carry_out(struct order *order, struct buf *why)
{
    struct override *override = order->override;
    if (order->wanted.state != HEALTH_UNKNOWN)
        return set_forces(order, why);
    for (uint32_t i = 0; i < order->count; i++)
        forces_end(override->forces, override->table, order->ids[i]);
    return 0;
}

static void log_one(const struct order *order, const char *id)
{
    const struct force *force = forces_find(order->override->forces, id);
    char length[CLOCK_TEXT_MAX] = "";
    if (force == NULL) {
        log_info("check %s is no longer forced: %s (uid %u) has ended it", id, order->deed.user,
                (unsigned)order->deed.peer.uid);
        return;
    }
    if (order->wanted.for_ms > 0)
        clock_format_duration(order->wanted.for_ms, length);
    log_warning("check %s is forced %s by %s (uid %u)%s%s%s%s", force->id, state_name(force->state),
            force->owner, (unsigned)order->deed.peer.uid, length[0] != '\0' ? " for " : "", length,
            force->reason[0] != '\0' ? ": " : "", force->reason);
}

static void tell_one(const struct order *order, const char *id, const char *was)
{
    const struct force *force = forces_find(order->override->forces, id);
    if (force == NULL && strcmp(was, "auto") == 0)
        return; /* nothing has changed */
    log_one(order, id);
    note_turn(order->override, &(struct turn){
                                       .id = id,
                                       .from = was,
                                       .now = force,
                                       .who = force != NULL ? force->owner : order->deed.user,
                                       .why = force != NULL ? force->reason : order->wanted.reason,
                                       .now_ms = order->deed.now_ms,
                               });
}

/* The list and the audit log. */
static void keep(struct order *order)
{
    struct override *override = order->override;
    save(override);
    if (override->save_result != 0)
        note(&order->deed, override->save_result, "it holds until the daemon ends", override->path);
    order->deed.after = force_doc(order);
    deed_audit(&order->deed, override->save_result != 0 ? "ok, but not kept" : "ok");
}

static void describe(struct order *order, struct doc *before)
{
    const struct override *override = order->override;
    struct doc *doc = order->deed.doc;
    bool is_force = order->verb == FORCE_FORCE;
    doc_set_text(doc, is_force ? "id" : "target", is_force ? order->ids[0] : order->wanted.target);
    doc_set_doc(doc, "old", before);
    doc_set_doc(doc, "new", force_doc(order));
    if (is_force)
        doc_set_doc(doc, "check",
                status_check_doc(
                        override->table, override->forces, order->ids[0], order->deed.now_ms));
    for (uint32_t i = 0; i < order->count && !is_force; i++)
        doc_append_text(doc, "checks", order->ids[i]);
    doc_set_array(doc, "notes");
}

/* A drain does not take the place of what somebody has forced otherwise: undrain would end that, too. */
static int check_standing(const struct order *order, struct buf *why)
{
    char drained[FORCE_REASON_MAX + 1];
    for (uint32_t i = 0; i < order->count && order->verb == FORCE_DRAIN; i++) {
        const struct force *force = forces_find(order->override->forces, order->ids[i]);
        if (force == NULL)
            continue;
        drained_by(force, drained);
        if (strcmp(drained, order->wanted.target) == 0)
            continue;
        buf_printf(why, "check %s is forced %s already, by %s%s%s; end that first: force %s auto",
                force->id, state_name(force->state), force->owner,
                force->reason[0] != '\0' ? ": " : "", force->reason, force->id);
        return -EPERM;
    }
    return 0;
}

static int allow_and_carry_out(struct order *order, struct buf *why)
{
    struct rules *rules = order->override->rules;
    struct rules_wish wish = wish_of(order);
    int error = check_standing(order, why);
    if (error == 0)
        error = rules_allow(rules, &wish, why);
    if (error == 0)
        error = carry_out(order, why);
    if (error == 0)
        rules_note(rules, &wish);
    free(wish.changes);
    return error;
}

/* What was forced before each, as words that stay. */
static const char **words_before(const struct order *order)
{
    const char **was = mem_zalloc(order->count, sizeof(*was));
    for (uint32_t i = 0; i < order->count; i++)
        was[i] = force_word(forces_find(order->override->forces, order->ids[i]));
    return was;
}

static void execute(struct order *order)
{
    struct override *override = order->override;
    struct doc *before = force_doc(order);
    const char **was = words_before(order);
    struct buf why;
    buf_init(&why, STATUS_WHY_MAX);
    order->deed.before = force_doc(order);
    int error = allow_and_carry_out(order, &why);
    if (error != 0) {
        doc_free(before);
        refuse(order, error, &why);
    } else {
        for (uint32_t i = 0; i < order->count; i++)
            tell_one(order, order->ids[i], was[i]);
        describe(order, before);
        keep(order);
        if (awaits_checker(override->table))
            role_ask(override->checker, "recount", OVERRIDE_RECOUNT_MS, on_recounted, order);
        else
            finish(order);
    }
    buf_done(&why);
    free(was);
}

/* ---- a set, which the responder knows ---- */

static void take_ids(struct order *order, const char *text, size_t length)
{
    char *copy = mem_alloc(length + 1), *at = NULL;
    memcpy(copy, text, length);
    copy[length] = '\0';
    for (char *id = strtok_r(copy, " ", &at); id != NULL; id = strtok_r(NULL, " ", &at))
        if (strlen(id) <= HEALTH_ID_MAX)
            add_id(order, id);
    free(copy);
}

static void on_set_found(void *context, const struct role_answer *answer)
{
    struct order *order = context;
    struct buf why;
    int error = answer->failure != 0 ? answer->failure : answer->status;
    buf_init(&why, STATUS_WHY_MAX);
    if (answer->failure != 0)
        buf_printf(&why, "the responder, which knows sets, %s; a check can be drained by its id",
                answer->failure == -ETIMEDOUT ? "does not answer" : "does not run at the moment");
    else if (error != 0)
        buf_add(&why, answer->payload, answer->length);
    else
        take_ids(order, answer->payload, answer->length);
    if (error == 0 && order->count == 0) {
        error = -ENOENT;
        buf_add_string(&why, "the set has no check");
    }
    if (error != 0)
        refuse(order, error, &why);
    else
        execute(order);
    buf_done(&why);
}

static void ask_for_set(struct order *order)
{
    char question[sizeof("set ") + FORCE_ORDER_TARGET_MAX];
    snprintf(question, sizeof(question), "set %s", order->wanted.target);
    role_ask(order->override->responder, question, OVERRIDE_SET_MS, on_set_found, order);
}

void override_answer(struct override *override, struct control_request *request,
        enum force_verb verb, const char *words)
{
    struct order *order = mem_zalloc(1, sizeof(*order));
    struct buf why;
    order->override = override;
    order->verb = verb;
    snprintf(order->line, sizeof(order->line), "%s", words);
    order->deed.audit_path = override->audit_path;
    order->deed.verb = force_verb_word(verb);
    deed_begin(&order->deed, request, order->line);
    buf_init(&why, STATUS_WHY_MAX);
    int error = read_order(order, &why);
    if (error == 0)
        error = find_checks(order, &why);
    if (error == -ENOENT && verb == FORCE_DRAIN && strchr(order->wanted.target, '/') != NULL)
        ask_for_set(order);
    else if (error != 0)
        refuse(order, error, &why);
    else
        execute(order);
    buf_done(&why);
}
