/* compress.c -- see compress.h. */
#include "serve/compress.h"

#include <string.h>

#include "dns/name.h"

void compress_init(struct compress *compress, const uint8_t *question, uint16_t offset)
{
    compress->names[0] =
            (struct compress_name){question, offset, 0}; /* counted when it is searched */
    compress->count = 1;
    compress->searches = 0;
}

/* How many labels, counted from the root, two names share to the letter. */
static uint32_t shared_labels(
        const uint8_t *a, uint32_t a_labels, const uint8_t *b, uint32_t b_labels)
{
    uint32_t shared = 0;

    a = name_skip(a, a_labels > b_labels ? a_labels - b_labels : 0);
    b = name_skip(b, b_labels > a_labels ? b_labels - a_labels : 0);
    for (; *a != 0; a += *a + 1U, b += *b + 1U)
        shared = *a == *b && memcmp(a, b, *a + 1U) == 0 ? shared + 1 : 0;
    return shared;
}

/* Finds the longest suffix of `name` that stands in the message; *ret is how many labels it has. */
static const struct compress_name *find_suffix(
        struct compress *compress, const uint8_t *name, uint32_t labels, uint32_t *ret)
{
    const struct compress_name *best = NULL;
    uint32_t best_labels = 0;
    uint32_t count = compress->searches < COMPRESS_SEARCHES ? compress->count : 1;

    if (compress->searches++ == 0)
        compress->names[0].labels = (uint8_t)name_labels(compress->names[0].name);
    for (uint32_t i = 0; i < count; i++) {
        const struct compress_name *known = &compress->names[i];
        uint32_t common = shared_labels(name, labels, known->name, known->labels);
        /* What lies behind a name's own pointer stands elsewhere -- at an entry before it, which shares
         * as many labels, so that the first of equals is always one where they stand. */
        if (common > best_labels) {
            best = known;
            best_labels = common;
        }
    }
    *ret = best_labels;
    return best;
}

void compress_write(struct compress *compress, struct wire_writer *writer, const uint8_t *name)
{
    uint32_t shared;
    uint32_t labels = name_labels(name);
    const struct compress_name *known = find_suffix(compress, name, labels, &shared);
    uint32_t literal = labels - shared;
    size_t start = writer->at;

    wire_write(writer, name, (size_t)(name_skip(name, literal) - name));
    if (known == NULL) {
        wire_write8(writer, 0);
    } else {
        size_t behind = (size_t)(name_skip(known->name, known->labels - shared) - known->name);
        wire_write16(writer, (uint16_t)(NAME_POINTER | (known->offset + behind)));
    }
    if (literal > 0 && !writer->failed && compress->count < COMPRESS_NAMES &&
            start + NAME_MAX_BYTES <= NAME_POINTER_MAX)
        compress->names[compress->count++] =
                (struct compress_name){name, (uint16_t)start, (uint8_t)labels};
}
