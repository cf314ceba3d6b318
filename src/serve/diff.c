/* diff.c -- see diff.h. */
#include "serve/diff.h"

#include <stdlib.h>
#include <string.h>

#include "admin/doc.h"
#include "base/err.h"
#include "base/mem.h"
#include "serve/diff_answers.h"
#include "serve/diff_group.h"
#include "serve/diff_held.h"
#include "serve/diff_rrset.h"
#include "serve/report.h"
#include "zone/diff.h"

#define NAME_BYTES 128U /* what a name takes in JSON beside its text and its lines */

/* One document on its way. */
struct comparison {
    const struct diff_sources *sources;
    struct doc *doc;
    struct diff_answers *answers;
    uint32_t room;          /* bytes of detail left */
    uint32_t names_left;    /* to be told in detail */
    uint32_t rerouted_left; /* the same of those that only lead elsewhere */
    uint32_t asked_left;    /* of these, whose answers are compared */
    uint32_t zones_told;
    uint32_t zones_changed;
    uint32_t zones_same;
};

/* One zone of it. */
struct zone_comparison {
    struct comparison *all;
    const struct zone *old; /* NULL for none */
    const struct zone *new;
    struct diff_groups *groups;
    struct doc *doc;
    uint64_t added, removed, changed; /* names */
    uint64_t rerouted;                /* names that stay as they are and lead to what changes */
    uint64_t settled;                 /* of all these: told, or found to be answered as now */
};

/* ------------------------------------------------------------------ names */

enum change {
    SAME,
    REROUTED,
    CHANGED,
    ADDED,
    REMOVED,
};

static const char *const change_words[] = {
        [SAME] = "same",
        [REROUTED] = "rerouted",
        [CHANGED] = "changed",
        [ADDED] = "added",
        [REMOVED] = "removed",
};

static enum change compare_rrsets(struct diff_groups *groups, const struct zone_diff_rrset *pair)
{
    if (pair->old == NULL)
        return ADDED;
    if (pair->new == NULL)
        return REMOVED;
    if (!diff_says_same(pair->old, pair->new))
        return CHANGED;
    return diff_leads_same(groups, pair->old, pair->new) ? SAME : REROUTED;
}

/* Whether a cut or a DNAME above comes to hide an owner, or to hide it no more. */
static bool is_place_changed(const struct zone_diff_owner *owner)
{
    return owner->old != NULL && owner->new != NULL &&
           ((owner->old->flags ^ owner->new->flags) & NODE_OCCLUDED) != 0;
}

/* The change of an owner is that of its RRset which changes most. */
static enum change compare_owner(struct diff_groups *groups, const struct zone_diff_owner *owner)
{
    struct zone_diff_place at = {0};
    struct zone_diff_rrset pair;
    enum change most = is_place_changed(owner) ? REROUTED : SAME;

    if (owner->old == NULL || owner->new == NULL)
        return owner->old == NULL ? ADDED : REMOVED;
    while (zone_diff_next_rrset(owner, &at, &pair)) {
        enum change change = compare_rrsets(groups, &pair);
        most = change > most ? change : most;
    }
    return most > CHANGED ? CHANGED : most;
}

static void count(struct zone_comparison *zone, enum change change)
{
    zone->added += change == ADDED;
    zone->removed += change == REMOVED;
    zone->changed += change == CHANGED;
    zone->rerouted += change == REROUTED;
}

/* Returns whether there was anything to tell of an RRset. */
static bool describe_rrset(struct zone_comparison *zone, const struct zone_diff_owner *owner,
        const struct zone_diff_rrset *pair, struct doc *doc)
{
    enum change change = compare_rrsets(zone->groups, pair);
    const struct node *node = owner->old != NULL ? owner->old : owner->new;
    const struct diff_question question = {
            node->name, pair->old != NULL ? pair->old->type : pair->new->type};

    if (change == SAME && !is_place_changed(owner))
        return false;
    if (change > REROUTED) {
        struct doc *row = diff_rrset_doc(pair, &zone->all->room);
        doc_set_text(row, "change", change_words[change]);
        doc_append(doc, "rrsets", row);
    }
    bool told = diff_answers_add(zone->all->answers, zone->old, zone->new, &question, doc);
    return told || change > REROUTED;
}

