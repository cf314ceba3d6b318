/* latency_load_text() on any text: a table whose rows are in order, or faults. */
#include <stdlib.h>

#include "zone/latency.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void look_at_rows(const struct latency *latency)
{
    for (uint32_t i = 0; i < intern_count(latency->rows); i++) {
        uint32_t count;
        const struct latency_time *times = latency_row(latency, i, &count);
        if (count == 0 || times[count - 1].region >= intern_count(latency->regions))
            abort();
        for (uint32_t j = 1; j < count; j++)
            if (times[j - 1].region >= times[j].region)
                abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct client client = {.family = CLIENT_IPV6, .bits = 128};
    struct latency *latency = NULL;
    struct diag *diag = diag_new();
    struct prefix_match match;

    if (latency_load_text("fuzz", (const char *)data, size, &latency, diag) == 0) {
        look_at_rows(latency);
        prefix_map_find(latency->map, &client, &match);
        if (match.value != PREFIX_NONE && match.value >= intern_count(latency->rows))
            abort();
        latency_free(latency);
    } else if (diag_errors(diag) == 0 || latency != NULL) {
        abort();
    }
    diag_free(diag);
    return 0;
}
