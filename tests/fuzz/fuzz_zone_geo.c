/* geo_load() on any file: every place is among the places, or there is one fault. */
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/file.h"
#include "zone/geo.h"

#define CLIENTS 64U

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void ask(const struct geo *geo)
{
    for (uint32_t i = 0; i < 2 * CLIENTS; i++) {
        struct client client = {.family = i % 2 == 0 ? CLIENT_IPV4 : CLIENT_IPV6};
        struct prefix_match match;
        client.bits = client_bits_max(client.family);
        client.address[0] = (uint8_t)(i / 2 * (256 / CLIENTS));
        prefix_map_find(geo->map, &client, &match);
        if (match.scope > client.bits)
            abort();
        if (match.value != PREFIX_NONE && match.value >= geo->places_count)
            abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int fd = memfd_create("fuzz", MFD_CLOEXEC);
    struct geo *geo;

    if (fd == -1 || file_write(fd, data, size) < 0)
        abort();
    struct diag *diag = diag_new();
    if (geo_load(fd, "fuzz", &geo, diag) == 0) {
        ask(geo);
        geo_free(geo);
    } else if (diag_errors(diag) != 1) {
        abort();
    }
    diag_free(diag);
    close(fd);
    return 0;
}
