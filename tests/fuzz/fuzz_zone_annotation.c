/* annotation_find() and annotation_parse() on any comment. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "zone/annotation.h"

static const uint8_t origin[] = "\7example\3com";

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *comment = mem_alloc(size + 1);
    if (size > 0)
        memcpy(comment, data, size);
    comment[size] = '\0';

    struct diag *diag = diag_new();
    struct annotation annotation;
    const char *text = annotation_find(comment);
    if (text != NULL) {
        int err = annotation_parse(
                text, (struct diag_place){"fuzz", 1, 1}, origin, &annotation, diag);
        if ((err < 0) != (diag_errors(diag) > 0))
            abort();
    }
    diag_free(diag);
    free(comment);
    return 0;
}
