/* annotation_find() and annotation_parse() on any comment, and what annotation_format() makes of it. */
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/mem.h"
#include "zone/annotation.h"
#include "zone/lexer.h"

static const uint8_t origin[] = "\7example\3com";

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A good annotation's text has to be good again, and to give the same text. */
static void check_round_trip(
        const struct annotation *annotation, struct arena *arena, struct diag *diag)
{
    struct annotation again;
    struct buf first, second;

    buf_init(&first, LEXER_ANNOTATION_MAX);
    buf_init(&second, LEXER_ANNOTATION_MAX);
    annotation_format(annotation, &first);
    const struct annotation_source source = {
            buf_string(&first), {"fuzz", 1, 1},
             origin
    };
    if (first.cut || annotation_parse(&source, arena, &again, diag) != 0)
        abort();
    annotation_format(&again, &second);
    if (strcmp(buf_string(&first), buf_string(&second)) != 0)
        abort();
    buf_done(&first);
    buf_done(&second);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > LEXER_ANNOTATION_MAX)
        size = LEXER_ANNOTATION_MAX;
    char *comment = mem_alloc(size + 1);
    if (size > 0)
        memcpy(comment, data, size);
    comment[size] = '\0';

    struct arena *arena = arena_new();
    struct diag *diag = diag_new();
    struct annotation annotation;
    const char *text = annotation_find(comment);
    if (text != NULL) {
        const struct annotation_source source = {
                text, {"fuzz", 1, 1},
                 origin
        };
        int err = annotation_parse(&source, arena, &annotation, diag);
        if ((err < 0) != (diag_errors(diag) > 0))
            abort();
        if (err == 0)
            check_round_trip(&annotation, arena, diag);
    }
    diag_free(diag);
    arena_free(arena);
    free(comment);
    return 0;
}
