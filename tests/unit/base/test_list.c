/* test_list.c -- src/base/list.h: members in order, taken out from anywhere. */
#include "test.h"

#include <string.h>

#include "base/list.h"

struct member {
    char name;
    struct list_link link;
};

/* Whether a list holds these members, read from both ends. */
static void check(const struct list *list, const char *names)
{
    size_t count = strlen(names);
    const struct list_link *link = list->first;

    for (size_t i = 0; i < count; i++, link = link->next) {
        assert_non_null(link);
        assert_int_equal(LIST_MEMBER(link, struct member, link)->name, names[i]);
    }
    assert_null(link);
    link = list->last;
    for (size_t i = count; i-- > 0; link = link->previous) {
        assert_non_null(link);
        assert_int_equal(LIST_MEMBER(link, struct member, link)->name, names[i]);
    }
    assert_null(link);
}

static void members_come_and_go(void **state)
{
    (void)state;
    struct member a = {.name = 'a'}, b = {.name = 'b'}, c = {.name = 'c'};
    struct list list = {0};

    check(&list, "");
    list_append(&list, &a.link);
    check(&list, "a");
    list_append(&list, &b.link);
    list_append(&list, &c.link);
    check(&list, "abc");
    list_remove(&list, &b.link); /* in the middle */
    check(&list, "ac");
    list_append(&list, &b.link);
    check(&list, "acb");
    list_remove(&list, &a.link); /* the first */
    check(&list, "cb");
    list_remove(&list, &b.link); /* the last */
    check(&list, "c");
    list_remove(&list, &c.link);
    check(&list, "");
    list_append(&list, &a.link);
    check(&list, "a");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(members_come_and_go),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
