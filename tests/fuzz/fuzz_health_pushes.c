/* fuzz_health_pushes.c -- src/health/pushes.c: any bytes as the list of pushes; what is accepted is saved and
 * loaded as the same list. */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "health/pushes.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char path[64], saved[] = "/tmp/holdfast-fuzz-XXXXXX";
    struct pushes *pushes = pushes_new(), *again = pushes_new();
    int fd = memfd_create("fuzz", MFD_CLOEXEC);
    if (fd == -1 || write(fd, data, size) != (ssize_t)size)
        abort();
    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    if (pushes_load(pushes, path) == 0) {
        int copy = mkstemp(saved);
        if (copy == -1 || pushes_save(pushes, saved) != 0 || pushes_load(again, saved) != 0 ||
                pushes_count(again) != pushes_count(pushes))
            abort();
        for (uint32_t i = 0; i < pushes_count(pushes); i++) {
            const struct push *a = pushes_at(pushes, i), *b = pushes_at(again, i);
            if (strcmp(a->target, b->target) != 0 || a->state != b->state ||
                    a->since_ms != b->since_ms || pushes_find(pushes, a->target) != a)
                abort();
        }
        unlink(saved);
        close(copy);
    } else if (pushes_count(pushes) != 0) {
        abort();
    }
    close(fd);
    pushes_free(pushes);
    pushes_free(again);
    return 0;
}
