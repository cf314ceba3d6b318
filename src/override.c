/* override.c -- see override.h. */
#include "override.h"

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
#include "check/definition.h"
#include "force_order.h"
#include "statedir.h"
#include "user.h"

#define VERB "force"

struct override {
    struct health_table *table;
    struct role *checker;
    struct forces *forces;
    char *path, *audit_path;
    int save_result;     /* of the last time; the file is behind the list as long as it is not 0 */
    uint64_t generation; /* of the table, when the forces were last applied */
};

/* One request on its way. */
struct deed {
    struct override *override;
    struct control_request *request;
    const char *arguments;
    uint64_t now_ms;
    struct control_peer peer;
    char user[USER_NAME_MAX + 1];
    struct force_order order;
    struct doc *before, *after; /* for the audit log */
    struct doc *doc;            /* the answer */
    int status;
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

struct override *override_new(
        struct health_table *table, const char *state_dir, struct role *checker)
{
    struct override *override = mem_zalloc(1, sizeof(*override));
    override->table = table;
    override->checker = checker;
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

/* ---- what ends a force by itself ---- */

static void end_force(struct override *override, const struct force *force, const char *why)
{
    char id[HEALTH_ID_MAX + 1];
    memcpy(id, force->id, sizeof(id));
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
        end_force(override, force, "its time is over");
        any = true;
    }
    return any;
}

/* Nothing can have come or gone while the table's generation stands. */
static bool follow_checks(struct override *override, bool defined)
{
    bool any = false;
    const struct force *force;
    uint64_t generation = health_table_generation(override->table);
    if (generation == override->generation && !defined)
        return false;
    override->generation = generation;
    forces_apply(override->forces, override->table);
    while ((force = forces_gone(override->forces, defined)) != NULL) {
        end_force(override, force, "the check is gone");
        any = true;
    }
    return any;
}

void override_tick(struct override *override, bool defined, uint64_t now_ms)
{
    bool ended = end_expired(override, now_ms);
    ended |= follow_checks(override, defined);
    if (ended || override->save_result != 0)
        save(override);
    if (ended && has_calculated(override->table))
        role_ask(override->checker, "recount", OVERRIDE_RECOUNT_MS, on_unwatched, NULL);
}

/* ---- one request ---- */

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

static void on_recounted(void *context, const struct role_answer *answer)
{
    struct deed *deed = context;
    if (answer->failure == -ETIMEDOUT)
        doc_append_text(deed->doc, "notes",
                "the checker does not answer; CALCULATED checks follow when it does");
    else if (answer->failure != 0)
        doc_append_text(deed->doc, "notes",
                "the checker does not run; CALCULATED checks follow when it does");
    reply(deed);
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

/* Returns 0 or the error, which is logged. */
static int audit(struct deed *deed, bool refused, const char *result)
{
    const struct audit_entry entry = {
            .now_ms = deed->now_ms,
            .peer = deed->peer,
            .user = deed->user,
            .verb = VERB,
            .arguments = deed->arguments,
            .before = deed->before,
            .after = deed->after,
            .refused = refused,
            .result = result,
    };
    int error = audit_append(deed->override->audit_path, &entry);
    if (error != 0)
        log_error("%s is not written: %s; %s (uid %u) asked: " VERB " %s: %s",
                deed->override->audit_path, err_text(error), deed->user, (unsigned)deed->peer.uid,
                deed->arguments, result);
    return error;
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

static struct doc *force_doc(const struct deed *deed)
{
    const struct force *force = forces_find(deed->override->forces, deed->order.id);
    return force != NULL ? status_force_doc(force, deed->now_ms) : NULL;
}

static struct force force_of(const struct deed *deed)
{
    const struct force_order *order = &deed->order;
    struct force force = {
            .state = order->state,
            .since_ms = deed->now_ms,
            .until_ms = order->for_ms > 0 ? deed->now_ms + order->for_ms : 0,
    };
    memcpy(force.id, order->id, sizeof(force.id));
    memcpy(force.reason, order->reason, sizeof(force.reason));
    snprintf(force.owner, sizeof(force.owner), "%s",
            order->owner[0] != '\0' ? order->owner : deed->user);
    return force;
}

/* Step 1. */
static int read_order(struct deed *deed, struct buf *why)
{
    struct override *override = deed->override;
    snprintf(deed->user, sizeof(deed->user), "?");
    int error = control_peer(deed->request, &deed->peer);
    if (error != 0) {
        buf_printf(why, "who asks is not known: %s", err_text(error));
        return error;
    }
    user_name(USER_PATH, deed->peer.uid, deed->user);
    error = force_order_parse(deed->arguments, &deed->order, why);
    if (error != 0)
        return error;
    const char *id = deed->order.id;
    /* What is kept for a check that is not there at the moment can be ended. */
    if (deed->order.state == HEALTH_UNKNOWN && forces_find(override->forces, id) != NULL)
        return 0;
    return status_find_check(override->table, id, why);
}

static int set_force(struct deed *deed, struct buf *why)
{
    struct override *override = deed->override;
    struct force force = force_of(deed);
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
static int carry_out(struct deed *deed, struct buf *why)
{
    if (deed->order.state != HEALTH_UNKNOWN)
        return set_force(deed, why);
    forces_end(deed->override->forces, deed->override->table, deed->order.id);
    return 0;
}

static void log_deed(const struct deed *deed)
{
    const struct force *force = forces_find(deed->override->forces, deed->order.id);
    char length[CLOCK_TEXT_MAX] = "";
    if (force == NULL) {
        log_info("check %s is no longer forced: %s (uid %u) has ended it", deed->order.id,
                deed->user, (unsigned)deed->peer.uid);
        return;
    }
    if (deed->order.for_ms > 0)
        clock_format_duration(deed->order.for_ms, length);
    log_warning("check %s is forced %s by %s (uid %u)%s%s%s%s", force->id, state_name(force->state),
            force->owner, (unsigned)deed->peer.uid, length[0] != '\0' ? " for " : "", length,
            force->reason[0] != '\0' ? ": " : "", force->reason);
}

/* Steps 3 and 4. */
static void keep(struct deed *deed)
{
    struct override *override = deed->override;
    save(override);
    if (override->save_result != 0)
        note(deed, override->save_result, "it holds until the daemon ends", override->path);
    deed->after = force_doc(deed);
    int error = audit(deed, false, override->save_result != 0 ? "ok, but not kept" : "ok");
    if (error != 0)
        note(deed, error, "it is done", override->audit_path);
}

static void describe(struct deed *deed, struct doc *before)
{
    const struct override *override = deed->override;
    const char *id = deed->order.id;
    doc_set_text(deed->doc, "id", id);
    doc_set_doc(deed->doc, "old", before);
    doc_set_doc(deed->doc, "new", force_doc(deed));
    doc_set_doc(deed->doc, "check",
            status_check_doc(override->table, override->forces, id, deed->now_ms));
    doc_set_array(deed->doc, "notes");
}

void override_answer(
        struct override *override, struct control_request *request, const char *arguments)
{
    struct deed *deed = mem_zalloc(1, sizeof(*deed));
    struct buf why;
    deed->override = override;
    deed->request = request;
    deed->arguments = arguments;
    deed->now_ms = clock_real_ms();
    deed->doc = doc_new();
    buf_init(&why, STATUS_WHY_MAX);
    int error = read_order(deed, &why);
    deed->before = force_doc(deed);
    struct doc *before = force_doc(deed);
    if (error == 0)
        error = carry_out(deed, &why);
    if (error != 0) {
        doc_free(before);
        refuse(deed, error, &why);
        buf_done(&why);
        return;
    }
    buf_done(&why);
    if (before != NULL || deed->order.state != HEALTH_UNKNOWN)
        log_deed(deed);
    describe(deed, before);
    keep(deed);
    if (has_calculated(override->table))
        role_ask(override->checker, "recount", OVERRIDE_RECOUNT_MS, on_recounted, deed);
    else
        reply(deed);
}
