/* set_request.c -- see set_request.h. */
#include "serve/set_request.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/str.h"
#include "dns/text.h"
#include "route/kinds.h"
#include "route/route.h"
#include "zone/lookup.h"

#define CHECKS_MAX      256U
#define KINDS_STEPS_MAX 1000000U /* of kinds_find() */

struct wanted {
    char owner[NAME_TEXT_MAX];
    struct name name;
    uint16_t type; /* 0: any */
    const char *set;
};

/* What is found of it: the checks, each once, and in how many groups. */
struct found {
    const struct wanted *wanted;
    const struct node *node;
    uint32_t slots[CHECKS_MAX];
    uint32_t count, sets;
};

/* ---- the words ---- */

static int parse(const char *words, struct wanted *ret, struct buf *why)
{
    static const uint8_t root[] = {0};
    const char *at = words + strspn(words, " ");
    const char *slash = strchr(at, '/');
    size_t length = slash != NULL ? (size_t)(slash - at) : 0;
    char type[TEXT_TYPE_MAX];

    if (length == 0 || length >= sizeof(ret->owner) || slash[1] == '\0' ||
            strchr(at, ' ') != NULL) {
        buf_printf(why, "\"%s\" is neither OWNER/SET nor OWNER/TYPE/SET", at);
        return ERR_SYNTAX;
    }
    memcpy(ret->owner, at, length);
    ret->owner[length] = '\0';
    ret->set = slash + 1;
    ret->type = 0;
    if (name_from_text(ret->owner, root, &ret->name) != 0) {
        buf_printf(why, "\"%s\" is no name", ret->owner);
        return ERR_SYNTAX;
    }
    const char *second = strchr(ret->set, '/');
    length = second != NULL ? (size_t)(second - ret->set) : sizeof(type);
    if (length >= sizeof(type))
        return 0;
    memcpy(type, ret->set, length);
    type[length] = '\0';
    bool is_word = type[strcspn(type, "abcdefghijklmnopqrstuvwxyz")] == '\0';
    if (is_word && text_type_parse(type, &ret->type) == 0)
        ret->set = second + 1;
    else
        ret->type = 0; /* a set may have a slash in its name */
    return 0;
}

/* ---- the set ---- */

static bool is_meant(const struct wanted *wanted, const struct rrset *rrset, uint32_t set)
{
    return rrset->group != NULL && (wanted->type == 0 || rrset->type == wanted->type) &&
           strcmp(rrset->group->sets[set].id, wanted->set) == 0;
}

static bool has_slot(const struct found *found, uint32_t slot)
{
    for (uint32_t i = 0; i < found->count; i++)
        if (found->slots[i] == slot)
            return true;
    return false;
}

static int add_set(struct found *found, const struct rrset *rrset, uint32_t set, struct buf *why)
{
    uint32_t slot = rrset->group->sets[set].check;
    found->sets++;
    if (slot == HEALTH_SLOT_NONE) {
        buf_printf(why, "the set %s of %s has no check of its own, so nothing takes it out",
                found->wanted->set, rrset->group->name);
        return -EPERM;
    }
    if (has_slot(found, slot))
        return 0;
    if (found->count == CHECKS_MAX) {
        buf_printf(why, "the set has more than %u checks", CHECKS_MAX);
        return -EPERM;
    }
    found->slots[found->count++] = slot;
    return 0;
}

static int add_rrset(struct found *found, const struct rrset *rrset, struct str_nearest *nearest,
        struct buf *why)
{
    int error = 0;
    for (uint32_t i = 0; rrset->group != NULL && i < rrset->group->count && error == 0; i++) {
        if (is_meant(found->wanted, rrset, i))
            error = add_set(found, rrset, i, why);
        else if (found->wanted->type == 0 || rrset->type == found->wanted->type)
            str_nearest_offer(nearest, rrset->group->sets[i].id);
    }
    return error;
}

static int find_set(struct found *found, struct buf *why)
{
    struct str_nearest nearest = {.word = found->wanted->set};
    int error = 0;

    for (uint16_t i = 0; i < found->node->rrsets_count && error == 0; i++)
        error = add_rrset(found, &found->node->rrsets[i], &nearest, why);
    if (error != 0 || found->sets > 0)
        return error;
    buf_printf(why, "%s has no set \"%s\"", found->wanted->owner, found->wanted->set);
    if (nearest.best != NULL)
        buf_printf(why, "; did you mean \"%s\"?", nearest.best);
    return -ENOENT;
}

/* ---- whether it may ---- */

/* Who else goes by one of its checks. */
struct sharer {
    const struct found *found;
    const struct route_group *group; /* NULL: nobody */
    uint32_t set, slot;
};

static bool look_for_sharer(void *context, void *value)
{
    struct sharer *sharer = context;
    const struct node *node = value;

    for (uint16_t i = 0; i < node->rrsets_count; i++) {
        const struct rrset *rrset = &node->rrsets[i];
        for (uint32_t j = 0; rrset->group != NULL && j < rrset->group->count; j++) {
            uint32_t slot = rrset->group->sets[j].check;
            if (slot == HEALTH_SLOT_NONE || !has_slot(sharer->found, slot) ||
                    (node == sharer->found->node && is_meant(sharer->found->wanted, rrset, j)))
                continue;
            *sharer = (struct sharer){sharer->found, rrset->group, j, slot};
            return false;
        }
    }
    return true;
}

