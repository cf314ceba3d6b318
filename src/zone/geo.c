/* geo.c -- see geo.h.
 *
 * The tree is walked with a stack of branches still to go, at most one for each bit of an address.  In a
 * database of IPv6 the networks of IPv4 lie under ::/96, and further branches (2002::/16, ::ffff:0:0/96,
 * 2001::/32) lead to the same node: that is walked once, as IPv4.  A branch that is longer than an
 * address shows a loop; branches that meet again and again are stopped by a bound on the steps.
 */
#include "zone/geo.h"

#include <maxminddb.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"
#include "base/intern.h"
#include "base/mem.h"

#define METADATA_MAX 131072U /* bytes at the end of a file where its metadata may be */
#define IPV4_BITS    96U     /* of ::/96 */
#define BRANCHES_MAX 130U    /* waiting: one for each bit, and the one at hand */
#define NO_NODE      UINT64_MAX
#define FIRST_ROOM   1024U

static const char marker[] = "\xab\xcd\xefMaxMind.com";

/* Countries whose continent is Route 53's (route53.md 1.6). */
static const struct {
    char country[3];
    char continent[3];
} continents[] = {
        {"CY", "EU"},
        {"TR", "EU"},
        {"GE", "AS"},
        {"RU", "EU"},
        {"AQ", "AN"},
        {"GS", "AN"},
        {"TF", "AN"},
        {"VA", "EU"},
        {"XK", "EU"},
};

/* A record of the tree and the network it is for. */
struct branch {
    uint64_t record;
    uint8_t type;    /* MMDB_RECORD_TYPE_... */
    uint32_t offset; /* of a data record */
    struct client network;
};

struct walk {
    const MMDB_s *mmdb;
    struct geo_data data;
    struct intern *offsets; /* of data records */
    uint32_t *place_of;     /* for each offset's number */
    uint32_t room;
    struct intern *places;
    struct prefix_builder *builder;
    uint64_t ipv4_root; /* or NO_NODE */
    uint64_t steps_left;
    struct branch branches[BRANCHES_MAX];
    uint32_t count;
    const char *file;
    struct diag *diag;
};

/* ------------------------------------------------------------------ the file */

PRINTF(3, 4)
static int refuse(const char *file, struct diag *diag, const char *format, ...)
{
    struct buf text;
    va_list arguments;

    buf_init(&text, 256);
    va_start(arguments, format);
    buf_vprintf(&text, format, arguments);
    va_end(arguments);
    diag_error(diag, (struct diag_place){.file = file}, "%s", buf_string(&text));
    buf_done(&text);
    return ERR_FAULTY;
}

/* Whether the metadata can be read without harm: the library follows it as deep as it goes. */
static bool is_metadata_sound(int fd)
{
    struct stat st;
    size_t length = sizeof(marker) - 1;
    const uint8_t *found = NULL;
    bool sound = false;

    if (fstat(fd, &st) == -1)
        return false;
    size_t size = st.st_size > (off_t)METADATA_MAX ? METADATA_MAX : (size_t)st.st_size;
    uint8_t *bytes = mem_alloc(size);
    if (pread(fd, bytes, size, st.st_size - (off_t)size) == (ssize_t)size) {
        const uint8_t *at = bytes;
        while ((at = memmem(at, size - (size_t)(at - bytes), marker, length)) != NULL)
            found = at += length;
        sound = found != NULL && geo_record_is_sound(found, size - (size_t)(found - bytes));
    }
    free(bytes);
    return sound;
}

static int open_database(int fd, MMDB_s *ret)
{
    char path[32];

    if (!is_metadata_sound(fd))
        return MMDB_INVALID_METADATA_ERROR;
    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    return MMDB_open(path, MMDB_MODE_MMAP, ret);
}

/* ------------------------------------------------------------------ places */

static void overrule(struct geo_place *place)
{
    for (size_t i = 0; i < COUNT(continents); i++)
        if (strcmp(place->country, continents[i].country) == 0)
            memcpy(place->continent, continents[i].continent, sizeof(place->continent));
}

/* The number of the place that the data at an offset tells.  A record that tells nothing is a place too:
 * it may lie within a network that tells more. */
