/* fuzz_check_definition.c -- any JSON text: definitions or faults, each fault with a place. */
#include <stdint.h>
#include <stdlib.h>

#include "check/definition.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct definitions *definitions = NULL;
    struct diag *diag = diag_new();
    char target[HEALTH_TARGET_MAX + 1];

    if (definitions_load_text("fuzz", (const char *)data, size, &definitions, diag) == 0)
        for (size_t i = 0; i < definitions->count; i++)
            definition_describe(&definitions->list[i], target);
    else if (diag_errors(diag) == 0)
        abort();
    definitions_free(definitions);
    diag_free(diag);
    return 0;
}
