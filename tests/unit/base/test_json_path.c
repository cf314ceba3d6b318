/* test_json_path.c -- faults take their place and first words from the path. */
#include "test.h"

#include <string.h>

#include "base/json_path.h"

static const char text[] = "{\"List\": [\n  {\"Name\": 1,\n   \"Naem\": 2}]}\n";

static void expect_fault(const struct diag *diag, uint32_t i, const char *wanted)
{
    struct buf seen;
    buf_init(&seen, 1000);
    diag_fault_format(diag_fault_at(diag, i), &seen);
    if (strcmp(buf_string(&seen), wanted) != 0)
        fail_msg("%s", buf_string(&seen));
    buf_done(&seen);
}

static void faults_know_their_place(void **state)
{
    static const char *const names[] = {"Name", "Comment"};
    struct json_path path = {
            .file = "f.json", .text = {text, strlen(text)},
                 .diag = diag_new()
    };
    (void)state;

    json_path_fault(&path, "is %s", "odd");
    json_path_enter_member(&path, "List");
    json_path_enter_element(&path, 0);
    json_path_check_key(&path, "Name", names, COUNT(names));
    json_path_check_key(&path, "Naem", names, COUNT(names));
    json_path_check_key(&path, "Nothing", names, COUNT(names));
    json_path_enter_member(&path, "Name");
    json_path_fault(&path, "is %d; wanted more", 1);
    json_path_warning(&path, "is %s", "few");
    json_path_leave(&path);
    json_path_leave(&path);
    json_path_leave(&path);
    assert_int_equal(path.depth, 0);

    assert_int_equal(diag_errors(path.diag), 4);
    expect_fault(path.diag, 0, "f.json:1:1: error: is odd");
    expect_fault(path.diag, 1,
            "f.json:3:4: error: List[0].Naem: unknown member \"Naem\"; did you mean \"Name\"?");
    expect_fault(path.diag, 2, "f.json:2:3: error: List[0].Nothing: unknown member \"Nothing\"");
    expect_fault(path.diag, 3, "f.json:2:4: error: List[0].Name: is 1; wanted more");
    expect_fault(path.diag, 4, "f.json:2:4: warning: List[0].Name: is few");
    diag_free(path.diag);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(faults_know_their_place),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
