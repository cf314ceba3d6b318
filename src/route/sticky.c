/* sticky.c -- see sticky.h. */
#include "route/sticky.h"

#include <assert.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/siphash.h"

#define STICKY_EMPTY UINT16_MAX
#define DARTS_MAX    1024U

static_assert(ROUTE_SETS_MAX < STICKY_EMPTY, "a place is no empty cell");

/* ------------------------------------------------------------------ when the zone is built */

struct owner {
    uint64_t hash; /* of the set's identifier */
    uint16_t place;
};

static int by_hash(const void *a, const void *b)
{
    const struct owner *left = a;
    const struct owner *right = b;

    if (left->hash != right->hash)
        return left->hash > right->hash ? 1 : -1;
    return (left->place > right->place) - (left->place < right->place);
}

uint64_t sticky_key(const void *bytes, size_t size)
{
    static const uint8_t no_secret[SIPHASH_KEY_BYTES];
    return siphash(no_secret, bytes, size);
}

static uint32_t round_up(uint32_t value)
{
    uint32_t power = 1;
    while (power < value)
        power *= 2;
    return power;
}

/* Sets take cells in the order of their hashes, each the next free one from its own on: so the cells do not
 * depend on the order of the zone file, and a set more or less moves few others. */
static const uint16_t *fill_cells(
        struct arena *arena, const struct route_group *group, uint32_t mask)
{
    struct owner *owners = mem_zalloc(group->count, sizeof(*owners));
    uint16_t *cells = arena_alloc(arena, (mask + 1) * sizeof(*cells));

    for (uint32_t i = 0; i < group->count; i++) {
        const char *id = group->sets[i].id;
        owners[i] = (struct owner){sticky_key(id, strlen(id)), (uint16_t)i};
    }
    qsort(owners, group->count, sizeof(*owners), by_hash);
    for (uint32_t i = 0; i <= mask; i++)
        cells[i] = STICKY_EMPTY;
    for (uint32_t i = 0; i < group->count; i++) {
        uint32_t at = (uint32_t)owners[i].hash & mask;
        while (cells[at] != STICKY_EMPTY)
            at = (at + 1) & mask;
        cells[at] = owners[i].place;
    }
    free(owners);
    return cells;
}

const struct route_sticky *sticky_new(struct arena *arena, const struct route_group *group,
        const uint8_t bits[CLIENT_FAMILIES], uint64_t key)
{
    struct route_sticky *sticky = arena_zalloc(arena, sizeof(*sticky));
    uint32_t heaviest = 1;

    for (uint32_t i = 0; i < group->count; i++)
        if (group->sets[i].weight > heaviest)
            heaviest = group->sets[i].weight;
    memcpy(sticky->bits, bits, sizeof(sticky->bits));
    sticky->key = key;
    sticky->bound = round_up(heaviest);
    sticky->mask = round_up(2 * group->count) - 1;
    sticky->cells = fill_cells(arena, group, sticky->mask);
    return sticky;
}

/* ------------------------------------------------------------------ for a query */

/* One client at one group. */
struct thrower {
    const struct route_group *group;
    const struct survivors *survivors;
    uint64_t hash;
};

/* A finaliser that spreads every bit of its input over all of its output (Stafford's thirteenth). */
static uint64_t mix(uint64_t value)
{
    value = (value ^ value >> 30) * 0xbf58476d1ce4e5b9U;
    value = (value ^ value >> 27) * 0x94d049bb133111ebU;
    return value ^ value >> 31;
}

/* The hash of the client's prefix, which draws of one key share. */
static uint64_t hash_client(const struct route_sticky *sticky, const struct route_query *query)
{
    const struct client *client = query->client;
    uint8_t bytes[sizeof(sticky->key) + 1 + CLIENT_ADDRESS_BYTES] = {0};
    uint8_t *address = bytes + sizeof(sticky->key) + 1;
    uint8_t bits = sticky->bits[client->family];

    memcpy(bytes, &sticky->key, sizeof(sticky->key));
    bytes[sizeof(sticky->key)] = (uint8_t)client->family;
    memcpy(address, client->address, (bits + 7U) / 8);
    if (bits % 8 != 0)
        address[bits / 8] &= (uint8_t)(0xff00U >> bits % 8);
    return siphash(query->worker->secret, bytes, sizeof(bytes));
}

static int compare_places(const void *a, const void *b)
{
    return *(const uint16_t *)a - *(const uint16_t *)b;
}

