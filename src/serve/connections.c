/* connections.c -- see connections.h. */
#include "serve/connections.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

/* A client as far as it is told from others. */
struct identity {
    uint64_t prefix; /* the address, or the first half of it */
    bool v6;
};

struct client {
    struct client *next; /* in its bucket */
    struct identity identity;
    struct list own; /* its connections, by deadline */
    uint32_t count;
};

struct connections {
    struct list all;
    uint32_t count;
    uint32_t max;
    uint32_t client_max;
    uint32_t mask;           /* of hashes, to buckets */
    struct client **buckets; /* no fewer than there may be clients */
    uint8_t key[SIPHASH_KEY_BYTES];
};

static struct identity identify(const union net_address *address)
{
    struct identity identity = {.v6 = address->any.sa_family == AF_INET6};

    if (identity.v6)
        memcpy(&identity.prefix, &address->v6.sin6_addr, sizeof(identity.prefix));
    else
        identity.prefix = address->v4.sin_addr.s_addr;
    return identity;
}

/* The pointer to a client, or the one that ends its bucket. */
static struct client **find(const struct connections *connections, struct identity identity)
{
    uint8_t input[sizeof(identity.prefix) + 1];

    memcpy(input, &identity.prefix, sizeof(identity.prefix));
    input[sizeof(identity.prefix)] = identity.v6;
    uint64_t hash = siphash(connections->key, input, sizeof(input));
    struct client **at = &connections->buckets[hash & connections->mask];
    while (*at != NULL &&
            ((*at)->identity.prefix != identity.prefix || (*at)->identity.v6 != identity.v6))
        at = &(*at)->next;
    return at;
}

struct connections *connections_new(
        uint32_t max, uint32_t client_max, const uint8_t key[SIPHASH_KEY_BYTES])
{
    struct connections *connections = mem_zalloc(1, sizeof(*connections));
    uint32_t buckets = 1;

    assert(max >= 1 && client_max >= 1);
    while (buckets < max)
        buckets *= 2;
    connections->max = max;
    connections->client_max = client_max;
    connections->mask = buckets - 1;
    connections->buckets = mem_zalloc(buckets, sizeof(struct client *));
    memcpy(connections->key, key, sizeof(connections->key));
    return connections;
}

void connections_free(struct connections *connections)
{
    if (connections == NULL)
        return;
    assert(connections->count == 0);
    free(connections->buckets);
    free(connections);
}

static struct connections_entry *first_of_all(const struct connections *connections)
{
    return LIST_MEMBER(connections->all.first, struct connections_entry, in_all);
}

struct connections_entry *connections_surplus(
        const struct connections *connections, const union net_address *address)
{
    const struct client *client = *find(connections, identify(address));

    if (client != NULL && client->count == connections->client_max)
        return LIST_MEMBER(client->own.first, struct connections_entry, in_client);
    return connections->count == connections->max ? first_of_all(connections) : NULL;
}

void connections_add(struct connections *connections, struct connections_entry *entry,
        const union net_address *address, uint64_t deadline_ms)
{
    struct identity identity = identify(address);
    struct client **at = find(connections, identity);

    if (*at == NULL) {
        *at = mem_zalloc(1, sizeof(**at));
        (*at)->identity = identity;
    }
    entry->client = *at;
    assert(connections->count < connections->max);
    assert(entry->client->count < connections->client_max);
    connections->count++;
    entry->client->count++;
    entry->deadline_ms = deadline_ms;
    list_append(&connections->all, &entry->in_all);
    list_append(&entry->client->own, &entry->in_client);
}

void connections_renew(
        struct connections *connections, struct connections_entry *entry, uint64_t deadline_ms)
{
    assert(deadline_ms >= entry->deadline_ms);
    entry->deadline_ms = deadline_ms;
    list_remove(&connections->all, &entry->in_all);
    list_append(&connections->all, &entry->in_all);
    list_remove(&entry->client->own, &entry->in_client);
    list_append(&entry->client->own, &entry->in_client);
}

void connections_remove(struct connections *connections, struct connections_entry *entry)
{
    struct client *client = entry->client;

    list_remove(&connections->all, &entry->in_all);
    list_remove(&client->own, &entry->in_client);
    connections->count--;
    if (--client->count > 0)
        return;
    *find(connections, client->identity) = client->next;
    free(client);
}

struct connections_entry *connections_first(const struct connections *connections)
{
    return connections->count > 0 ? first_of_all(connections) : NULL;
}
