/* fuzz_health_state.c -- src/health/state.c: any bytes as a state file, as they are and with the
 * checksum made right; what is accepted is within bounds. */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "health/state.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void sign(uint8_t *bytes, size_t length)
{
    uint64_t sum = 0xcbf29ce484222325U;
    for (size_t i = 0; i < length - 8; i++)
        sum = (sum ^ bytes[i]) * 0x100000001b3U;
    for (size_t i = 0; i < 8; i++)
        bytes[length - 8 + i] = (uint8_t)(sum >> (8 * i));
}

static void load(const uint8_t *bytes, size_t length)
{
    struct health_table *table;
    char path[64];
    int fd = memfd_create("fuzz", MFD_CLOEXEC);
    if (fd == -1 || write(fd, bytes, length) != (ssize_t)length || health_table_create(&table) != 0)
        abort();
    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    if (health_state_load(table, path) != 0 && health_table_used(table) != 0)
        abort();
    health_table_close(table);
    close(fd);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    load(data, size);
    if (size < 8)
        return 0;
    uint8_t *copy = malloc(size);
    if (copy == NULL)
        abort();
    memcpy(copy, data, size);
    sign(copy, size);
    load(copy, size);
    free(copy);
    return 0;
}
