/* diff_rrset.c -- see diff_rrset.h.
 *
 * A line is a record of a set with the set's annotation.  An alias is a line without a record: what rdata
 * its line has is known only of all aliases of a group together, as what is left of the group's records
 * when those of the other sets are taken away.  Such rdata makes lines of its own, seen by software that
 * reads no annotations.
 */
#include "serve/diff_rrset.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "dns/text.h"
#include "serve/response.h"

#define RECORD_TEXT_MAX 1024U
#define LINE_BYTES      64U /* what a line takes in JSON beside its texts */

struct line {
    const char *annotation; /* NULL for none */
    const uint8_t *record;  /* NULL for an alias */
    uint32_t ttl;
};

struct lines {
    struct line *list;
    size_t count;
};

static const char behind_alias[] = "(the rdata of an alias)";

/* ------------------------------------------------------------------ in order */

static int compare_rdata(const uint8_t *a, const uint8_t *b)
{
    if (a == NULL || b == NULL)
        return (a != NULL) - (b != NULL);
    uint16_t left = rrset_rdata_bytes(a);
    uint16_t right = rrset_rdata_bytes(b);
    int order = memcmp(rrset_rdata(a), rrset_rdata(b), left < right ? left : right);
    return order != 0 ? order : (left > right) - (left < right);
}

static int compare_lines(const void *a, const void *b)
{
    const struct line *left = a;
    const struct line *right = b;
    int order = compare_rdata(left->record, right->record);

    if (order == 0)
        order = (left->ttl > right->ttl) - (left->ttl < right->ttl);
    if (order == 0)
        order = strcmp(left->annotation != NULL ? left->annotation : "",
                right->annotation != NULL ? right->annotation : "");
    return order;
}

/* ------------------------------------------------------------------ out of RRsets */

static void add_records(struct lines *lines, const struct rrset *rrset, const char *annotation)
{
    const uint8_t *record = rrset->wire;

    for (uint32_t i = 0; i < rrset->count; i++) {
        lines->list[lines->count++] = (struct line){annotation, record, rrset->ttl};
        record = rrset_next(record);
    }
}

static size_t count_lines(const struct rrset *rrset)
{
    size_t count = rrset->count;

    for (uint32_t i = 0; rrset->group != NULL && i < rrset->group->count; i++) {
        const struct rrset *data = rrset->group->sets[i].data;
        count += data != NULL ? data->count : 1;
    }
    return count;
}

static bool has_rdata(const struct lines *sorted, const uint8_t *record)
{
    size_t low = 0;
    size_t high = sorted->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = compare_rdata(sorted->list[middle].record, record);
        if (order == 0)
            return true;
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return false;
}

/* Adds what the group's records are beside those of its sets. */
static void add_left_over(struct lines *lines, const struct rrset *rrset)
{
    const struct lines sets = *lines;
    const uint8_t *record = rrset->wire;

    for (uint32_t i = 0; i < rrset->count; i++) {
        if (!has_rdata(&sets, record))
            lines->list[lines->count++] = (struct line){behind_alias, record, rrset->ttl};
        record = rrset_next(record);
    }
}

/* The lines of an RRset, sorted; NULL has none. */
static struct lines make_lines(const struct rrset *rrset)
{
    struct lines lines = {
            .list = mem_zalloc(rrset != NULL ? count_lines(rrset) : 0, sizeof(struct line))};
    bool has_alias = false;

    if (rrset == NULL)
        return lines;
    if (rrset->group == NULL) {
        add_records(&lines, rrset, NULL);
    } else {
        const struct route_group *group = rrset->group;
        for (uint32_t i = 0; i < group->count; i++) {
            if (group->sets[i].data != NULL)
                add_records(&lines, group->sets[i].data, group->annotations[i]);
            else
                lines.list[lines.count++] = (struct line){group->annotations[i], NULL, 0};
            has_alias |= group->sets[i].data == NULL;
        }
    }
    if (lines.count > 0)
        qsort(lines.list, lines.count, sizeof(*lines.list), compare_lines);
    if (has_alias) {
        add_left_over(&lines, rrset);
        qsort(lines.list, lines.count, sizeof(*lines.list), compare_lines);
    }
    return lines;
}

/* ------------------------------------------------------------------ documents */

/* Returns the bytes it takes. */
static uint32_t add_line(struct doc *doc, const char *key, uint16_t type, const struct line *line)
{
    struct doc *row = doc_new();
    char text[RECORD_TEXT_MAX] = "";

    if (line->record != NULL) {
        text_rdata_format(type, rrset_rdata(line->record), rrset_rdata_bytes(line->record), text,
                sizeof(text));
        doc_set_number(row, "ttl", line->ttl);
    } else {
        doc_set_text(row, "ttl", NULL);
    }
    doc_set_text(row, "data", line->record != NULL ? text : NULL);
    doc_set_text(row, "annotation", line->annotation);
    doc_append(doc, key, row);
    size_t annotation = line->annotation != NULL ? strlen(line->annotation) : 0;
    return (uint32_t)(LINE_BYTES + strlen(text) + annotation);
}

struct writer {
    struct doc *doc;
    uint16_t type;
    uint32_t *room;
    uint32_t unlisted;
};

static void write_line(struct writer *writer, const char *key, const struct line *line)
{
    if (*writer->room == 0) {
        writer->unlisted++;
        return;
    }
    uint32_t bytes = add_line(writer->doc, key, writer->type, line);
    *writer->room -= bytes < *writer->room ? bytes : *writer->room;
}

/* Both are sorted: one walk through both finds what only one of them has. */
static void write_lines(struct writer *writer, const struct lines *old, const struct lines *new)
{
    size_t i = 0, j = 0;

    while (i < old->count || j < new->count) {
        int order = i == old->count   ? 1
                    : j == new->count ? -1
                                      : compare_lines(&old->list[i], &new->list[j]);
        if (order < 0)
            write_line(writer, "removed", &old->list[i]);
        if (order > 0)
            write_line(writer, "added", &new->list[j]);
        i += order <= 0;
        j += order >= 0;
    }
}

struct doc *diff_rrset_doc(const struct zone_diff_rrset *pair, uint32_t *room)
{
    const struct rrset *any = pair->old != NULL ? pair->old : pair->new;
    struct writer writer = {.doc = doc_new(), .type = any->type, .room = room};
    struct lines old = make_lines(pair->old);
    struct lines new = make_lines(pair->new);
    char type[TEXT_TYPE_MAX];

    doc_set_text(writer.doc, "type", text_type_format(any->type, type));
    doc_set_array(writer.doc, "removed");
    doc_set_array(writer.doc, "added");
    write_lines(&writer, &old, &new);
    doc_set_number(writer.doc, "unlisted", writer.unlisted);
    free(old.list);
    free(new.list);
    return writer.doc;
}
