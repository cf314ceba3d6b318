/* test_tree.c -- the trie against a sorted array that does everything the slow way. */
#include "test.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/rand.h"
#include "dns/name.h"
#include "zone/tree.h"

#define NAMES_MAX 200U
#define ROUNDS    300U
#define QUERIES   200U

/* Good until the next call: a key borrows its name. */
static void key_from_text(const char *text, struct tree_key *ret)
{
    static const uint8_t root[] = {0};
    static struct name name;

    if (name_from_text(text, root, &name) < 0)
        fail_msg("%s: no name", text);
    tree_key_from_name(name.bytes, ret);
}

/* ------------------------------------------------------------------ named cases */

struct fixture {
    struct arena *arena;
    struct name name[16];
    const struct tree *tree;
};

static void fixture_build(struct fixture *fixture, const char *const *texts, size_t count)
{
    static const uint8_t root[] = {0};
    struct tree_entry entries[COUNT(fixture->name)];

    fixture->arena = arena_new();
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(name_from_text(texts[i], root, &fixture->name[i]), 0);
        entries[i].name = fixture->name[i].bytes;
        entries[i].value = arena_copy(fixture->arena, texts[i], strlen(texts[i]) + 1);
    }
    fixture->tree = tree_build(fixture->arena, entries, count);
}

static void test_named_cases(void **state)
{
    (void)state;
    static const char *const texts[] = {"example.com.", "www.example.com.", "*.example.com.",
            "a.b.example.com.", "EXAMPLE.org.", "xn--bcher-kva.org."};
    static const struct {
        const char *what;
        const char *name;
        const char *get;
        const char *find;
        const char *before;
    } rows[] = {
            {"itself",                          "www.example.com.",   "www.example.com.", "www.example.com.",
             "www.example.com."                                                                                                   },
            {"case is ignored",                 "WWW.Example.COM.",   "www.example.com.", "www.example.com.",
             "www.example.com."                                                                                                   },
            {"case is ignored in the tree",     "example.org.",       "EXAMPLE.org.",     "EXAMPLE.org.",
             "EXAMPLE.org."                                                                                                       },
            {"below a leaf",                    "x.www.example.com.", NULL,               "www.example.com.", "www.example.com."  },
            {"between",                         "b.example.com.",     NULL,               "example.com.",     "*.example.com."    },
            {"below nothing",                   "x.b.example.com.",   NULL,               "example.com.",     "a.b.example.com."  },
            {"a longer label is no child",      "wwww.example.com.",  NULL,               "example.com.",
             "www.example.com."                                                                                                   },
            {"a shorter label is no parent",    "ww.example.com.",    NULL,               "example.com.",
             "a.b.example.com."                                                                                                   },
            {"the star is a name",              "*.example.com.",     "*.example.com.",   "*.example.com.",
             "*.example.com."                                                                                                     },
            {"no ancestor",                     "example.net.",       NULL,               NULL,               "www.example.com."  },
            {"before the first wraps",          "com.",               NULL,               NULL,               "xn--bcher-kva.org."},
            {"the root before the first wraps", ".",                  NULL,               NULL,               "xn--bcher-kva.org."},
            {"behind the last",                 "zz.",                NULL,               NULL,               "xn--bcher-kva.org."},
            {"a dot within a label",            "www\\.example.com.", NULL,               NULL,               "www.example.com."  },
    };
    struct fixture fixture;
    fixture_build(&fixture, texts, COUNT(texts));
    assert_int_equal(tree_count(fixture.tree), COUNT(texts));
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct tree_key key;
        bool exact;
        key_from_text(rows[i].name, &key);
        const char *get = tree_get(fixture.tree, &key);
        const char *find = tree_find(fixture.tree, &key, &exact);
        const char *before = tree_predecessor(fixture.tree, &key);
        if (strcmp(get != NULL ? get : "-", rows[i].get != NULL ? rows[i].get : "-") != 0)
            fail_msg("%s: get gave %s", rows[i].what, get);
        if (strcmp(find != NULL ? find : "-", rows[i].find != NULL ? rows[i].find : "-") != 0)
            fail_msg("%s: find gave %s", rows[i].what, find);
        if (exact != (rows[i].get != NULL))
            fail_msg("%s: exact is wrong", rows[i].what);
        if (strcmp(before, rows[i].before) != 0)
            fail_msg("%s: predecessor gave %s", rows[i].what, before);
    }
    arena_free(fixture.arena);
}

