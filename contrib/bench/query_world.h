/* query_world.h -- what the benchmarks of answers share: a zone with record sets of every policy, and queries for them. */
#pragma once

#include "dns/message.h"
#include "health/ids.h"
#include "serve/query.h"
#include "zone/atlas.h"

#define WORLD_NAMES   4096U /* of one kind that are asked in turn, a power of two */
#define WORLD_WORKERS 2U

/* An asterisk in a name stands for the number of the query. */
struct kind {
    const char *word, *name;
    uint16_t type;
    bool edns;
    uint16_t rcode;
    bool places; /* it is about networks */
};

/* Every kind, ended by one without a word. */
extern const struct kind kinds[];

/* What a worker has for itself, as src/serve/worker.c has it. */
struct asker {
    const struct world *world;
    struct rand rand;
    struct query_counters counters;
    struct query_context context;
};

/* What workers share, and the queries. */
struct world {
    union net_address client;
    char dir[64];
    struct health_table *table;
    struct health_ids *ids;
    struct atlas *atlas;
    struct zone_set *zones;
    struct cookie_settings cookies;
    struct asker *askers[WORLD_WORKERS];
    uint8_t queries[WORLD_NAMES][MESSAGE_UDP_PLAIN];
    size_t lengths[WORLD_NAMES];
};

/* Ends the program with a message. */
void world_die(const char *what, const char *why);

/* The kind of this name; there is one, or the program ends. */
const struct kind *world_find_kind(const char *word);

/* A new world.  `half_down`: every other check is; `places`: with networks, which take a while to read. */
struct world *world_new(bool half_down, bool places);

void world_free(struct world *world);

/* Writes the queries of this kind. */
void world_prepare(struct world *world, const struct kind *kind);

/* Answers so many queries, one after the other; an answer that is not of this kind ends the program. */
void world_ask(struct asker *asker, const struct kind *kind, uint64_t count);