static int check_sharers(const struct zone_set *zones, const struct found *found,
        const struct health_table *health, struct buf *why)
{
    struct sharer sharer = {.found = found};
    struct health_detail detail = {.id = "?"};

    for (size_t i = 0; i < zone_set_count(zones) && sharer.group == NULL; i++)
        if (!zone_set_at(zones, i)->faulty)
            tree_each(zone_set_at(zones, i)->names, look_for_sharer, &sharer);
    if (sharer.group == NULL)
        return 0;
    (void)!health_table_read(health, sharer.slot, &detail);
    buf_printf(why,
            "its check %s is also that of the set %s of %s, which would be taken out too; if that "
            "is meant, drain the check: drain %s",
            detail.id, sharer.group->sets[sharer.set].id, sharer.group->name, detail.id);
    return -EPERM;
}

/* Whether a client that may get the set would get it all the same once the checks are down, because nothing else that
 * he may get is healthy. */
static bool is_still_answered(const struct found *found, const struct rrset *rrset,
        const struct client *client, const struct health_table *after, struct route_survey *survey)
{
    struct rand rand = rand_from_seed(0);
    const struct route_worker worker = {.index = ROUTE_WORKER_NONE};
    struct route_query query = {.health = after,
            .client = client,
            .worker = &worker,
            .rand = &rand,
            .as_chances = true};
    bool may_get = false;

    route_explain(rrset->group, &query, survey);
    for (uint32_t i = 0; i < survey->count; i++)
        may_get |= survey->set[i].eligible && is_meant(found->wanted, rrset, i);
    return may_get && survey->fail_open;
}

/* Asks for a client of each kind that the group tells apart. */
static bool keeps_answering(
        const struct found *found, const struct rrset *rrset, const struct health_table *after)
{
    struct route_survey *survey = mem_zalloc(1, sizeof(*survey));
    struct kinds *kinds = mem_zalloc(1, sizeof(*kinds));
    uint64_t steps = KINDS_STEPS_MAX;
    bool keeps = false;

    if (rrset->group->order != NULL)
        kinds_find(&rrset->group->order, 1, &steps, kinds);
    else
        kinds->count = 1; /* of whom nothing is known */
    for (uint32_t i = 0; i < kinds->count && !keeps; i++) {
        struct client *client = &kinds->network[i];
        if (rrset->group->order != NULL)
            client->bits = client_bits_max(client->family);
        keeps = is_still_answered(found, rrset, client, after, survey);
    }
    free(kinds);
    free(survey);
    return keeps;
}

static bool has_the_set(const struct found *found, const struct rrset *rrset)
{
    for (uint32_t i = 0; rrset->group != NULL && i < rrset->group->count; i++)
        if (is_meant(found->wanted, rrset, i))
            return true;
    return false;
}

static int check_others(
        const struct found *found, const struct health_table *health, struct buf *why)
{
    struct health_table *after;
    int error = health_table_copy_verdicts(health, &after);

    if (error != 0) {
        buf_printf(why, "what would be cannot be worked out: %s", err_text(error));
        return error;
    }
    for (uint32_t i = 0; i < found->count; i++)
        health_table_put(after, found->slots[i], (struct health_verdict){.state = HEALTH_DOWN});
    for (uint16_t i = 0; i < found->node->rrsets_count && error == 0; i++) {
        const struct rrset *rrset = &found->node->rrsets[i];
        if (!has_the_set(found, rrset) || !keeps_answering(found, rrset, after))
            continue;
        buf_printf(why,
                "no other set of %s would be healthy%s, so the drained one would be answered all "
                "the same",
                rrset->group->name, rrset->group->order != NULL ? " for some of its clients" : "");
        error = -EPERM;
    }
    health_table_close(after);
    return error;
}

static int print_ids(const struct found *found, const struct health_table *health, struct buf *ret)
{
    for (uint32_t i = 0; i < found->count; i++) {
        struct health_detail detail;
        if (health_table_read(health, found->slots[i], &detail) == -ENOENT)
            continue; /* it has just gone */
        buf_printf(ret, "%s%s", i > 0 ? " " : "", detail.id);
    }
    return 0;
}

int set_request_answer(const struct zone_set *zones, const struct health_table *health,
        const char *words, struct buf *ret)
{
    struct wanted wanted;
    struct tree_key key;
    struct found found = {.wanted = &wanted};
    int error = parse(words, &wanted, ret);

    if (error != 0)
        return error;
    tree_key_from_name(wanted.name.bytes, &key);
    const struct zone *zone = zone_set_find(zones, &key);
    found.node = zone != NULL && !zone->faulty ? zone_lookup_exact(zone, wanted.name.bytes) : NULL;
    if (found.node == NULL) {
        buf_printf(ret, "no zone that is served has the name %s", wanted.owner);
        return -ENOENT;
    }
    error = find_set(&found, ret);
    if (error == 0)
        error = check_sharers(zones, &found, health, ret);
    if (error == 0)
        error = check_others(&found, health, ret);
    return error == 0 ? print_ids(&found, health, ret) : error;
}