/* What is opened need not be all: sets that lead nowhere for this client are left out. */
static bool is_opened(const struct survivors *survivors, uint16_t place)
{
    return bsearch(&place, survivors->place, survivors->count, sizeof(place), compare_places) !=
           NULL;
}

static bool is_candidate(const struct thrower *thrower, uint16_t place, uint32_t height)
{
    const struct survivors *survivors = thrower->survivors;

    if (survivors->fail_open ? !is_opened(survivors, place)
                             : !survivors_are_healthy(survivors, place))
        return false;
    return survivors->total == 0 ||
           height < thrower->group->sets[place].weight * survivors_share(survivors, place);
}

/* The place a dart hits if that is a candidate, else STICKY_EMPTY. */
static uint16_t throw_dart(const struct thrower *thrower, uint32_t number)
{
    const struct route_sticky *sticky = thrower->group->sticky;
    uint64_t dart = mix(thrower->hash + (uint64_t)(number + 1) * 0x9e3779b97f4a7c15U);
    uint16_t place = sticky->cells[(uint32_t)dart & sticky->mask];
    uint32_t height = (uint32_t)((dart >> 32) * (sticky->bound * POLICY_WHOLE) >> 32);

    return place != STICKY_EMPTY && is_candidate(thrower, place, height) ? place : STICKY_EMPTY;
}

static bool was_picked(const uint16_t *picked, uint32_t count, uint16_t place)
{
    for (uint32_t i = 0; i < count; i++)
        if (picked[i] == place)
            return true;
    return false;
}

/* The time of a candidate's first arrival, if arrivals are as frequent as its weight: the least wins. */
static double arrival(const struct thrower *thrower, uint16_t place)
{
    const struct route_set *set = &thrower->group->sets[place];
    uint64_t bits = mix(thrower->hash ^ sticky_key(set->id, strlen(set->id)));
    double uniform = ((double)(bits >> 11) + 0.5) / 9007199254740992.0; /* 2^53 */
    uint32_t weight = thrower->survivors->total > 0
                              ? set->weight * survivors_share(thrower->survivors, place)
                              : 1;

    return -log(uniform) / weight;
}

/* The candidate of the earliest arrival among those not picked yet. */
static uint16_t find_earliest(const struct thrower *thrower, const uint16_t *picked, uint32_t count)
{
    const struct survivors *survivors = thrower->survivors;
    uint16_t best = STICKY_EMPTY;
    double least = INFINITY;

    for (uint32_t i = 0; i < survivors->count; i++) {
        uint16_t place = survivors->place[i];
        if (was_picked(picked, count, place))
            continue;
        double time = arrival(thrower, place);
        if (best == STICKY_EMPTY || time < least) {
            best = place;
            least = time;
        }
    }
    return best;
}

/* As multivalue.c does, but for one client always alike: who meets a growing set once meets it from then on. */
static uint32_t leave_out(
        const struct thrower *thrower, uint32_t count, uint16_t places[ROUTE_CHOSEN_MAX])
{
    uint32_t kept = 0;

    for (uint32_t i = 0; i < count; i++) {
        const char *id = thrower->group->sets[places[i]].id;
        uint64_t drawn = mix(thrower->hash + sticky_key(id, strlen(id))) >> 32;
        if (drawn * POLICY_WHOLE >> 32 < survivors_share(thrower->survivors, places[i]))
            places[kept++] = places[i];
    }
    return kept > 0 ? kept : 1;
}

uint32_t sticky_pick(const struct route_group *group, const struct survivors *survivors,
        const struct route_query *query, uint16_t ret[ROUTE_CHOSEN_MAX])
{
    struct thrower thrower = {group, survivors, hash_client(group->sticky, query)};
    uint32_t wanted = group->policy == ROUTE_MULTIVALUE ? ROUTE_CHOSEN_MAX : 1;
    uint32_t count = 0;

    if (wanted > survivors->count)
        wanted = survivors->count;
    for (uint32_t i = 0; i < DARTS_MAX && count < wanted; i++) {
        uint16_t place = throw_dart(&thrower, i);
        if (place != STICKY_EMPTY && !was_picked(ret, count, place))
            ret[count++] = place;
    }
    while (count < wanted) {
        ret[count] = find_earliest(&thrower, ret, count);
        count++;
    }
    bool leaves = group->policy == ROUTE_MULTIVALUE && survivors->ramps;
    return leaves ? leave_out(&thrower, count, ret) : count;
}