static const char *tell_place(const struct zone_diff_owner *owner)
{
    if (!is_place_changed(owner))
        return NULL;
    return (owner->new->flags &NODE_OCCLUDED) != 0
                   ? "would be hidden by a delegation or DNAME above it"
                   : "would not be hidden any more by a delegation or DNAME above it";
}

/* A new document of a name, or NULL if there is nothing to tell: it only leads elsewhere, and is answered as
 * now. */
static struct doc *owner_doc(
        struct zone_comparison *zone, const struct zone_diff_owner *owner, enum change change)
{
    const struct node *node = owner->old != NULL ? owner->old : owner->new;
    struct zone_diff_place at = {0};
    struct zone_diff_rrset pair;
    bool told = is_place_changed(owner);
    struct doc *doc = doc_new();
    char name[NAME_TEXT_MAX];

    doc_set_text(doc, "name", name_to_text(node->name, name));
    doc_set_text(doc, "change", change_words[change]);
    doc_set_text(doc, "place", tell_place(owner));
    doc_set_array(doc, "rrsets");
    doc_set_array(doc, "answers");
    while (zone_diff_next_rrset(owner, &at, &pair))
        told |= describe_rrset(zone, owner, &pair, doc);
    if (told)
        return doc;
    doc_free(doc);
    return NULL;
}

/* Tells a name in detail, if there is room.  Of names that only lead elsewhere there may be many, and they
 * take no place from the others. */
static void describe_owner(
        struct zone_comparison *zone, const struct zone_diff_owner *owner, enum change change)
{
    struct comparison *all = zone->all;
    uint32_t *left = change == REROUTED ? &all->rerouted_left : &all->names_left;

    if (*left == 0 || all->room == 0 || (change == REROUTED && all->asked_left == 0))
        return;
    all->asked_left -= change == REROUTED;
    zone->settled++;
    struct doc *doc = owner_doc(zone, owner, change);
    if (doc == NULL)
        return;
    --*left;
    all->room -= all->room < NAME_BYTES ? all->room : NAME_BYTES;
    doc_append(zone->doc, "names", doc);
}

static void compare_names(struct zone_comparison *zone)
{
    struct zone_diff_owner owner;
    struct zone_diff *walk = mem_alloc(sizeof(*walk));

    zone_diff_start(walk, zone->old, zone->new);
    while (zone_diff_next(walk, &owner)) {
        enum change change = compare_owner(zone->groups, &owner);
        if (change == SAME)
            continue;
        count(zone, change);
        describe_owner(zone, &owner, change);
    }
    free(walk);
}

/* ------------------------------------------------------------------ zones */

/* RFC 1982 section 3.2: what a secondary would make of the new serial. */
static const char *tell_serial(const struct zone_comparison *zone)
{
    if (zone->added + zone->removed + zone->changed == 0)
        return NULL;
    if (zone->new->serial == zone->old->serial)
        return "the data changes and the serial does not, so no secondary would take it";
    if ((int32_t)(zone->new->serial - zone->old->serial) < 0)
        return "the serial goes back, so no secondary would take it";
    return NULL;
}

static void set_serial(struct doc *doc, const char *key, const struct zone *zone)
{
    if (zone != NULL && !zone->faulty)
        doc_set_number(doc, key, zone->serial);
    else
        doc_set_text(doc, key, NULL);
}

static bool has_data(const struct zone *zone)
{
    return zone != NULL && !zone->faulty;
}

