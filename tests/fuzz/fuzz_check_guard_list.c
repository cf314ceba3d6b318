/* fuzz_check_guard_list.c -- src/check/guard_list.c: whatever a responder says of guarded zones. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "check/guard_list.h"
#include "health/table.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct guard_list list;
    if (guard_list_parse((const char *)data, size, &list) != 0)
        return 0;
    for (uint32_t i = 0; i < list.count; i++) {
        const struct guard_zone *zone = &list.zones[i];
        if (zone->name[0] == '\0' || zone->limit.share_percent == 0 || zone->limit.window_ms == 0)
            abort();
        for (uint32_t j = 0; j < zone->count; j++)
            if (zone->slots[j] >= HEALTH_TABLE_SLOTS)
                abort();
    }
    guard_list_done(&list);
    return 0;
}
