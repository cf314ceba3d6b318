/* test_mem.c -- src/base/mem.c: what is alone in its cache lines. */
#include "test.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define OBJECTS 64U

static uintptr_t line_of(const uint8_t *byte)
{
    return (uintptr_t)byte / MEM_LINE_BYTES;
}

static void lines_are_shared_by_no_two_objects(void **state)
{
    static const size_t sizes[] = {1, 24, 63, 64, 65, 200, 100000};
    uint8_t *objects[OBJECTS];
    (void)state;
    for (size_t i = 0; i < COUNT(sizes); i++) {
        for (size_t j = 0; j < OBJECTS; j++)
            objects[j] = mem_zalloc_lines(sizes[i]);
        for (size_t j = 0; j < OBJECTS; j++)
            for (size_t k = 0; k < OBJECTS; k++)
                if (j != k && line_of(objects[k]) >= line_of(objects[j]) &&
                        line_of(objects[k]) <= line_of(objects[j] + sizes[i] - 1))
                    fail_msg("%zu bytes: two objects in one line", sizes[i]);
        for (size_t j = 0; j < OBJECTS; j++)
            free(objects[j]);
    }
}

static void lines_are_zero(void **state)
{
    (void)state;
    for (size_t bytes = 1; bytes < 500; bytes++) {
        uint8_t *object = mem_zalloc_lines(bytes);
        for (size_t i = 0; i < bytes; i++)
            assert_int_equal(object[i], 0);
        memset(object, 0xff, bytes);
        free(object);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(lines_are_shared_by_no_two_objects),
            cmocka_unit_test(lines_are_zero),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