/* The bytes of a name may end with those of another that is no ancestor: where a digit is read as a label's length. */
static void test_an_ending_is_no_ancestor(void **state)
{
    static const char longer[] = "xy0aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.example.";
    static const char ending[] = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.example.";
    static const char *const texts[] = {ending};
    struct fixture fixture;
    struct tree_key key;
    bool exact;
    (void)state;
    assert_int_equal(strchr(ending, '.') - ending, '0'); /* as long as the digit says */
    fixture_build(&fixture, texts, COUNT(texts));
    key_from_text(longer, &key);
    assert_null(tree_get(fixture.tree, &key));
    assert_null(tree_find(fixture.tree, &key, &exact));
    key_from_text(ending, &key);
    assert_string_equal(tree_get(fixture.tree, &key), ending);
    arena_free(fixture.arena);
}

static void test_root_and_empty(void **state)
{
    (void)state;
    static const char *const only_root[] = {"."};
    struct fixture fixture;
    struct tree_key key;
    bool exact;

    fixture_build(&fixture, NULL, 0);
    key_from_text("a.example.", &key);
    assert_null(tree_get(fixture.tree, &key));
    assert_null(tree_find(fixture.tree, &key, &exact));
    assert_false(exact);
    assert_null(tree_predecessor(fixture.tree, &key));
    struct tree_walk walk;
    tree_walk_start(&walk, fixture.tree);
    assert_null(tree_walk_next(&walk));
    arena_free(fixture.arena);

    fixture_build(&fixture, only_root, 1);
    assert_null(tree_get(fixture.tree, &key));
    assert_string_equal(tree_find(fixture.tree, &key, &exact), ".");
    assert_false(exact);
    key_from_text(".", &key);
    assert_string_equal(tree_find(fixture.tree, &key, &exact), ".");
    assert_true(exact);
    arena_free(fixture.arena);
}

/* The longest keys there are: every byte a rare one. */
static void test_longest_names(void **state)
{
    (void)state;
    uint8_t long_labels[NAME_MAX_BYTES];
    uint8_t many_labels[NAME_MAX_BYTES];
    struct tree_key key;
    struct arena *arena = arena_new();
    size_t at = 0;

    for (size_t i = 0; i < 4; i++) {
        uint8_t length = i < 3 ? 63 : 61;
        long_labels[at++] = length;
        memset(long_labels + at, 0xff, length);
        at += length;
    }
    long_labels[at++] = 0;
    assert_int_equal(at, NAME_MAX_BYTES);
    for (size_t i = 0; i < NAME_MAX_LABELS; i++) {
        many_labels[2 * i] = 1;
        many_labels[2 * i + 1] = 0;
    }
    many_labels[2 * NAME_MAX_LABELS] = 0;

    struct tree_entry entries[] = {
            {long_labels,       arena_zalloc(arena, 8)},
            {many_labels,       arena_zalloc(arena, 8)},
            {long_labels + 64,  arena_zalloc(arena, 8)},
            {many_labels + 2,   arena_zalloc(arena, 8)},
            {many_labels + 200, arena_zalloc(arena, 8)},
    };
    const struct tree *tree = tree_build(arena, entries, COUNT(entries));
    for (size_t i = 0; i < COUNT(entries); i++) {
        bool exact;
        tree_key_from_name(entries[i].name, &key);
        assert_ptr_equal(tree_get(tree, &key), entries[i].value);
        assert_ptr_equal(tree_find(tree, &key, &exact), entries[i].value);
        assert_true(exact);
        assert_ptr_equal(tree_predecessor(tree, &key), entries[i].value);
    }
    struct tree_walk walk;
    tree_walk_start(&walk, tree);
    for (size_t i = 0; i < COUNT(entries); i++) /* which tree_build() has sorted */
        assert_ptr_equal(tree_walk_next(&walk), entries[i].value);
    assert_null(tree_walk_next(&walk));
    tree_key_from_name(long_labels, &key);
    assert_int_equal(key.length, 2 * 250 + 4);
    arena_free(arena);
}