static int find_place(struct walk *walk, uint32_t offset, uint32_t *ret)
{
    uint32_t before = intern_count(walk->offsets);
    uint32_t number = intern_add(walk->offsets, &offset, sizeof(offset));
    struct geo_place place;

    if (number < before) {
        *ret = walk->place_of[number];
        return 0;
    }
    int error = geo_record_read(&walk->data, offset, &place);
    if (error == ERR_TOO_LARGE)
        return refuse(walk->file, walk->diag,
                "the record at byte %u of its data has too many values", offset);
    if (error < 0)
        return refuse(
                walk->file, walk->diag, "the record at byte %u of its data is damaged", offset);
    overrule(&place);
    if (number >= walk->room) {
        walk->room = walk->room > 0 ? 2 * walk->room : FIRST_ROOM;
        walk->place_of = mem_resize(walk->place_of, walk->room, sizeof(*walk->place_of));
    }
    walk->place_of[number] = intern_add(walk->places, &place, sizeof(place));
    *ret = walk->place_of[number];
    return 0;
}

static bool is_any_place_known(const struct walk *walk)
{
    static const struct geo_place nothing;
    uint32_t size;

    for (uint32_t i = 0; i < intern_count(walk->places); i++)
        if (memcmp(intern_at(walk->places, i, &size), &nothing, sizeof(nothing)) != 0)
            return true;
    return false;
}

/* ------------------------------------------------------------------ the tree */

static int add_network(struct walk *walk, const struct branch *branch)
{
    uint32_t place = PREFIX_NONE;

    if (find_place(walk, branch->offset, &place) < 0)
        return ERR_FAULTY;
    if (prefix_builder_add(walk->builder, &branch->network, place) < 0)
        return refuse(walk->file, walk->diag, "has more than %u networks", PREFIX_MAX);
    return 0;
}

static int read_node(struct walk *walk, const struct branch *branch, MMDB_search_node_s *ret)
{
    int status = MMDB_read_node(walk->mmdb, (uint32_t)branch->record, ret);

    if (status == MMDB_SUCCESS && (ret->left_record_type == MMDB_RECORD_TYPE_INVALID ||
                                          ret->right_record_type == MMDB_RECORD_TYPE_INVALID))
        status = MMDB_CORRUPT_SEARCH_TREE_ERROR;
    if (status != MMDB_SUCCESS)
        return refuse(walk->file, walk->diag, "its search tree is damaged at node %u: %s",
                (uint32_t)branch->record, MMDB_strerror(status));
    return 0;
}

static int push_children(struct walk *walk, const struct branch *branch)
{
    struct client network = branch->network;
    MMDB_search_node_s node;

    if (network.bits == client_bits_max(network.family))
        return refuse(walk->file, walk->diag,
                "its search tree is damaged: a branch of it is longer than an address");
    if (walk->steps_left-- == 0)
        return refuse(walk->file, walk->diag,
                "its search tree is damaged, or too large: its branches have no end");
    if (read_node(walk, branch, &node) < 0)
        return ERR_FAULTY;
    uint8_t bit = network.bits++;
    struct branch left = {
            node.left_record, node.left_record_type, node.left_record_entry.offset, network};
    network.address[bit / 8] |= (uint8_t)(0x80 >> bit % 8);
    walk->branches[walk->count++] = (struct branch){
            node.right_record, node.right_record_type, node.right_record_entry.offset, network};
    walk->branches[walk->count++] = left;
    return 0;
}

/* Walks all below a branch, the lower addresses first. */
static int walk_branch(struct walk *walk, struct branch root)
{
    int error = 0;

    walk->branches[0] = root;
    walk->count = 1;
    while (walk->count > 0 && error == 0) {
        struct branch branch = walk->branches[--walk->count];
        bool is_ipv4 = root.network.family == CLIENT_IPV6 &&
                       branch.type == MMDB_RECORD_TYPE_SEARCH_NODE &&
                       branch.record == walk->ipv4_root;
        if (branch.type == MMDB_RECORD_TYPE_DATA)
            error = add_network(walk, &branch);
        else if (branch.type == MMDB_RECORD_TYPE_SEARCH_NODE && !is_ipv4)
            error = push_children(walk, &branch);
    }
    return error;
}

