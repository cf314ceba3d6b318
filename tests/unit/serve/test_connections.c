/* test_connections.c -- src/serve/connections.c: who is one client, and who makes room, held against a model
 * that looks through all connections. */
#include "test.h"

#include <stdlib.h>
#include <string.h>

#include "base/rand.h"
#include "serve/connections.h"

#define PLACES     64U /* connections at most */
#define CLIENT_MAX 5U
#define STEPS      200000U

static const uint8_t key[SIPHASH_KEY_BYTES] = "a secret of ours";

static union net_address parse(const char *text)
{
    union net_address address;
    assert_int_equal(net_address_parse(text, 0, &address), 0);
    return address;
}

/* Whether two addresses are one client: the second finds the first's only place taken. */
static void clients_are_told_apart(void **state)
{
    (void)state;
    static const struct {
        const char *first;
        const char *second;
        bool same;
    } rows[] = {
            {"192.0.2.1:1000",        "192.0.2.1:2000",              true },
            {"192.0.2.1",             "192.0.2.2",                   false},
            {"192.0.2.1",             "193.0.2.1",                   false},
            {"[2001:db8::1]",         "[2001:db8::ffff:ffff:1:2]:9", true },
            {"[2001:db8::]",          "[2001:db8:0:1::]",            false},
            {"[2001:db8:0:0:8000::]", "[2001:db8::7fff:0:0:0]",      true },
            {"[2001:db8::1]",         "[3001:db8::1]",               false},
            {"0.0.0.1",               "[::1]",                       false},
            {"192.0.2.1",             "[c000:201::1]",               false},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct connections *connections = connections_new(8, 1, key);
        struct connections_entry entry;
        union net_address first = parse(rows[i].first);
        union net_address second = parse(rows[i].second);
        assert_null(connections_surplus(connections, &first));
        connections_add(connections, &entry, &first, 1);
        const struct connections_entry *surplus = connections_surplus(connections, &second);
        if (surplus != (rows[i].same ? &entry : NULL))
            fail_msg("%s and %s", rows[i].first, rows[i].second);
        connections_remove(connections, &entry);
        assert_null(connections_surplus(connections, &second));
        connections_free(connections);
    }
}

/* ------------------------------------------------------------------ the model */

struct place {
    struct connections_entry entry;
    bool used;
    uint32_t client;
};

struct model {
    struct connections *connections;
    struct place places[PLACES];
    uint32_t used;
    uint64_t now; /* each deadline is another, so that the order is plain */
};

/* The place in use with the first deadline, of one client or, with UINT32_MAX, of all; *count is how many
 * such there are. */
static struct place *find_first(struct model *model, uint32_t client, uint32_t *count)
{
    struct place *first = NULL;

    *count = 0;
    for (uint32_t i = 0; i < PLACES; i++) {
        struct place *place = &model->places[i];
        if (!place->used || (client != UINT32_MAX && place->client != client))
            continue;
        ++*count;
        if (first == NULL || place->entry.deadline_ms < first->entry.deadline_ms)
            first = place;
    }
    return first;
}

static void take_out(struct model *model, struct place *place)
{
    connections_remove(model->connections, &place->entry);
    memset(&place->entry, 0xee, sizeof(place->entry)); /* nobody looks at it any more */
    place->used = false;
    model->used--;
}

static union net_address address_of(uint32_t client)
{
    union net_address address = {.v4 = {.sin_family = AF_INET}};
    address.v4.sin_addr.s_addr = client;
    return address;
}

static void add_one(struct model *model, uint32_t client)
{
    union net_address address = address_of(client);
    struct connections_entry *surplus = connections_surplus(model->connections, &address);
    uint32_t own, all;
    struct place *own_first = find_first(model, client, &own);
    struct place *first = find_first(model, UINT32_MAX, &all);
    struct place *wanted = own == CLIENT_MAX ? own_first : all == PLACES ? first : NULL;

    assert_ptr_equal(surplus, wanted != NULL ? &wanted->entry : NULL);
    if (wanted != NULL)
        take_out(model, wanted);
    struct place *place = model->places;
    while (place->used)
        place++;
    place->used = true;
    place->client = client;
    model->used++;
    connections_add(model->connections, &place->entry, &address, ++model->now);
}

static void step(struct model *model, struct rand *rand)
{
    struct place *place = &model->places[rand_below(rand, PLACES)];
    uint32_t all;
    uint32_t action = rand_below(rand, 8);

    if (action < 4)
        /* A few clients have many connections, many have few. */
        add_one(model, rand_below(rand, rand_below(rand, 2) == 0 ? 4 : 1000));
    else if (action < 7 && place->used)
        connections_renew(model->connections, &place->entry, ++model->now);
    else if (place->used)
        take_out(model, place);
    const struct place *first = find_first(model, UINT32_MAX, &all);
    assert_ptr_equal(connections_first(model->connections), first != NULL ? &first->entry : NULL);
}

static void who_makes_room_is_as_in_the_model(void **state)
{
    (void)state;
    struct model *model = calloc(1, sizeof(*model));
    struct rand rand = rand_from_seed(7);

    assert_non_null(model);
    model->connections = connections_new(PLACES, CLIENT_MAX, key);
    for (uint32_t i = 0; i < STEPS; i++)
        step(model, &rand);
    for (uint32_t i = 0; i < PLACES; i++)
        if (model->places[i].used)
            take_out(model, &model->places[i]);
    assert_null(connections_first(model->connections));
    connections_free(model->connections);
    free(model);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(clients_are_told_apart),
            cmocka_unit_test(who_makes_room_is_as_in_the_model),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