/* ------------------------------------------------------------------ random trees */

/* A small alphabet, so that names share parts; each stretch of rare bytes has its ends in it. */
static const uint8_t alphabet[] = {0x00, 0x2a, 0x2c, '-', 0x2e, 0x2f, '0', '9', 0x3a, 0x40, 'A',
        'a', 'b', 'Z', 'z', 0x5b, 0x5e, '_', 0x60, 0x7b, 0xaf, 0xb0, 0xe4, 0xe5, 0xff};

static void random_name(struct rand *rand, struct name *ret)
{
    bool deep = rand_below(rand, 20) == 0;
    uint32_t labels = rand_below(rand, deep ? NAME_MAX_LABELS + 1 : 5);
    uint32_t letters = 2 + rand_below(rand, COUNT(alphabet) - 2);
    size_t at = 0;

    for (uint32_t i = 0; i < labels; i++) {
        uint32_t length = 1 + rand_below(rand, deep && labels > 4 ? 1 : 3);
        if (deep && labels <= 4)
            length = 61;
        ret->bytes[at++] = (uint8_t)length;
        for (uint32_t j = 0; j < length; j++)
            ret->bytes[at++] = alphabet[rand_below(rand, letters)];
    }
    ret->bytes[at++] = 0;
    ret->length = (uint8_t)at;
}

/* A name near an existing one: below it, above it, one byte changed, the case of one turned. */
static void near_name(struct rand *rand, const struct name *from, struct name *ret)
{
    uint32_t labels = name_labels(from->bytes);

    *ret = *from;
    if (labels == 0)
        return;
    switch (rand_below(rand, 4)) {
    case 0:
        if (from->length > NAME_MAX_BYTES - 2)
            return;
        memcpy(ret->bytes + 2, from->bytes, from->length);
        ret->bytes[0] = 1;
        ret->bytes[1] = alphabet[rand_below(rand, COUNT(alphabet))];
        ret->length = (uint8_t)(from->length + 2);
        return;
    case 1:
        name_copy(name_skip(from->bytes, 1 + rand_below(rand, labels)), ret);
        return;
    case 2:
        ret->bytes[rand_below(rand, ret->bytes[0]) + 1] = (uint8_t)rand_next(rand);
        return;
    default:
        if (ret->bytes[1] >= 'a' && ret->bytes[1] <= 'z')
            ret->bytes[1] = (uint8_t)(ret->bytes[1] - 'a' + 'A');
        return;
    }
}

/* The slow way: names sorted by name_compare(). */
struct naive {
    struct name name[NAMES_MAX];
    size_t count;
};

static int compare_names(const void *a, const void *b)
{
    return name_compare(((const struct name *)a)->bytes, ((const struct name *)b)->bytes);
}

static void naive_fill(struct naive *naive, struct rand *rand)
{
    size_t wanted = 1 + rand_below(rand, NAMES_MAX);
    size_t kept = 1;

    for (size_t i = 0; i < wanted; i++)
        random_name(rand, &naive->name[i]);
    qsort(naive->name, wanted, sizeof(naive->name[0]), compare_names);
    for (size_t i = 1; i < wanted; i++)
        if (compare_names(&naive->name[i], &naive->name[kept - 1]) != 0)
            naive->name[kept++] = naive->name[i];
    naive->count = kept;
}

static const struct name *naive_get(const struct naive *naive, const uint8_t *name)
{
    for (size_t i = 0; i < naive->count; i++)
        if (name_equal(naive->name[i].bytes, name))
            return &naive->name[i];
    return NULL;
}

static const struct name *naive_find(const struct naive *naive, const uint8_t *name)
{
    uint32_t labels = name_labels(name);
    const struct name *found = NULL;
    for (uint32_t i = 0; i <= labels && found == NULL; i++)
        found = naive_get(naive, name_skip(name, i));
    return found;
}

static const struct name *naive_predecessor(const struct naive *naive, const uint8_t *name)
{
    size_t i = 0;
    while (i < naive->count && name_compare(naive->name[i].bytes, name) <= 0)
        i++;
    return &naive->name[i > 0 ? i - 1 : naive->count - 1];
}

