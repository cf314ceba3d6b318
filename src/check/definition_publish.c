/* definition_publish.c -- see definition.h: from definitions to slots in the health table. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "check/definition.h"
#include "check/probe.h"
#include "health/timing.h"

/* ------------------------------------------------------------------ slots */

/* One slot in use, while definitions and table are brought together. */
struct holder {
    char id[HEALTH_ID_MAX + 1];
    uint32_t slot;
    bool defined; /* by the new definitions */
};

static int by_id(const void *a, const void *b)
{
    return strcmp(((const struct holder *)a)->id, ((const struct holder *)b)->id);
}

/* Every slot in use, sorted by id.  Returns how many; *ret is new. */
static size_t find_holders(const struct health_table *table, struct holder **ret)
{
    uint32_t used = health_table_used(table);
    struct holder *holders = mem_zalloc(used, sizeof(*holders));
    struct health_detail detail;
    size_t count = 0;

    for (uint32_t slot = 0; slot < used; slot++) {
        if (health_table_read(table, slot, &detail) < 0)
            continue;
        memcpy(holders[count].id, detail.id, sizeof(detail.id));
        holders[count++].slot = slot;
    }
    if (count > 0)
        qsort(holders, count, sizeof(*holders), by_id);
    *ret = holders;
    return count;
}

/* The first free slot from `slot` on. */
static uint32_t next_free(const struct health_table *table, uint32_t slot)
{
    struct health_detail detail;
    while (slot < HEALTH_TABLE_SLOTS && health_table_read(table, slot, &detail) == 0)
        slot++;
    return slot;
}

static uint32_t flags_of(const struct definition *definition)
{
    uint32_t flags = HEALTH_DEFINED;
    if (definition->rule.disabled)
        flags |= HEALTH_DISABLED;
    if (definition->rule.inverted)
        flags |= HEALTH_INVERTED;
    if (definition->rule.shadow)
        flags |= HEALTH_SHADOW;
    if (definition->is_canary)
        flags |= HEALTH_CANARY;
    return flags;
}

/* ------------------------------------------------------------------ how it is probed */

static int order_by_id(const void *id, const void *definition)
{
    return strcmp(id, ((const struct definition *)definition)->id);
}

const struct definition *definitions_find(const struct definitions *definitions, const char *id)
{
    return bsearch(
            id, definitions->list, definitions->count, sizeof(*definitions->list), order_by_id);
}

/* What health/timing.h needs of a check, as health_detail has it. */
struct pace {
    uint32_t interval_ms, timeout_ms, linger_ms, fall, rise, hold_ms;
};

static void set_timing(const struct pace *pace, struct health_detail *ret)
{
    ret->interval_ms = pace->interval_ms;
    ret->timeout_ms = pace->timeout_ms;
    ret->linger_ms = pace->linger_ms;
    ret->fall = pace->fall;
    ret->rise = pace->rise;
    ret->hold_ms = pace->hold_ms;
}

static struct pace endpoint_pace(const struct definition *definition)
{
    return (struct pace){
            .interval_ms = definition->target.interval_ms,
            .timeout_ms = probe_timeout_ms(&definition->target),
            .linger_ms = probe_linger_ms(&definition->target),
            .fall = definition->rule.fall,
            .rise = definition->rule.rise,
    };
}

/* What a child's status takes to go down, or up; it is what its parent counts, turned round or not. */
static struct pace child_pace(const struct definition *child, const struct pace *pace)
{
    struct pace turned = *pace;
    if (child->rule.inverted) {
        turned.fall = pace->rise;
        turned.rise = pace->fall;
    }
    return turned;
}

static uint64_t down_ms(const struct definition *definition, const struct pace *pace)
{
    struct health_detail detail = {.flags = flags_of(definition)};
    set_timing(pace, &detail);
    return timing_down_ms(&detail);
}

/* A CALCULATED check changes with its children at once, and they may all have to. */
static struct pace calculated_pace(const struct definitions *definitions, const struct pace *paces,
        const struct definition *definition)
{
    struct pace slowest = {0};

    for (uint32_t i = 0; i < definition->children_count; i++) {
        const struct definition *child = definitions_find(definitions, definition->children[i]);
        struct pace pace = child_pace(child, &paces[child - definitions->list]);
        if (down_ms(definition, &pace) > down_ms(definition, &slowest))
            slowest = pace;
    }
    return slowest;
}

/* Children come first.  Returns a new array by definition. */
static struct pace *find_paces(const struct definitions *definitions)
{
    struct pace *paces = mem_zalloc(definitions->count, sizeof(*paces));

    for (size_t i = 0; i < definitions->count; i++) {
        uint32_t at = definitions->order[i];
        const struct definition *definition = &definitions->list[at];
        if (check_type_is_probed(definition->target.type))
            paces[at] = endpoint_pace(definition);
        else if (definition->target.type == CHECK_HEARTBEAT)
            paces[at] = (struct pace){.linger_ms = definition->target.push.ttl_ms};
        else if (definition->target.type == CHECK_CALCULATED)
            paces[at] = calculated_pace(definitions, paces, definition);
        if (paces[at].hold_ms < definition->rule.hold_ms)
            paces[at].hold_ms = definition->rule.hold_ms;
    }
    return paces;
}

/* ------------------------------------------------------------------ writing */

/* Definitions on their way into the table, with their slots. */
struct publication {
    const struct definitions *definitions;
    struct health_table *table;
    const uint32_t *slots;
    bool *counted;      /* of each, whether a CALCULATED check has it as a child */
    struct pace *paces; /* of each */
};

