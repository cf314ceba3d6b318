/* query_world.c -- see query_world.h.
 *
 * A zone of some thousand names is built, with record sets of every policy whose cost could depend on its size:
 * 1,000 weighted ones, networks by the hundred thousand.
 */
#include "query_world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "dns/rr.h"
#include "route/watch.h"
#include "zone/load.h"

#define CHECKS   100U
#define NETWORKS 100000U
#define ORIGIN   "bench.example."

/* Names are as long as the static one, h and four digits: a longer one costs more by itself. */
const struct kind kinds[] = {
        {"static",   "h*", RR_A, false, 0, false},
        {"static-edns",      "h*", RR_A, true, 0, false},
        {"nxdomain",         "x*", RR_A, true, 3, false},
        {"nodata",          "h*", 28, true, 0, false},
        {"referral", "w*.child", RR_A, true, 0, false},
        {"failover",      "fail1", RR_A, true, 0, false},
        {"weighted-2",     "even2", RR_A, true, 0, false},
        {"weighted-1000", "wide1", RR_A, true, 0, false},
        {"multivalue-100",      "multi", RR_A, true, 0, false},
        {"alias-4",         "alia1", RR_A, true, 0, false},
        {"latency-100000",          "laten", RR_A, true, 0, true},
        {"cidr-100000","cidr1", RR_A, true, 0, true},
        {.word = NULL     },
};

void world_die(const char *what, const char *why)
{
    fprintf(stderr, "%s: %s\n", what, why);
    exit(EXIT_FAILURE);
}

const struct kind *world_find_kind(const char *word)
{
    for (size_t i = 0; kinds[i].word != NULL; i++)
        if (strcmp(kinds[i].word, word) == 0)
            return &kinds[i];
    world_die(word, "is no kind; --kinds tells them");
    return NULL;
}

static FILE *create(const struct world *world, const char *name)
{
    char path[128];
    snprintf(path, sizeof(path), "%s/%s", world->dir, name);
    FILE *file = fopen(path, "w");
    if (file == NULL)
        world_die(path, "cannot be written");
    return file;
}

static void write_zone(const struct world *world, bool places)
{
    FILE *file = create(world, ORIGIN "zone");
    fputs("$TTL 300\n@ IN SOA ns hostmaster 1 7200 900 1209600 60\n@ IN NS ns\nns IN A 192.0.2.53\n"
          "child IN NS ns.child\nns.child IN A 192.0.2.54\n"
          "fail1 IN A 192.0.2.1 ; @failover primary check=c0\n"
          "fail1 IN A 192.0.2.2 ; @failover secondary check=c1\n"
          "even2 IN A 192.0.2.1 ; @weighted 10 check=c0\n"
          "even2 IN A 192.0.2.2 ; @weighted 10 check=c1\n",
            file);
    if (places)
        fputs("laten IN A 192.0.2.1 ; @latency eu check=c0\n"
              "laten IN A 192.0.2.2 ; @latency us check=c1\n"
              "cidr1 IN A 192.0.2.1 ; @cidr nets/a check=c0\n"
              "cidr1 IN A 192.0.2.2 ; @cidr nets/b check=c1\n"
              "cidr1 IN A 192.0.2.3 ; @cidr nets/*\n",
                file);
    for (uint32_t i = 1; i < 4; i++)
        fprintf(file, "alia%u IN A 192.0.2.9 ; @simple alias=alia%u\n", i, i + 1);
    fputs("alia4 IN A 192.0.2.9 ; @simple alias=even2\n", file);
    for (uint32_t i = 0; i < 1000; i++)
        fprintf(file, "wide1 IN A 10.0.%u.%u ; @weighted %u check=c%u\n", i >> 8, i & 255,
                1 + i % 100, i % CHECKS);
    for (uint32_t i = 0; i < 100; i++)
        fprintf(file, "multi IN A 10.1.0.%u ; @multivalue check=c%u\n", i, i % CHECKS);
    for (uint32_t i = 0; i < WORLD_NAMES; i++)
        fprintf(file, "h%04x IN A 10.2.%u.%u\n", i, i >> 8, i & 255);
    fclose(file);
}

