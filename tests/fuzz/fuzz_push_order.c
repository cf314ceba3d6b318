/* fuzz_push_order.c -- src/push_order.c: any text behind `alarm` and `control`. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "push_order.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = calloc(1, size + 1);
    memcpy(text, data, size);
    for (enum push_verb verb = PUSH_ALARM; verb <= PUSH_CONTROL; verb++) {
        struct push_order order;
        struct buf why;
        buf_init(&why, 4096);
        int error = push_order_parse(verb, text, &order, &why);
        if ((error == 0) != (why.length == 0))
            abort();
        if (error == 0 && (order.name[0] == '\0' || push_state_word(verb, order.state) == NULL))
            abort();
        buf_done(&why);
    }
    free(text);
    return 0;
}
