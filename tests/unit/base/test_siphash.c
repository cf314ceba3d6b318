/* test_siphash.c -- src/base/siphash.c against the vectors of its authors: key and input are the bytes
 * 00 01 02 ... */
#include "test.h"

#include "base/siphash.h"

static void the_authors_vectors_come_out(void **state)
{
    static const struct {
        size_t size;
        uint64_t want;
    } rows[] = {
            {0,  0x726fdb47dd0e0e31U},
            {1,  0x74f839c593dc67fdU},
            {2,  0x0d6c8009d9a94f5aU},
            {3,  0x85676696d7fb7e2dU},
            {4,  0xcf2794e0277187b7U},
            {5,  0x18765564cd99a68dU},
            {6,  0xcbc9466e58fee3ceU},
            {7,  0xab0200f58b01d137U},
            {8,  0x93f5f5799a932462U},
            {15, 0xa129ca6149be45e5U},
            {63, 0x958a324ceb064572U},
    };
    uint8_t bytes[64];
    (void)state;
    for (size_t i = 0; i < COUNT(bytes); i++)
        bytes[i] = (uint8_t)i;
    for (size_t i = 0; i < COUNT(rows); i++) {
        uint64_t got = siphash(bytes, bytes, rows[i].size);
        if (got != rows[i].want)
            fail_msg("%zu bytes: %016llx", rows[i].size, (unsigned long long)got);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(the_authors_vectors_come_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
