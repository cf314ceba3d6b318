/* override.c -- see override.h. */
#include "override.h"

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
#include "check/definition.h"
#include "deed.h"
#include "force_order.h"
#include "statedir.h"

#define VERB "force"

struct override {
    struct health_table *table;
    struct role *checker;
    struct journal *journal;
    struct forces *forces;
    char *path, *audit_path;
    int save_result;     /* of the last time; the file is behind the list as long as it is not 0 */
    uint64_t generation; /* of the table, when the forces were last applied */
};

/* One request on its way. */
struct order {
    struct deed deed;
    struct override *override;
    struct force_order force;
    const char *was; /* what was forced before: a word */
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

struct override *override_new(struct health_table *table, const char *state_dir,
        struct role *checker, struct journal *journal)
{
    struct override *override = mem_zalloc(1, sizeof(*override));
    override->table = table;
    override->checker = checker;
    override->journal = journal;
    override->forces = forces_new();
    override->path = file_path(state_dir, STATEDIR_FORCES);
    override->audit_path = file_path(state_dir, STATEDIR_AUDIT);
    load(override);
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

/* ---- CALCULATED checks ---- */

/* They are the checker's to count; where there are none nobody is asked. */
static bool has_calculated(const struct health_table *table)
{
    const char *type = check_type_name(CHECK_CALCULATED);
    struct health_detail detail;
    for (uint32_t slot = 0; slot < health_table_used(table); slot++)
        if (health_table_read(table, slot, &detail) != -ENOENT && strcmp(detail.type, type) == 0)
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
    if (ended && has_calculated(override->table))
        role_ask(override->checker, "recount", OVERRIDE_RECOUNT_MS, on_unwatched, NULL);
}

/* ---- one request ---- */

static void on_recounted(void *context, const struct role_answer *answer)
{
    struct deed *deed = context;
    if (answer->failure == -ETIMEDOUT)
        doc_append_text(deed->doc, "notes",
                "the checker does not answer; CALCULATED checks follow when it does");
    else if (answer->failure != 0)
        doc_append_text(deed->doc, "notes",
                "the checker does not run; CALCULATED checks follow when it does");
    deed_reply(deed);
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

static struct doc *force_doc(const struct order *order)
{
    const struct force *force = forces_find(order->override->forces, order->force.id);
    return force != NULL ? status_force_doc(force, order->deed.now_ms) : NULL;
}

static struct force force_of(const struct order *order)
{
    const struct force_order *wanted = &order->force;
    struct force force = {
            .state = wanted->state,
            .since_ms = order->deed.now_ms,
            .until_ms = wanted->for_ms > 0 ? order->deed.now_ms + wanted->for_ms : 0,
    };
    memcpy(force.id, wanted->id, sizeof(force.id));
    memcpy(force.reason, wanted->reason, sizeof(force.reason));
    snprintf(force.owner, sizeof(force.owner), "%s",
            wanted->owner[0] != '\0' ? wanted->owner : order->deed.user);
    return force;
}

/* Step 1. */
static int read_order(struct order *order, struct buf *why)
{
    struct override *override = order->override;
    int error = deed_know_peer(&order->deed, why);
    if (error != 0)
        return error;
    error = force_order_parse(order->deed.words, &order->force, why);
    if (error != 0)
        return error;
    const char *id = order->force.id;
    /* What is kept for a check that is not there at the moment can be ended. */
    if (order->force.state == HEALTH_UNKNOWN && forces_find(override->forces, id) != NULL)
        return 0;
    return status_find_check(override->table, id, why);
}

static int set_force(struct order *order, struct buf *why)
{
    struct override *override = order->override;
    struct force force = force_of(order);
    if (forces_set(override->forces, &force) != 0) {
        buf_printf(why, "%u checks are forced, and no more can be", FORCES_MAX);
        return ERR_TOO_LARGE;
    }
    forces_apply(override->forces, override->table);
    if (!forces_find(override->forces, force.id)->is_missing)
        return 0;
    forces_end(override->forces, override->table, force.id);
    buf_printf(why, "the check \"%s\" has just gone", force.id);
    return -ENOENT;
}

/* Step 2. */
static int carry_out(struct order *order, struct buf *why)
{
    if (order->force.state != HEALTH_UNKNOWN)
        return set_force(order, why);
    forces_end(order->override->forces, order->override->table, order->force.id);
    return 0;
}

static void log_deed(const struct order *order)
{
    const struct force *force = forces_find(order->override->forces, order->force.id);
    char length[CLOCK_TEXT_MAX] = "";
    if (force == NULL) {
        log_info("check %s is no longer forced: %s (uid %u) has ended it", order->force.id,
                order->deed.user, (unsigned)order->deed.peer.uid);
        return;
    }
    if (order->force.for_ms > 0)
        clock_format_duration(order->force.for_ms, length);
    log_warning("check %s is forced %s by %s (uid %u)%s%s%s%s", force->id, state_name(force->state),
            force->owner, (unsigned)order->deed.peer.uid, length[0] != '\0' ? " for " : "", length,
            force->reason[0] != '\0' ? ": " : "", force->reason);
}

static void tell(const struct order *order)
{
    const struct force *force = forces_find(order->override->forces, order->force.id);
    log_deed(order);
    note_turn(order->override, &(struct turn){
                                       .id = order->force.id,
                                       .from = order->was,
                                       .now = force,
                                       .who = force != NULL ? force->owner : order->deed.user,
                                       .why = order->force.reason,
                                       .now_ms = order->deed.now_ms,
                               });
}

/* Steps 3 and 4. */
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
    const char *id = order->force.id;
    doc_set_text(order->deed.doc, "id", id);
    doc_set_doc(order->deed.doc, "old", before);
    doc_set_doc(order->deed.doc, "new", force_doc(order));
    doc_set_doc(order->deed.doc, "check",
            status_check_doc(override->table, override->forces, id, order->deed.now_ms));
    doc_set_array(order->deed.doc, "notes");
}

void override_answer(
        struct override *override, struct control_request *request, const char *arguments)
{
    struct order *order = mem_zalloc(1, sizeof(*order));
    struct buf why;
    order->override = override;
    order->deed.audit_path = override->audit_path;
    order->deed.verb = VERB;
    deed_begin(&order->deed, request, arguments);
    buf_init(&why, STATUS_WHY_MAX);
    int error = read_order(order, &why);
    order->was = force_word(forces_find(override->forces, order->force.id));
    order->deed.before = force_doc(order);
    struct doc *before = force_doc(order);
    if (error == 0)
        error = carry_out(order, &why);
    if (error != 0) {
        doc_free(before);
        deed_refuse(&order->deed, error, &why);
        buf_done(&why);
        return;
    }
    buf_done(&why);
    if (before != NULL || order->force.state != HEALTH_UNKNOWN)
        tell(order);
    describe(order, before);
    keep(order);
    if (has_calculated(override->table))
        role_ask(override->checker, "recount", OVERRIDE_RECOUNT_MS, on_recounted, order);
    else
        deed_reply(&order->deed);
}
