/* timeline_load_text() on any text, over three checks: events by time that name one of them, or faults. */
#include <stdlib.h>
#include <string.h>

#include "sim/timeline.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define CHECK(id)                                                                                  \
    "{\"Id\":\"" id                                                                                \
    "\",\"HealthCheckConfig\":{\"Type\":\"TCP\",\"IPAddress\":\"192.0.2.1\",\"Port\":1}}"

static const char checks[] = "[" CHECK("a") "," CHECK("b") "," CHECK("www-eu") "]";

static void look(const struct timeline *timeline, const struct definitions *definitions)
{
    uint64_t before_ms = 0;

    for (uint32_t i = 0; i < timeline->events_count; i++) {
        if (timeline->events[i].at_ms < before_ms ||
                timeline->events[i].check >= definitions->count)
            abort();
        before_ms = timeline->events[i].at_ms;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct definitions *definitions = NULL;
    struct diag *diag = diag_new();

    if (definitions_load_text("checks", checks, strlen(checks), &definitions, diag) != 0)
        abort();
    struct timeline *timeline =
            timeline_load_text("fuzz", (const char *)data, size, definitions, diag);
    if (timeline != NULL)
        look(timeline, definitions);
    else if (diag_errors(diag) == 0)
        abort();
    timeline_free(timeline);
    definitions_free(definitions);
    diag_free(diag);
    return 0;
}
