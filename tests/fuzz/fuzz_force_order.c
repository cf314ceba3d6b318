/* fuzz_force_order.c -- src/force_order.c: any line behind "force"; what is accepted is within its bounds. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "force_order.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct force_order order;
    struct buf why;
    char *line = malloc(size + 1);
    if (line == NULL)
        abort();
    memcpy(line, data, size);
    line[size] = '\0';
    buf_init(&why, 4096);
    enum force_verb verb = size > 0 ? (enum force_verb)(data[size - 1] % 3) : FORCE_FORCE;
    int error = force_order_parse(verb, line, &order, &why);
    if ((error == 0) != (why.length == 0))
        abort();
    if (error == 0 &&
            ((verb == FORCE_FORCE ? order.id : order.target)[0] == '\0' ||
                    order.overrides_count > RULES_OVERRIDE_MAX ||
                    strchr(order.owner, ' ') != NULL || strlen(order.reason) > FORCE_REASON_MAX ||
                    order.for_ms > FORCE_ORDER_SECONDS_MAX * 1000ULL))
        abort();
    buf_done(&why);
    free(line);
    return 0;
}
