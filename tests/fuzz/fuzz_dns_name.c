/* fuzz_dns_name.c -- names from text and wire, and back (src/dns/name.c).
 * Arbitrary bytes; what is read must come back the same. */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "dns/name.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const struct name *name)
{
    static const uint8_t origin[] = "\7example\3com";
    char text[NAME_TEXT_MAX];
    struct name again;

    assert(name_from_wire(name->bytes, name->length) == name->length);
    int error = name_from_text(name_to_text(name->bytes, text), origin, &again);
    assert(error == 0 && again.length == name->length);
    assert(memcmp(again.bytes, name->bytes, name->length) == 0);
    assert(name_compare(name->bytes, again.bytes) == 0 && name_equal(name->bytes, again.bytes));
    assert(name_common_labels(name->bytes, again.bytes) == name_labels(name->bytes));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct name name;
    size_t next;
    char text[4096];

    if (size > 0 && name_read(data, size, data[0] % size, &name, &next) == 0) {
        assert(next <= size);
        check(&name);
    }
    if (name_from_wire(data, size) > 0) {
        name_copy(data, &name);
        check(&name);
    }
    size_t length = size < sizeof(text) ? size : sizeof(text) - 1;
    memcpy(text, data, length);
    text[length] = '\0';
    if (name_from_text(text, (const uint8_t *)"", &name) == 0)
        check(&name);
    return 0;
}
