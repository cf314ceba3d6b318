/* journal_read_text() and show_event() on any text: events are ended strings, and lines are records or skipped. */
#include <stdlib.h>
#include <string.h>

#include "admin/show_event.h"
#include "journal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void look(void *context, uint64_t number, const char *event)
{
    static const struct show_event_filter any = {.since_ms = 0};
    struct buf text;

    (void)number;
    *(uint64_t *)context += strlen(event) + 1;
    buf_init(&text, 65536);
    (void)!show_event(event, &any, &text);
    buf_done(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct show_event_filter any = {.since_ms = 0};
    uint64_t bytes = 0;
    struct buf text;

    (void)journal_read_text((const char *)data, size, look, &bytes);
    if (bytes > size)
        abort();
    /* A checksum keeps most inputs from it, so the event's reader gets one as it is, too. */
    char *event = malloc(size + 1);
    memcpy(event, data, size);
    event[size] = '\0';
    buf_init(&text, 65536);
    (void)!show_event(event, &any, &text);
    buf_done(&text);
    free(event);
    return 0;
}
