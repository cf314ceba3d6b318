/* fuzz_health_open.c -- src/health/table.c and ids.c: whatever bytes lie behind the descriptor, open,
 * get, read and the index stay in bounds and give ended strings.
 *
 * The first byte says where the others go: bit 0, over the header; else behind a good header, one half
 * over the verdicts and one over the details; bit 1, the memory is as short as the input. */
#include <fcntl.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "health/ids.h"
#include "health/table.h"

#define TOTAL_BYTES 81809408
#define VERDICTS    4096
#define DETAILS     1052672
#define SLOTS_READ  64U

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const uint32_t header[] = {0x54484648, HEALTH_TABLE_VERSION, 131072, 616, VERDICTS, 0,
        DETAILS, 0, TOTAL_BYTES, 0, 0, 0, SLOTS_READ, 0};

static void place(int fd, const void *bytes, size_t size, off_t at)
{
    if (pwrite(fd, bytes, size, at) != (ssize_t)size)
        abort();
}

static int memory_of(uint8_t how, const uint8_t *data, size_t size)
{
    int fd = memfd_create("fuzz", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (fd == -1 || ftruncate(fd, (how & 2) != 0 ? (off_t)size : TOTAL_BYTES) == -1)
        abort();
    if ((how & 3) == 0) {
        place(fd, header, sizeof(header), 0);
        place(fd, data, size / 2, VERDICTS);
        place(fd, data + size / 2, size - size / 2, DETAILS);
    } else {
        place(fd, data, size, 0);
    }
    if (fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) == -1)
        abort();
    return fd;
}

static void use(const struct health_table *table)
{
    for (uint32_t slot = 0; slot < SLOTS_READ; slot++) {
        struct health_detail detail;
        if (health_table_get(table, slot).state > HEALTH_DOWN)
            abort();
        int result = health_table_read(table, slot, &detail);
        if (result == 0 && strlen(detail.id) + strlen(detail.type) + strlen(detail.target) +
                                           strlen(detail.reason) ==
                                   0)
            abort();
    }
    /* Behind a header that claims all slots the index is the same, only slow. */
    if (health_table_used(table) > SLOTS_READ)
        return;
    struct health_ids *ids = health_ids_new(table);
    uint32_t slot = health_ids_find(ids, "www-eu");
    if (slot != HEALTH_SLOT_NONE && slot >= SLOTS_READ)
        abort();
    health_ids_free(ids);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    int fd = memory_of(data[0], data + 1, size - 1);
    struct health_table *table = NULL;
    if (health_table_open(&table, fd, HEALTH_READ) == 0)
        use(table);
    health_table_close(table);
    table = NULL;
    if (health_table_open(&table, fd, HEALTH_WRITE) == 0)
        use(table);
    health_table_close(table);
    close(fd);
    return 0;
}
