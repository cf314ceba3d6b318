/* cidr.c -- see cidr.h. */
#include "zone/cidr.h"

#include <assert.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/json_path.h"
#include "base/mem.h"
#include "zone/network.h"

#define FIRST_ROOM 64U
#define NO_ELEMENT SIZE_MAX

/* A network of a location, and the way to it in the text: the member of the root, if that is an object;
 * the element of that; the element of its list, if it has one. */
struct block {
    struct client network;
    uint32_t location;
    size_t outer;
    size_t inner; /* or NO_ELEMENT */
};

struct reading {
    struct json_path path;
    uint32_t errors;      /* in diag before the reading */
    const char *root_key; /* NULL: the root is an array */
    struct intern *locations;
    struct block *blocks;
    uint32_t count;
    uint32_t room;
};

/* A shape of the root's member. */
struct shape {
    const char *key;
    void (*read)(struct reading *reading, const json_t *element, size_t outer);
};

/* ------------------------------------------------------------------ parts */

/* Whether enough faults were told; then the reading ends. */
static bool is_over(const struct reading *reading)
{
    return diag_errors(reading->path.diag) - reading->errors >= CIDR_FAULTS_MAX;
}

static void check_members(
        struct reading *reading, const json_t *object, const char *const *names, size_t count)
{
    const char *key;
    json_t *value;

    json_object_foreach((json_t *)object, key, value)
    {
        json_path_check_key(&reading->path, key, names, count);
    }
}

/* Enters a member that has to be a string.  Returns it or, with the fault told, NULL. */
static const char *enter_string(struct reading *reading, const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);

    json_path_enter_member(&reading->path, key);
    if (value == NULL)
        json_path_fault(&reading->path, "is missing");
    else if (!json_is_string(value))
        json_path_fault(&reading->path, "wanted a string");
    return json_string_value(value);
}

static bool is_location(const char *text)
{
    static const char allowed[] =
            "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-";
    size_t length = strlen(text);

    return length > 0 && length <= CIDR_LOCATION_MAX && strspn(text, allowed) == length;
}

/* Reads LocationName.  Returns the location's number, or INTERN_NONE. */
static uint32_t read_location(struct reading *reading, const json_t *object)
{
    const char *name = enter_string(reading, object, "LocationName");
    uint32_t location = INTERN_NONE;

    if (name != NULL && is_location(name))
        location = intern_add(reading->locations, name, (uint32_t)strlen(name) + 1);
    else if (name != NULL && strcmp(name, "*") == 0)
        json_path_fault(&reading->path,
                "\"*\" is the default in annotations, for networks that are in no location");
    else if (name != NULL)
        json_path_fault(&reading->path,
                "\"%s\" is no name of a location: wanted 1 to %u of A-Z, a-z, 0-9, _ and -", name,
                CIDR_LOCATION_MAX);
    json_path_leave(&reading->path);
    return location;
}

/* Reads the network that the path leads to. */
static void read_block(struct reading *reading, const char *text, const struct block *block)
{
    struct block added = *block;
    struct buf why;

    buf_init(&why, 256);
    if (network_parse(text, &added.network, &why) < 0) {
        json_path_fault(&reading->path, "%s", buf_string(&why));
    } else if (added.network.bits == 0) {
        json_path_fault(
                &reading->path, "%s is everybody; write * for the location in the zone file", text);
    } else if (reading->count == CIDR_BLOCKS_MAX) {
        json_path_fault(&reading->path, "more than %u blocks", CIDR_BLOCKS_MAX);
    } else if (added.location != INTERN_NONE) {
        if (reading->count == reading->room) {
            reading->room = reading->room > 0 ? 2 * reading->room : FIRST_ROOM;
            reading->blocks = mem_resize(reading->blocks, reading->room, sizeof(*reading->blocks));
        }
        reading->blocks[reading->count++] = added;
    }
    buf_done(&why);
}

