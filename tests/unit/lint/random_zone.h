/* random_zone.h -- zones whose names lead to each other at random: every policy, aliases up to a few deep,
 * sets with and without check. */
#pragma once

#include "base/buf.h"
#include "base/rand.h"
#include "lint/world.h"

#define RANDOM_NAMES 7U
#define RANDOM_SETS  4U

/* Names have what the last of them, which are plain or checked leaves, lead up to. */
struct random_zone {
    struct rand rand;
    bool has_ipv6[RANDOM_NAMES];
    struct buf text;
};

static inline bool random_chance(struct random_zone *zone, uint32_t percent)
{
    return rand_below(&zone->rand, 100) < percent;
}

static inline void random_add_check(struct random_zone *zone, uint32_t percent)
{
    if (random_chance(zone, percent))
        buf_printf(&zone->text, " check=%c", 'a' + (int)rand_below(&zone->rand, WORLD_CHECKS));
}

/* An alias to a later name that has the type, if there is one; returns whether it wrote one. */
static inline bool random_add_alias(struct random_zone *zone, uint32_t name, bool ipv6)
{
    uint32_t target = name + 1 + rand_below(&zone->rand, RANDOM_NAMES - name);

    if (target >= RANDOM_NAMES || (ipv6 && !zone->has_ipv6[target]))
        return false;
    buf_printf(&zone->text, " alias=n%u%s", target, random_chance(zone, 25) ? " evaluate=no" : "");
    return true;
}

static inline void random_add_set(
        struct random_zone *zone, uint32_t name, bool ipv6, uint32_t policy, uint32_t set)
{
    static const char *const places[RANDOM_SETS] = {
            "country=DE", "continent=EU", "country=FR", "default"};
    static const char *const ranks[RANDOM_SETS] = {"primary", "secondary", "3", "4"};

    buf_printf(
            &zone->text, ipv6 ? "n%u AAAA 2001:db8::%u ; " : "n%u A 192.0.2.%u ; ", name, set + 1);
    switch (policy) {
    case 0:
        buf_printf(&zone->text, "@failover %s", ranks[set]);
        break;
    case 1:
        buf_printf(&zone->text, "@weighted %u set=s%u", rand_below(&zone->rand, 3), set);
        break;
    case 2:
        buf_printf(
                &zone->text, "@weighted %u set=s%u sticky=24", 1 + rand_below(&zone->rand, 3), set);
        break;
    case 3:
        buf_printf(&zone->text, "@geo %s", places[set]);
        break;
    default:
        buf_printf(&zone->text, "@multivalue set=s%u", set);
        break;
    }
    bool alias = policy < 4 && random_chance(zone, 60) && random_add_alias(zone, name, ipv6);
    random_add_check(zone, policy == 0 && set == 0 && !alias ? 100 : 65);
    buf_add_string(&zone->text, "\n");
}

static inline void random_add_group(struct random_zone *zone, uint32_t name, bool ipv6)
{
    uint32_t policy = rand_below(&zone->rand, 5);
    uint32_t first = policy == 3 ? rand_below(&zone->rand, RANDOM_SETS) : 0;
    uint32_t count = first + 1 + rand_below(&zone->rand, RANDOM_SETS - first);

    for (uint32_t set = first; set < count; set++)
        random_add_set(zone, name, ipv6, policy, set);
}

/* The text of a zone behind the fixture's head; new. */
static inline char *random_zone_text(uint64_t seed)
{
    struct random_zone zone = {.rand = rand_from_seed(seed)};

    buf_init(&zone.text, WORLD_TEXT_MAX);
    for (uint32_t name = 0; name < RANDOM_NAMES; name++)
        zone.has_ipv6[name] = random_chance(&zone, 60);
    for (uint32_t name = 0; name < RANDOM_NAMES; name++) {
        random_add_group(&zone, name, false);
        if (zone.has_ipv6[name])
            random_add_group(&zone, name, true);
    }
    char *text = strdup(buf_string(&zone.text));
    buf_done(&zone.text);
    return text;
}