static void write_places(const struct world *world)
{
    FILE *latency = create(world, "latency.csv");
    FILE *cidr = create(world, "nets.cidr.json");
    fputs("[{\"LocationName\":\"a\",\"CidrList\":[", cidr);
    for (uint32_t i = 0; i < NETWORKS; i++) {
        const char *next = i + 1 == NETWORKS       ? "]}]"
                           : i + 1 == NETWORKS / 2 ? "]},{\"LocationName\":\"b\",\"CidrList\":["
                                                   : ",";
        fprintf(latency, "%u.%u.%u.0/24,%s,%u\n", 20 + (i >> 16), i >> 8 & 255, i & 255,
                i % 3 != 0 ? "eu" : "us", 10 + i % 90);
        fprintf(cidr, "\"%u.%u.%u.0/24\"%s", 20 + (i >> 16), i >> 8 & 255, i & 255, next);
    }
    fclose(latency);
    fclose(cidr);
}

static void define_checks(struct world *world, bool half_down)
{
    if (health_table_create(&world->table) != 0)
        world_die("the health table", "cannot be made");
    for (uint32_t slot = 0; slot < CHECKS; slot++) {
        struct health_detail detail = {.flags = HEALTH_DEFINED};
        bool is_down = half_down && slot % 2 == 0;
        snprintf(detail.id, sizeof(detail.id), "c%u", slot);
        health_table_write(world->table, slot, &detail);
        health_table_put(world->table, slot,
                (struct health_verdict){.state = is_down ? HEALTH_DOWN : HEALTH_UP, .since_s = 1});
    }
    world->ids = health_ids_new(world->table);
}

static void load_zone(struct world *world, bool places)
{
    char path[128], latency[128];
    const char *dirs[] = {world->dir};
    const struct atlas_sources sources = {
            .latency_file = latency, .cidr_dirs = dirs, .cidr_dirs_count = 1};
    struct diag *diag = diag_new();
    struct zone *zone;
    snprintf(path, sizeof(path), "%s/" ORIGIN "zone", world->dir);
    snprintf(latency, sizeof(latency), "%s/latency.csv", world->dir);
    if (places)
        world->atlas = atlas_load(&sources, NULL, diag);
    const struct zone_basis basis = {
            .ids = world->ids, .atlas = world->atlas, .workers = WORLD_WORKERS};
    struct zone_source source = {.path = path};
    static const uint8_t root[] = {0};
    if (name_from_text(ORIGIN, root, &source.origin) != 0 ||
            zone_load(&source, &basis, &zone, diag) != 0)
        world_die(path, diag_kept(diag) > 0 ? diag_fault_at(diag, 0)->message : "is not loaded");
    diag_free(diag);
    world->zones = zone_set_new(&zone, 1);
}

static void remove_files(const struct world *world)
{
    static const char *const names[] = {ORIGIN "zone", "latency.csv", "nets.cidr.json"};
    for (size_t i = 0; i < COUNT(names); i++) {
        char path[128];
        snprintf(path, sizeof(path), "%s/%s", world->dir, names[i]);
        unlink(path);
    }
    rmdir(world->dir);
}

static struct asker *make_asker(const struct world *world, uint32_t index)
{
    static const uint8_t secret[ROUTE_SECRET_BYTES] = {1};
    struct asker *asker = mem_zalloc_lines(sizeof(*asker));
    asker->world = world;
    asker->rand = rand_from_seed(1 + index);
    asker->context = (struct query_context){
            .zones = world->zones,
            .health = world->table,
            .rand = &asker->rand,
            .counters = &asker->counters,
            .udp_size_bytes = 1232,
            .cookies = &world->cookies,
            .now_s = 1700000000,
    };
    route_worker_init(&asker->context.route, index, secret, world->table);
    route_watch_follow(zone_set_watch(world->zones), &asker->context.route, world->table);
    return asker;
}