static void read_list(struct reading *reading, const json_t *list, struct block *block)
{
    if (!json_is_array(list)) {
        json_path_fault(
                &reading->path, list == NULL ? "is missing" : "wanted an array of networks");
        return;
    }
    size_t count = json_array_size(list);
    for (block->inner = 0; block->inner < count && !is_over(reading); block->inner++) {
        const char *text = json_string_value(json_array_get(list, block->inner));
        json_path_enter_element(&reading->path, block->inner);
        if (text == NULL)
            json_path_fault(&reading->path, "wanted a string");
        else
            read_block(reading, text, block);
        json_path_leave(&reading->path);
    }
}

/* ------------------------------------------------------------------ shapes */

/* What change-cidr-collection takes may also take away; a file says what is there. */
static void check_action(struct reading *reading, const json_t *object)
{
    if (json_object_get(object, "Action") == NULL)
        return;
    const char *action = enter_string(reading, object, "Action");
    if (action != NULL && strcmp(action, "PUT") != 0)
        json_path_fault(
                &reading->path, "\"%s\"; only \"PUT\" says what a collection holds", action);
    json_path_leave(&reading->path);
}

/* {"LocationName": ..., "CidrList": [...]} */
static void read_location_object(struct reading *reading, const json_t *element, size_t outer)
{
    static const char *const members[] = {"LocationName", "CidrList", "Action", "Comment"};
    struct block block = {.outer = outer};

    check_members(reading, element, members, COUNT(members));
    check_action(reading, element);
    block.location = read_location(reading, element);
    json_path_enter_member(&reading->path, "CidrList");
    read_list(reading, json_object_get(element, "CidrList"), &block);
    json_path_leave(&reading->path);
}

/* {"CidrBlock": ..., "LocationName": ...} */
static void read_block_object(struct reading *reading, const json_t *element, size_t outer)
{
    static const char *const members[] = {"CidrBlock", "LocationName"};
    struct block block = {.outer = outer, .inner = NO_ELEMENT};

    check_members(reading, element, members, COUNT(members));
    block.location = read_location(reading, element);
    const char *text = enter_string(reading, element, "CidrBlock");
    if (text != NULL)
        read_block(reading, text, &block);
    json_path_leave(&reading->path);
}

/* The first is also the shape of a root that is an array. */
static const struct shape shapes[] = {
        {"CidrLocations", read_location_object},
        {"Changes",       read_location_object}, /* aws route53 change-cidr-collection */
        {"CidrBlocks",    read_block_object   }, /* aws route53 list-cidr-blocks */
};

static void read_array(struct reading *reading, const json_t *array, const struct shape *shape)
{
    if (!json_is_array(array)) {
        json_path_fault(&reading->path, "wanted an array");
        return;
    }
    size_t count = json_array_size(array);
    for (size_t i = 0; i < count && !is_over(reading); i++) {
        const json_t *element = json_array_get(array, i);
        json_path_enter_element(&reading->path, i);
        if (json_is_object(element))
            shape->read(reading, element, i);
        else
            json_path_fault(&reading->path, "wanted an object");
        json_path_leave(&reading->path);
    }
}

static void read_root(struct reading *reading, const json_t *root)
{
    static const char *const members[] = {"CidrLocations", "Changes", "CidrBlocks", "Id",
            "CollectionVersion", "Name", "NextToken", "Comment"};

    if (json_is_array(root)) {
        read_array(reading, root, &shapes[0]);
        return;
    }
    check_members(reading, root, members, COUNT(members));
    for (size_t i = 0; i < COUNT(shapes); i++) {
        const json_t *array = json_object_get(root, shapes[i].key);
        if (array == NULL)
            continue;
        reading->root_key = shapes[i].key;
        json_path_enter_member(&reading->path, shapes[i].key);
        read_array(reading, array, &shapes[i]);
        json_path_leave(&reading->path);
        return;
    }
    json_path_fault(&reading->path, "wanted an array of locations, CidrLocations or CidrBlocks");
}

/* ------------------------------------------------------------------ the collection */