/* Compares two versions with data.  Returns what is to be said of the zone, NULL for nothing. */
static const char *compare_versions(struct zone_comparison *zone)
{
    zone->groups = diff_groups_new();
    compare_names(zone);
    diff_groups_free(zone->groups);
    if (zone->added + zone->removed + zone->changed + zone->rerouted == 0)
        return NULL;
    doc_set_text(zone->doc, "warning", tell_serial(zone));
    return change_words[CHANGED];
}

static const char *compare_zone(struct zone_comparison *zone, const struct zone_load_row *row)
{
    switch (row->outcome) {
    case ZONE_KEPT:
    case ZONE_FAULTY:
        return "faulty";
    case ZONE_REMOVED:
        return change_words[REMOVED];
    case ZONE_LOADED:
        break;
    }
    return has_data(zone->old) ? compare_versions(zone) : change_words[ADDED];
}

static void set_counts(struct zone_comparison *zone)
{
    struct doc *doc = zone->doc;

    doc_set_number(doc, "added", zone->added);
    doc_set_number(doc, "removed", zone->removed);
    doc_set_number(doc, "changed", zone->changed);
    doc_set_number(doc, "rerouted", zone->rerouted);
    doc_set_number(doc, "unnamed",
            zone->added + zone->removed + zone->changed + zone->rerouted - zone->settled);
}

static void add_zone(struct comparison *all, const struct zone_load_row *row)
{
    struct zone_comparison zone = {
            .all = all,
            .old = zone_set_get(all->sources->old, row->origin.bytes),
            .new = zone_set_get(all->sources->new, row->origin.bytes),
            .doc = doc_new(),
    };
    char origin[NAME_TEXT_MAX];

    doc_set_text(zone.doc, "origin", name_to_text(row->origin.bytes, origin));
    doc_set_text(zone.doc, "file", row->path);
    doc_set_text(zone.doc, "state", report_outcome_word(row->outcome));
    set_serial(zone.doc, "old_serial", zone.old);
    set_serial(zone.doc, "serial", zone.new);
    doc_set_number(zone.doc, "records", row->records);
    doc_set_text(zone.doc, "warning", NULL);
    doc_set_array(zone.doc, "names");
    const char *change = compare_zone(&zone, row);
    set_counts(&zone);
    doc_set_text(zone.doc, "change", change);
    all->zones_same += change == NULL;
    all->zones_changed += change != NULL;
    if (change == NULL || all->zones_told == DIFF_ZONES_MAX) {
        doc_free(zone.doc);
        return;
    }
    all->zones_told++;
    doc_append(all->doc, "zones", zone.doc);
}

/* Without sources, or with a fault in one of them, a reload would not do what the files say. */
static int status_of(const struct comparison *all)
{
    const struct diff_sources *sources = all->sources;

    if (sources->new == NULL || sources->report->failed > 0 || diag_errors(sources->diag) > 0)
        return ERR_FAULTY;
    return all->zones_changed > 0 ? ERR_DIFFERENT : 0;
}

int diff_print(const struct diff_sources *sources, struct buf *ret)
{
    struct comparison all = {
            .sources = sources,
            .doc = doc_new(),
            .room = DIFF_DETAIL_MAX,
            .names_left = DIFF_NAMES_MAX,
            .rerouted_left = DIFF_NAMES_MAX,
            .asked_left = DIFF_ASKED_MAX,
    };

    all.answers = diff_answers_new(sources->health, &all.room);
    doc_set_array(all.doc, "zones");
    doc_set_array(all.doc, "held");
    if (sources->new != NULL) {
        for (size_t i = 0; i < sources->report->count; i++)
            add_zone(&all, &sources->report->rows[i]);
        diff_held_add(sources, all.doc);
    }
    doc_set_number(all.doc, "unnamed", all.zones_changed - all.zones_told);
    doc_set_number(all.doc, "same", all.zones_same);
    doc_set_faults(all.doc, sources->diag);
    doc_print(all.doc, ret);
    int status = status_of(&all);
    diff_answers_free(all.answers);
    doc_free(all.doc);
    return status;
}