struct world *world_new(bool half_down, bool places)
{
    struct world *world = mem_zalloc(1, sizeof(*world));
    if (net_address_parse("20.0.77.1:53000", 0, &world->client) != 0)
        world_die("the client", "has no address");
    strcpy(world->dir, "/tmp/bench-query-XXXXXX");
    if (mkdtemp(world->dir) == NULL)
        world_die(world->dir, "cannot be made");
    write_zone(world, places);
    if (places)
        write_places(world);
    define_checks(world, half_down);
    load_zone(world, places);
    remove_files(world);
    world->cookies = (struct cookie_settings){.mode = COOKIE_ON, .count = 1};
    for (uint32_t i = 0; i < WORLD_WORKERS; i++)
        world->askers[i] = make_asker(world, i);
    return world;
}

void world_free(struct world *world)
{
    for (uint32_t i = 0; i < WORLD_WORKERS; i++)
        free(world->askers[i]);
    zone_set_free(world->zones);
    atlas_free(world->atlas);
    health_ids_free(world->ids);
    health_table_close(world->table);
    free(world);
}

static size_t write_query(const struct kind *kind, uint32_t number, uint8_t *ret)
{
    static const uint8_t root[] = {0};
    static const uint8_t opt[] = {0, 0, 41, 4, 208, 0, 0, 0, 0, 0, 0};
    char label[16] = "", text[128];
    struct name name;
    int before = (int)strcspn(kind->name, "*");
    const char *behind = kind->name[before] != '\0' ? kind->name + before + 1 : "";
    if (kind->name[before] != '\0')
        snprintf(label, sizeof(label), "%04x", number);
    snprintf(text, sizeof(text), "%.*s%s%s." ORIGIN, before, kind->name, label, behind);
    if (name_from_text(text, root, &name) != 0)
        world_die(text, "is no name");
    size_t length = MESSAGE_HEADER_BYTES;
    memset(ret, 0, length);
    ret[0] = (uint8_t)(number >> 8);
    ret[1] = (uint8_t)number;
    ret[5] = 1;
    ret[11] = kind->edns;
    memcpy(ret + length, name.bytes, name.length);
    length += name.length;
    const uint8_t question[] = {(uint8_t)(kind->type >> 8), (uint8_t)kind->type, 0, 1};
    memcpy(ret + length, question, sizeof(question));
    length += sizeof(question);
    if (kind->edns) {
        memcpy(ret + length, opt, sizeof(opt));
        length += sizeof(opt);
    }
    return length;
}

void world_prepare(struct world *world, const struct kind *kind)
{
    for (uint32_t i = 0; i < WORLD_NAMES; i++)
        world->lengths[i] = write_query(kind, i, world->queries[i]);
}

/* What is counted. It stands for itself whatever the linker inlines: the counter is switched by its name. */
static __attribute__((noinline, noclone)) size_t answer_one(
        struct asker *asker, const struct query *query, uint8_t *response, size_t room)
{
    return query_answer(&asker->context, query, response, room);
}

void world_ask(struct asker *asker, const struct kind *kind, uint64_t count)
{
    const struct world *world = asker->world;
    uint8_t response[1232];
    for (uint64_t i = 0; i < count; i++) {
        const uint32_t place = (uint32_t)i & (WORLD_NAMES - 1);
        const struct query query = {.client = &world->client,
                .bytes = world->queries[place],
                .length = world->lengths[place]};
        size_t length = answer_one(asker, &query, response, sizeof(response));
        if (length < MESSAGE_HEADER_BYTES || (response[3] & 15) != kind->rcode)
            world_die(kind->word, "is answered otherwise");
    }
}