static int compare(const void *a, const void *b)
{
    const struct block *left = a;
    const struct block *right = b;

    if (left->network.family != right->network.family)
        return left->network.family < right->network.family ? -1 : 1;
    int order = memcmp(left->network.address, right->network.address, CLIENT_ADDRESS_BYTES);
    if (order != 0)
        return order;
    if (left->network.bits != right->network.bits)
        return left->network.bits < right->network.bits ? -1 : 1;
    if (left->outer != right->outer)
        return left->outer < right->outer ? -1 : 1;
    return left->inner < right->inner ? -1 : left->inner > right->inner;
}

/* The path to a block, from the root. */
static struct json_path path_to(const struct reading *reading, const struct block *block)
{
    struct json_path path = reading->path;

    if (reading->root_key != NULL)
        json_path_enter_member(&path, reading->root_key);
    json_path_enter_element(&path, block->outer);
    json_path_enter_member(&path, block->inner != NO_ELEMENT ? "CidrList" : "CidrBlock");
    if (block->inner != NO_ELEMENT)
        json_path_enter_element(&path, block->inner);
    return path;
}

static void tell_twice(
        const struct reading *reading, const struct block *first, const struct block *second)
{
    struct json_path at = path_to(reading, first);
    struct json_path path = path_to(reading, second);
    char network[NETWORK_TEXT_MAX];
    uint32_t size;
    const char *location = intern_at(reading->locations, first->location, &size);
    uint32_t line = json_place_find(at.text, at.step, at.depth).line;

    json_path_fault(&path, "%s is in the location \"%s\" already, in line %u",
            network_format(&second->network, network), location, line);
}

/* A block may stand in one location again, but not in another. */
static void check_twice(struct reading *reading)
{
    if (reading->count > 0)
        qsort(reading->blocks, reading->count, sizeof(*reading->blocks), compare);
    for (uint32_t i = 1; i < reading->count && !is_over(reading); i++) {
        const struct block *first = &reading->blocks[i - 1];
        const struct block *second = &reading->blocks[i];
        if (memcmp(first->network.address, second->network.address, CLIENT_ADDRESS_BYTES) == 0 &&
                first->network.family == second->network.family &&
                first->network.bits == second->network.bits && first->location != second->location)
            tell_twice(reading, first, second);
    }
}

static struct prefix_map *make_map(const struct reading *reading)
{
    struct prefix_builder *builder = prefix_builder_new();

    for (uint32_t i = 0; i < reading->count; i++) {
        const struct block *block = &reading->blocks[i];
        int error = prefix_builder_add(builder, &block->network, block->location);
        assert(error == 0);
    }
    return prefix_builder_finish(builder, PREFIX_ONE_WAY);
}

static_assert(CIDR_BLOCKS_MAX <= PREFIX_MAX, "every block has room in the map");

int cidr_load_text(
        const char *file, const char *text, size_t length, struct cidr **ret, struct diag *diag)
{
    struct reading reading = {
            .path = {.file = file, .text = {text, length}, .diag = diag},
            .errors = diag_errors(diag),
            .locations = intern_new(),
    };
    json_error_t error;
    json_t *root = json_loadb(text, length, JSON_REJECT_DUPLICATES, &error);

    if (root == NULL)
        json_path_not_json(&reading.path, error.line, error.column, error.text);
    else
        read_root(&reading, root);
    check_twice(&reading);
    bool good = diag_errors(diag) == reading.errors;
    if (good) {
        struct cidr *cidr = mem_zalloc(1, sizeof(*cidr));
        *cidr = (struct cidr){make_map(&reading), reading.locations};
        reading.locations = NULL;
        *ret = cidr;
    } else if (is_over(&reading)) {
        diag_error(diag, (struct diag_place){.file = file},
                "the reading ends here, after %u faults", CIDR_FAULTS_MAX);
    }
    json_decref(root);
    free(reading.blocks);
    intern_free(reading.locations);
    return good ? 0 : ERR_FAULTY;
}

void cidr_free(struct cidr *cidr)
{
    if (cidr == NULL)
        return;
    prefix_map_free(cidr->map);
    intern_free(cidr->locations);
    free(cidr);
}
