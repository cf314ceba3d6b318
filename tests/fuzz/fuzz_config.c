/* A configuration that is read is printed and read back the same. */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "config.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct diag *diag = diag_new();
    struct config *first = NULL, *second = NULL;
    struct buf a, b;
    buf_init(&a, CONFIG_FILE_MAX);
    buf_init(&b, CONFIG_FILE_MAX);
    if (config_from_text("fuzz", (const char *)data, size, &first, diag) == 0) {
        config_print(first, &a);
        int error = config_from_text("printed", a.data, a.length, &second, diag);
        assert(error == 0);
        config_print(second, &b);
        assert(strcmp(buf_string(&a), buf_string(&b)) == 0);
    }
    buf_done(&a);
    buf_done(&b);
    config_free(first);
    config_free(second);
    diag_free(diag);
    return 0;
}
