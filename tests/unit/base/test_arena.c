/* test_arena.c -- src/base/arena.c */
#include "test.h"

#include <string.h>

#include "base/arena.h"

static void pieces_do_not_overlap(void **state)
{
    (void)state;
    struct arena *arena = arena_new();
    unsigned char *piece[2000];
    size_t size[2000];

    for (size_t i = 0; i < COUNT(piece); i++) {
        size[i] = i % 7 == 0 ? i * 13 : i % 61;
        piece[i] = i % 3 == 0 ? arena_alloc_packed(arena, size[i]) : arena_alloc(arena, size[i]);
        memset(piece[i], (int)(i % 251), size[i]);
    }
    for (size_t i = 0; i < COUNT(piece); i++)
        for (size_t j = 0; j < size[i]; j++)
            assert_int_equal(piece[i][j], i % 251);
    arena_free(arena);
}

static void aligned_pieces_are_aligned(void **state)
{
    (void)state;
    struct arena *arena = arena_new();
    for (int i = 0; i < 1000; i++) {
        assert_non_null(arena_alloc_packed(arena, (size_t)i % 5 + 1));
        assert_int_equal((uintptr_t)arena_alloc(arena, 3) % 8, 0);
        assert_int_equal((uintptr_t)arena_zalloc(arena, 3) % 8, 0);
    }
    arena_free(arena);
}

static void a_big_piece_leaves_the_open_block_its_room(void **state)
{
    (void)state;
    struct arena *arena = arena_new();
    assert_non_null(arena_alloc(arena, 8));
    assert_non_null(arena_alloc(arena, 5U << 20));
    size_t before = arena_size_bytes(arena);
    assert_non_null(arena_alloc(arena, 1000));
    assert_int_equal(arena_size_bytes(arena), before);
    arena_free(arena);
    arena_free(NULL);
}

static void copies_are_equal(void **state)
{
    (void)state;
    struct arena *arena = arena_new();
    assert_string_equal(arena_string(arena, "holdfast"), "holdfast");
    assert_memory_equal(arena_copy(arena, "a\0b", 3), "a\0b", 3);
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(pieces_do_not_overlap),
            cmocka_unit_test(aligned_pieces_are_aligned),
            cmocka_unit_test(a_big_piece_leaves_the_open_block_its_room),
            cmocka_unit_test(copies_are_equal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
