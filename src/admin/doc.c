/* doc.c -- see doc.h.  jansson's calls fail only without memory, which ends the process. */
#include "admin/doc.h"

#include <assert.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define FAULT_TEXT_MAX 4096U

struct doc {
    json_t *object;
};

static json_t *checked(json_t *value)
{
    assert(value != NULL);
    return value;
}

static void set(struct doc *doc, const char *key, json_t *value)
{
    int error = json_object_set_new(doc->object, key, checked(value));
    assert(error == 0);
}

struct doc *doc_new(void)
{
    struct doc *doc = mem_zalloc(1, sizeof(*doc));
    doc->object = checked(json_object());
    return doc;
}

struct doc *doc_read(const char *json, size_t length)
{
    json_t *object = json_loadb(json, length, 0, NULL);
    if (!json_is_object(object)) {
        json_decref(object);
        return NULL;
    }
    struct doc *doc = mem_zalloc(1, sizeof(*doc));
    doc->object = object;
    return doc;
}

const char *doc_text(const struct doc *doc, const char *key)
{
    return json_string_value(json_object_get(doc->object, key));
}

int doc_rows(const struct doc *doc, const char *key)
{
    const json_t *array = json_object_get(doc->object, key);
    return json_is_array(array) ? (int)json_array_size(array) : -1;
}

const char *doc_row_text(const struct doc *doc, const char *key, int row, const char *member)
{
    const json_t *array = json_object_get(doc->object, key);
    return json_string_value(json_object_get(json_array_get(array, (size_t)row), member));
}

void doc_free(struct doc *doc)
{
    if (doc == NULL)
        return;
    json_decref(doc->object);
    free(doc);
}

static json_t *text_value(const char *text)
{
    json_t *value = json_string(text);
    if (value != NULL)
        return value;
    char *ascii = mem_string(text);
    for (char *at = ascii; *at != '\0'; at++)
        if ((unsigned char)*at >= 0x80)
            *at = '?';
    value = json_string(ascii);
    free(ascii);
    return value;
}

void doc_set_text(struct doc *doc, const char *key, const char *text)
{
    set(doc, key, text != NULL ? text_value(text) : json_null());
}

/* What is read from a table or a file may be anything. */
void doc_set_number(struct doc *doc, const char *key, uint64_t number)
{
    set(doc, key, json_integer(number > INT64_MAX ? INT64_MAX : (json_int_t)number));
}

void doc_set_real(struct doc *doc, const char *key, double real)
{
    set(doc, key, json_real(real));
}

void doc_set_bool(struct doc *doc, const char *key, bool value)
{
    set(doc, key, json_boolean(value));
}

void doc_set_array(struct doc *doc, const char *key)
{
    if (!json_is_array(json_object_get(doc->object, key)))
        set(doc, key, json_array());
}

/* Takes the object out of a document that is no longer needed. */
static json_t *take(struct doc *doc)
{
    json_t *object = json_incref(doc->object);
    doc_free(doc);
    return object;
}

void doc_append(struct doc *doc, const char *key, struct doc *row)
{
    doc_set_array(doc, key);
    int error = json_array_append_new(json_object_get(doc->object, key), take(row));
    assert(error == 0);
}

void doc_append_text(struct doc *doc, const char *key, const char *text)
{
    doc_set_array(doc, key);
    int error = json_array_append_new(json_object_get(doc->object, key), text_value(text));
    assert(error == 0);
}

void doc_set_doc(struct doc *doc, const char *key, struct doc *child)
{
    set(doc, key, child != NULL ? take(child) : json_null());
}

static struct doc *fault_row(const struct diag_fault *fault)
{
    struct doc *row = doc_new();
    struct buf text;
    buf_init(&text, FAULT_TEXT_MAX);
    diag_fault_format(fault, &text);
    doc_set_text(row, "severity", fault->severity == DIAG_ERROR ? "error" : "warning");
    doc_set_text(row, "file", fault->place.file);
    doc_set_number(row, "line", fault->place.line);
    doc_set_number(row, "column", fault->place.column);
    doc_set_text(row, "message", fault->message);
    doc_set_text(row, "text", buf_string(&text));
    buf_done(&text);
    return row;
}

void doc_set_faults(struct doc *doc, const struct diag *diag)
{
    doc_set_number(doc, "errors", diag_errors(diag));
    doc_set_number(doc, "warnings", diag_warnings(diag));
    doc_set_array(doc, "faults");
    for (uint32_t i = 0; i < diag_kept(diag); i++)
        doc_append(doc, "faults", fault_row(diag_fault_at(diag, i)));
}

static int add_chunk(const char *chunk, size_t length, void *ret)
{
    buf_add(ret, chunk, length);
    return 0;
}

void doc_print(const struct doc *doc, struct buf *ret)
{
    int error = json_dump_callback(doc->object, add_chunk, ret, JSON_COMPACT);
    assert(error == 0);
}
