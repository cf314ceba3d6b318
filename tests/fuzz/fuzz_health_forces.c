/* fuzz_health_forces.c -- src/health/forces.c: any bytes as the list of forces; what is accepted is saved
 * and loaded as the same list. */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "health/forces.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct forces *load(const uint8_t *data, size_t size)
{
    char path[64];
    struct forces *forces = forces_new();
    int fd = memfd_create("fuzz", MFD_CLOEXEC);
    if (fd == -1 || write(fd, data, size) != (ssize_t)size)
        abort();
    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    if (forces_load(forces, path) != 0 && forces_count(forces) != 0)
        abort();
    close(fd);
    return forces;
}

static void hold_against(const struct forces *forces, const struct forces *again)
{
    if (forces_count(forces) != forces_count(again))
        abort();
    for (uint32_t i = 0; i < forces_count(forces); i++) {
        const struct force *a = forces_at(forces, i);
        const struct force *b = forces_at(again, i);
        if (forces_find(forces, a->id) != a || strcmp(a->id, b->id) != 0 || a->state != b->state ||
                a->since_ms != b->since_ms || a->until_ms != b->until_ms ||
                strcmp(a->owner, b->owner) != 0 || strcmp(a->reason, b->reason) != 0)
            abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char path[] = "/tmp/holdfast-fuzz-XXXXXX";
    struct forces *forces = load(data, size);
    if (forces_count(forces) > 0) {
        struct forces *again = forces_new();
        int fd = mkstemp(path);
        if (fd == -1 || forces_save(forces, path) != 0 || forces_load(again, path) != 0)
            abort();
        hold_against(forces, again);
        forces_free(again);
        unlink(path);
        close(fd);
    }
    forces_free(forces);
    return 0;
}
