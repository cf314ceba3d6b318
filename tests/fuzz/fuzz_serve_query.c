/* fuzz_serve_query.c -- query bytes to response bytes on a zone with every kind of answer
 * (src/serve/query.c and below).  The first byte chooses UDP or TCP; the response must be readable,
 * its counts right and its length within what the client takes. */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "dns/message.h"
#include "health/ids.h"
#include "serve/query.h"
#include "zone/load.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char zone_text[] =
        "$TTL 300\n"
        "@ SOA ns1 hostmaster 1 2 3 4 5\n@ NS ns1\n@ MX 10 m\nns1 A 192.0.2.1\nns1 AAAA ::1\n"
        "m A 192.0.2.2\nm A 192.0.2.3\nc CNAME d\nd CNAME m\nl CNAME l2\nl2 CNAME l\n"
        "*.w TXT w\n*.x CNAME a.x\ns NS n.s\ns NS n.t\nn.s A 192.0.2.4\nt NS n.t\n"
        "n.t AAAA ::2\ns DS 1 8 2 00\nd1 DNAME d2.d3\na.d2.d3 A 192.0.2.5\nb.d2.d3 CNAME q.d1\n"
        "f A 192.0.2.6 ; @weighted 1\nf A 192.0.2.7 ; @weighted 3\nv A 192.0.2.8 ; @multivalue\n"
        "v A 192.0.2.9 ; @multivalue\na A 192.0.2.9 ; @simple alias=v\ne.g.h SRV 1 2 3 m\n";

static struct query_context *open_world(void)
{
    static struct health_table *table;
    static struct query_counters counters;
    static struct rand rand;
    static struct cookie_settings cookies;
    static struct query_context context;
    static char path[64];
    struct zone_source source = {.path = path};
    struct zone *zone;

    if (context.zones != NULL)
        return &context;
    struct diag *diag = diag_new();
    int fd = memfd_create("zone", MFD_CLOEXEC);
    ssize_t written = write(fd, zone_text, sizeof(zone_text) - 1);
    assert(written == (ssize_t)sizeof(zone_text) - 1);
    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    int error = health_table_create(&table);
    assert(error == 0);
    name_copy((const uint8_t *)"\2ex", &source.origin);
    struct health_ids *ids = health_ids_new(table);
    const struct zone_basis basis = {.ids = ids};
    error = zone_load(&source, &basis, &zone, diag);
    assert(error == 0);
    health_ids_free(ids);
    close(fd);
    diag_free(diag);
    rand = rand_from_seed(1);
    context.zones = zone_set_new(&zone, 1);
    context.health = table;
    context.health_is_silent = true;
    context.rand = &rand;
    context.counters = &counters;
    context.udp_size_bytes = 1232;
    context.tcp_idle_ms = 10000;
    context.version_text = "fuzzed";
    context.server_id = "0123456789012345678901234567890123456789012345678901234567890123";
    cookies.count = COOKIE_SECRETS_MAX;
    context.cookies = &cookies;
    return &context;
}

/* Reads every record, and nothing may be left behind the last. */
static void check_response(const uint8_t *message, size_t size)
{
    struct message_header header;
    struct name name;
    size_t at = MESSAGE_HEADER_BYTES;

    message_header_read(message, &header);
    assert(header.flags & MESSAGE_QR);
    for (unsigned i = 0; i < header.counts[0]; i++) {
        int error = name_read(message, size, at, &name, &at);
        assert(error == 0);
        at += 4;
    }
    for (unsigned i = 0; i < (unsigned)header.counts[1] + header.counts[2] + header.counts[3];
            i++) {
        int error = name_read(message, size, at, &name, &at);
        assert(error == 0 && at + 10 <= size);
        at += 10U + (unsigned)(message[at + 8] << 8 | message[at + 9]);
        assert(at <= size);
    }
    assert(at == size);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const union net_address address = {.v4 = {.sin_family = AF_INET}};
    static uint8_t response[MESSAGE_MAX_BYTES];
    struct query_context *context = open_world();

    if (size < 1)
        return 0;
    const struct query query = {&address, (data[0] & 1) != 0, data + 1, size - 1};
    size_t room = query.tcp ? MESSAGE_MAX_BYTES : 4096;
    size_t length = query_answer(context, &query, response, room);
    if (length == 0)
        return 0;
    assert(length <= (query.tcp ? MESSAGE_MAX_BYTES : 1232));
    assert(memcmp(response, data + 1, 2) == 0);
    check_response(response, length);
    return 0;
}
