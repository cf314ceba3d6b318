/* chaos.c -- see chaos.h. */
#include "serve/chaos.h"

#include <assert.h>
#include <string.h>

#include "base/attr.h"

static const char *version_text(const struct query_context *context)
{
    return context->version_text;
}

static const char *server_id(const struct query_context *context)
{
    return context->server_id;
}

static const struct {
    const char *name; /* in wire form */
    const char *(*text)(const struct query_context *context);
} rows[] = {
        {"\7version\4bind",   version_text},
        {"\7version\6server", version_text},
        {"\2id\6server",      server_id   },
        {"\10hostname\4bind", server_id   },
};

/* The text to tell, or NULL. */
static const char *find_text(
        const struct message_question *question, const struct query_context *context)
{
    if (question->type != RR_TXT && question->type != RR_ANY)
        return NULL;
    for (size_t i = 0; i < COUNT(rows); i++) {
        if (!name_equal(question->name, (const uint8_t *)rows[i].name))
            continue;
        const char *text = rows[i].text(context);
        return text != NULL && *text != '\0' ? text : NULL;
    }
    return NULL;
}

void chaos_answer(const struct message_question *question, struct response *response)
{
    struct wire_writer *writer = &response->writer;
    const char *text = find_text(question, response->context);

    if (text == NULL) {
        response->rcode = RCODE_REFUSED;
        return;
    }
    size_t length = strlen(text);
    assert(length <= QUERY_VERSION_TEXT_MAX);
    response->header.flags |= MESSAGE_AA;
    response->header.counts[SECTION_ANSWER] = 1;
    wire_write16(writer, NAME_POINTER | MESSAGE_HEADER_BYTES);
    wire_write16(writer, RR_TXT);
    wire_write16(writer, RR_CLASS_CH);
    wire_write32(writer, 0); /* not to be kept: the next server may be another one */
    wire_write16(writer, (uint16_t)(length + 1));
    wire_write8(writer, (uint8_t)length);
    wire_write(writer, text, length);
    assert(!writer->failed); /* the names are short, and so the rest has room in any response */
}