/* The record that all of IPv4 lies under: that of ::/96, or of a network around it. */
static int find_ipv4(struct walk *walk, struct branch *ret)
{
    struct branch branch = {.type = MMDB_RECORD_TYPE_SEARCH_NODE};
    MMDB_search_node_s node;

    for (uint32_t i = 0; i < IPV4_BITS && branch.type == MMDB_RECORD_TYPE_SEARCH_NODE; i++) {
        if (read_node(walk, &branch, &node) < 0)
            return ERR_FAULTY;
        branch.record = node.left_record;
        branch.type = node.left_record_type;
        branch.offset = node.left_record_entry.offset;
    }
    if (branch.type == MMDB_RECORD_TYPE_SEARCH_NODE)
        walk->ipv4_root = branch.record;
    *ret = branch;
    return 0;
}

static int walk_all(struct walk *walk)
{
    struct branch root = {.type = MMDB_RECORD_TYPE_SEARCH_NODE};
    struct branch ipv4 = root;

    if (walk->mmdb->metadata.ip_version == 6 && find_ipv4(walk, &ipv4) < 0)
        return ERR_FAULTY;
    ipv4.network.family = CLIENT_IPV4;
    if (walk_branch(walk, ipv4) < 0)
        return ERR_FAULTY;
    root.network.family = CLIENT_IPV6;
    if (walk->mmdb->metadata.ip_version == 6 && walk_branch(walk, root) < 0)
        return ERR_FAULTY;
    if (!is_any_place_known(walk))
        return refuse(walk->file, walk->diag,
                "no record of it tells a place; a City or a Country database is wanted");
    return 0;
}

/* ------------------------------------------------------------------ the whole */

/* Takes over the walk's builder. */
static struct geo *geo_new(struct walk *walk)
{
    struct geo *geo = mem_zalloc(1, sizeof(*geo));
    uint32_t size;

    geo->map = prefix_builder_finish(walk->builder, PREFIX_ANY);
    walk->builder = NULL;
    geo->places_count = intern_count(walk->places);
    geo->places = mem_zalloc(geo->places_count, sizeof(*geo->places));
    for (uint32_t i = 0; i < geo->places_count; i++)
        memcpy(&geo->places[i], intern_at(walk->places, i, &size), sizeof(*geo->places));
    return geo;
}

static int convert(const MMDB_s *mmdb, const char *file, struct geo **ret, struct diag *diag)
{
    struct walk *walk = mem_zalloc(1, sizeof(*walk));

    walk->mmdb = mmdb;
    walk->data = (struct geo_data){.bytes = mmdb->data_section,
            .size = mmdb->data_section_size,
            .values_left = GEO_VALUES_MAX};
    walk->offsets = intern_new();
    walk->places = intern_new();
    walk->builder = prefix_builder_new();
    walk->ipv4_root = NO_NODE;
    walk->steps_left = (uint64_t)mmdb->metadata.node_count * GEO_SHARING_MAX;
    if (walk->steps_left > GEO_STEPS_MAX)
        walk->steps_left = GEO_STEPS_MAX;
    walk->file = file;
    walk->diag = diag;
    int error = walk_all(walk);
    if (error == 0)
        *ret = geo_new(walk);
    prefix_builder_free(walk->builder);
    intern_free(walk->places);
    intern_free(walk->offsets);
    free(walk->place_of);
    free(walk);
    return error;
}

int geo_load(int fd, const char *file, struct geo **ret, struct diag *diag)
{
    MMDB_s mmdb;
    int status = open_database(fd, &mmdb);

    if (status != MMDB_SUCCESS)
        return refuse(file, diag, "is no database in MaxMind's form: %s", MMDB_strerror(status));
    int error = convert(&mmdb, file, ret, diag);
    MMDB_close(&mmdb);
    return error;
}

void geo_free(struct geo *geo)
{
    if (geo == NULL)
        return;
    prefix_map_free(geo->map);
    free(geo->places);
    free(geo);
}