static void find_counted(struct publication *publication)
{
    const struct definitions *all = publication->definitions;

    publication->counted = mem_zalloc(all->count, sizeof(*publication->counted));
    for (size_t i = 0; i < all->count; i++)
        for (uint32_t j = 0; j < all->list[i].children_count; j++)
            publication->counted[definitions_find(all, all->list[i].children[j]) - all->list] =
                    true;
}

/* Writes a definition into its slot, which may hold an earlier one of the same id. */
static void publish(const struct publication *publication, size_t i, uint64_t now_ms)
{
    struct health_table *table = publication->table;
    uint32_t slot = publication->slots[i];
    const struct definition *definition = &publication->definitions->list[i];
    struct health_detail detail = {0};
    char target[HEALTH_TARGET_MAX + 1];
    const char *type = check_type_name(definition->target.type);

    bool known = health_table_read(table, slot, &detail) == 0;
    if (!known) {
        detail = (struct health_detail){.since_ms = now_ms, .raw_state = HEALTH_UNKNOWN};
        snprintf(detail.reason, sizeof(detail.reason), "no probe has ended yet");
    }
    definition_describe(definition, target);
    if (known && (strcmp(detail.type, type) != 0 || strcmp(detail.target, target) != 0))
        detail.streak = 0; /* counted against another target */
    snprintf(detail.id, sizeof(detail.id), "%s", definition->id);
    snprintf(detail.type, sizeof(detail.type), "%s", type);
    snprintf(detail.target, sizeof(detail.target), "%s", target);
    detail.flags = flags_of(definition) | (publication->counted[i] ? HEALTH_COUNTED : 0);
    set_timing(&publication->paces[i], &detail);

    detail.ramp_ms = definition->rule.ramp_ms;
    detail.suspect_ms = definition->rule.suspect_ms;

    struct verdict verdict = {(enum health_state)detail.raw_state, detail.streak};
    struct health_verdict word = health_table_found(table, slot);
    enum health_state state = verdict_final(&verdict, &definition->rule);
    if (word.state != state) {
        detail.changes += word.state != HEALTH_UNKNOWN;
        detail.since_ms = known ? now_ms : detail.since_ms;
        word.state = state;
        word.since_s = (uint32_t)(detail.since_ms / 1000);
    }
    word.no_data = detail.raw_state == HEALTH_UNKNOWN;
    health_table_put(table, slot, word);
    health_table_write(table, slot, &detail);
}

/* Gives every definition its slot.  Returns ERR_TOO_LARGE if there are too few. */
static int assign(const struct definitions *definitions, const struct health_table *table,
        struct holder *holders, size_t holders_count, uint32_t *slots)
{
    uint32_t free_slot = 0;

    for (size_t i = 0; i < definitions->count; i++) {
        struct holder wanted = {.slot = 0};
        snprintf(wanted.id, sizeof(wanted.id), "%s", definitions->list[i].id);
        struct holder *holder = NULL;
        if (holders_count > 0)
            holder = bsearch(&wanted, holders, holders_count, sizeof(wanted), by_id);
        if (holder != NULL) {
            holder->defined = true;
            slots[i] = holder->slot;
            continue;
        }
        slots[i] = next_free(table, free_slot);
        if (slots[i] == HEALTH_TABLE_SLOTS)
            return ERR_TOO_LARGE;
        free_slot = slots[i] + 1;
    }
    return 0;
}

int definitions_publish(const struct definitions *definitions, struct health_table *table,
        uint64_t now_ms, uint32_t *slots)
{
    struct holder *holders;
    struct health_detail detail;
    size_t count = find_holders(table, &holders);
    int result = assign(definitions, table, holders, count, slots);

    if (result < 0)
        goto done;
    struct publication publication = {definitions, table, slots, NULL, find_paces(definitions)};
    find_counted(&publication);
    for (size_t i = 0; i < definitions->count; i++)
        publish(&publication, i, now_ms);
    free(publication.counted);
    free(publication.paces);
    for (size_t i = 0; i < count; i++) {
        if (holders[i].defined || health_table_read(table, holders[i].slot, &detail) < 0)
            continue;
        detail.flags = (detail.flags & ~(uint32_t)HEALTH_DEFINED) | HEALTH_LEAVING;
        health_table_write(table, holders[i].slot, &detail);
    }
done:
    free(holders);
    return result;
}

int definitions_fit(const struct definitions *definitions, const struct health_table *table,
        const char *dir, struct diag *diag)
{
    uint32_t *slots = mem_zalloc(definitions->count, sizeof(*slots));
    struct holder *holders;
    size_t count = find_holders(table, &holders);
    int result = assign(definitions, table, holders, count, slots);

    free(holders);
    free(slots);
    if (result == 0)
        return 0;
    diag_error(diag, (struct diag_place){.file = dir},
            "the health table is full: it holds %u checks", HEALTH_TABLE_SLOTS);
    return ERR_FAULTY;
}

void definitions_retire(struct health_table *table)
{
    static const struct health_detail nothing = {0};
    struct health_detail detail;
    uint32_t used = health_table_used(table);

    for (uint32_t slot = 0; slot < used; slot++)
        if (health_table_read(table, slot, &detail) == 0 && (detail.flags & HEALTH_LEAVING) != 0)
            health_table_write(table, slot, &nothing);
}
