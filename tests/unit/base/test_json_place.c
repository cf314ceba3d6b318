/* test_json_place.c -- src/base/json_place.c */
#include "test.h"

#include <string.h>

#include "base/json_place.h"

static const char text[] = "{ \"a\": 1,\n"
                           "  \"skip\": {\"b\": [\"}\", \"\\\"]\"], \"c\": null},\n"
                           "  \"b\": [ {\"id\": \"x\"},\n"
                           "         17, [], \"s\",\n"
                           "    {\"id\": \"y\", \"deep\": {\"key\": true}} ] }\n";

static void a_path_leads_to_its_key_or_element(void **state)
{
    (void)state;
    static const struct {
        const char *what;
        struct json_step path[4];
        size_t depth;
        struct json_point want;
    } cases[] = {
            {"the root",               {{0}},                                          0, {1, 1} },
            {"a member",               {{"a", 0}},                                     1, {1, 3} },
            {"behind nested brackets", {{"b", 0}},                                     1, {3, 3} },
            {"an element",             {{"b", 0}, {NULL, 0}},                          2, {3, 10}},
            {"a number element",       {{"b", 0}, {NULL, 1}},                          2, {4, 10}},
            {"a string element",       {{"b", 0}, {NULL, 3}},                          2, {4, 18}},
            {"a member of an element", {{"b", 0}, {NULL, 4}, {"deep", 0}},             3, {5, 17}},
            {"three down",             {{"b", 0}, {NULL, 4}, {"deep", 0}, {"key", 0}}, 4, {5, 26}},
            {"quotes in strings",      {{"skip", 0}, {"c", 0}},                        2, {2, 31}},
            {"no such key",            {{"b", 0}, {NULL, 4}, {"none", 0}},             3, {5, 5} },
            {"no such element",        {{"b", 0}, {NULL, 5}},                          2, {3, 3} },
            {"a key into an array",    {{"b", 0}, {"a", 0}},                           2, {3, 3} },
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct json_point got = json_place_find(
                (struct json_text){text, strlen(text)}, cases[i].path, cases[i].depth);
        if (got.line != cases[i].want.line || got.column != cases[i].want.column)
            fail_msg("%s: got %u:%u", cases[i].what, got.line, got.column);
    }
}

static void elements_are_found_in_one_walk(void **state)
{
    (void)state;
    static const struct json_step path[] = {
            {"b", 0}
    };
    static const struct json_point want[] = {
            {3, 10},
            {4, 10},
            {4, 14},
            {4, 18},
            {5, 5 },
            {3, 3 }
    };
    struct json_point got[COUNT(want)];

    json_place_elements((struct json_text){text, strlen(text)}, path, 1, got, COUNT(got));
    for (size_t i = 0; i < COUNT(want); i++)
        if (got[i].line != want[i].line || got[i].column != want[i].column)
            fail_msg("element %zu: got %u:%u", i, got[i].line, got[i].column);
}

/* The text is trusted to be JSON, but never so far as to read past its end. */
static void a_text_cut_anywhere_is_not_overrun(void **state)
{
    (void)state;
    static const struct json_step path[] = {
            {"b",    0},
            {NULL,   4},
            {"deep", 0},
            {"key",  0}
    };
    struct json_point places[8];

    for (size_t length = 0; length <= strlen(text); length++) {
        char exact[sizeof(text)];
        memset(exact, '"', sizeof(exact));
        memcpy(exact, text, length);
        struct json_point at = json_place_find((struct json_text){exact, length}, path, 4);
        assert_in_range(at.line, 1, 6);
        json_place_elements((struct json_text){exact, length}, path, 1, places, COUNT(places));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(a_path_leads_to_its_key_or_element),
            cmocka_unit_test(elements_are_found_in_one_walk),
            cmocka_unit_test(a_text_cut_anywhere_is_not_overrun),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