static void check_query(
        const struct tree *tree, const struct naive *naive, const struct name *name, uint32_t round)
{
    char text[NAME_TEXT_MAX];
    struct tree_key key;
    bool exact = true;
    const struct name *get = naive_get(naive, name->bytes);

    name_to_text(name->bytes, text);
    tree_key_from_name(name->bytes, &key);
    if (tree_get(tree, &key) != get)
        fail_msg("round %u: get %s", round, text);
    if (tree_find(tree, &key, &exact) != naive_find(naive, name->bytes))
        fail_msg("round %u: find %s", round, text);
    if (exact != (get != NULL))
        fail_msg("round %u: find %s: exact", round, text);
    if (tree_predecessor(tree, &key) != naive_predecessor(naive, name->bytes))
        fail_msg("round %u: predecessor %s", round, text);
}

struct walk {
    const struct naive *naive;
    size_t at;
    size_t limit;
};

static bool visit(void *context, void *value)
{
    struct walk *walk = context;
    assert_ptr_equal(value, &walk->naive->name[walk->at]);
    return ++walk->at < walk->limit;
}

static void check_walks(const struct tree *tree, const struct naive *naive)
{
    struct walk all = {naive, 0, naive->count + 1};
    struct walk half = {naive, 0, naive->count / 2 + 1};

    tree_each(tree, visit, &all);
    assert_int_equal(all.at, naive->count);
    tree_each(tree, visit, &half);
    assert_int_equal(half.at, half.limit);

    struct tree_walk steps;
    tree_walk_start(&steps, tree);
    for (size_t i = 0; i < naive->count; i++)
        assert_ptr_equal(tree_walk_next(&steps), &naive->name[i]);
    assert_null(tree_walk_next(&steps));
    assert_null(tree_walk_next(&steps));
}

static void shuffle(struct rand *rand, struct tree_entry *entries, size_t count)
{
    for (size_t i = count; i > 1; i--) {
        size_t other = rand_below(rand, (uint32_t)i);
        struct tree_entry entry = entries[i - 1];
        entries[i - 1] = entries[other];
        entries[other] = entry;
    }
}

static void test_random_trees(void **state)
{
    (void)state;
    struct rand rand = rand_from_seed(1);
    struct naive naive;
    struct tree_entry entries[NAMES_MAX];

    for (uint32_t round = 0; round < ROUNDS; round++) {
        struct arena *arena = arena_new();
        naive_fill(&naive, &rand);
        for (size_t i = 0; i < naive.count; i++)
            entries[i] = (struct tree_entry){naive.name[i].bytes, &naive.name[i]};
        shuffle(&rand, entries, naive.count);
        const struct tree *tree = tree_build(arena, entries, naive.count);
        assert_int_equal(tree_count(tree), naive.count);
        for (size_t i = 0; i < naive.count; i++)
            check_query(tree, &naive, &naive.name[i], round);
        for (size_t i = 0; i < QUERIES; i++) {
            struct name name;
            if (i % 2 == 0)
                random_name(&rand, &name);
            else
                near_name(&rand, &naive.name[rand_below(&rand, (uint32_t)naive.count)], &name);
            check_query(tree, &naive, &name, round);
        }
        check_walks(tree, &naive);
        arena_free(arena);
    }
}

/* Every byte alone: the order of symbols is the order of bytes in lower case. */
static void test_every_byte_in_order(void **state)
{
    (void)state;
    for (unsigned a = 0; a < 256; a++) {
        for (unsigned b = 0; b < 256; b++) {
            const uint8_t left[] = {1, (uint8_t)a, 0};
            const uint8_t right[] = {1, (uint8_t)b, 0};
            struct tree_key left_key;
            struct tree_key right_key;
            tree_key_from_name(left, &left_key);
            tree_key_from_name(right, &right_key);
            int order = memcmp(left_key.symbol, right_key.symbol, left_key.length);
            int want = name_compare(left, right);
            if ((order > 0) != (want > 0) || (order < 0) != (want < 0))
                fail_msg("bytes %u and %u are out of order", a, b);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_named_cases),
            cmocka_unit_test(test_an_ending_is_no_ancestor),
            cmocka_unit_test(test_root_and_empty),
            cmocka_unit_test(test_longest_names),
            cmocka_unit_test(test_random_trees),
            cmocka_unit_test(test_every_byte_in_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
