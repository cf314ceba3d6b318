/* fuzz_exec_message.c -- what the checker and its helper read of each other: what is taken is within its
 * maxima, and comes out again as it went in. */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "exec/message.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_order(const char *payload, size_t size)
{
    struct exec_order order, again;
    struct buf text;
    size_t bytes = 0, count = 0;
    if (exec_order_decode(payload, size, &order) != 0)
        return;
    for (; order.arguments[count] != NULL; count++)
        bytes += strlen(order.arguments[count]) + 1;
    assert(count <= EXEC_ARGUMENTS_MAX && bytes <= EXEC_COMMAND_MAX);
    assert(order.verb == EXEC_STOP || (count >= 1 && order.arguments[0][0] == '/'));
    buf_init(&text, 2 * EXEC_MESSAGE_MAX);
    exec_order_encode(&order, &text);
    assert(!text.cut && exec_order_decode(text.data, text.length, &again) == 0);
    assert(again.number == order.number && again.timeout_ms == order.timeout_ms);
    buf_done(&text);
}

static void read_report(const char *payload, size_t size)
{
    struct exec_report report;
    struct buf text;
    if (exec_report_decode(payload, size, &report) != 0)
        return;
    assert(report.output_length <= EXEC_OUTPUT_MAX);
    assert(report.output + report.output_length == payload + size);
    buf_init(&text, EXEC_MESSAGE_MAX);
    exec_report_encode(&report, &text);
    assert(!text.cut);
    buf_done(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *payload = mem_alloc(size + 1); /* a NUL follows, as in a message */
    if (size > 0)
        memcpy(payload, data, size);
    payload[size] = '\0';
    read_order(payload, size);
    read_report(payload, size);
    free(payload);
    return 0;
}
