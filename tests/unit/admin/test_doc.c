/* test_doc.c -- src/admin/doc.c */
#include "test.h"

#include <string.h>

#include "admin/doc.h"

static void assert_prints(struct doc *doc, const char *want)
{
    struct buf text;
    buf_init(&text, 10000);
    doc_print(doc, &text);
    assert_string_equal(buf_string(&text), want);
    buf_done(&text);
    doc_free(doc);
}

static void members_print_in_the_order_they_were_set(void **state)
{
    (void)state;
    struct doc *doc = doc_new();
    struct doc *row = doc_new();
    struct doc *child = doc_new();
    doc_set_text(row, "id", "www-eu");
    doc_set_bool(child, "ok", true);
    doc_set_number(doc, "count", 4294967296);
    doc_set_number(doc, "most", UINT64_MAX); /* no reader takes more than a signed one */
    doc_set_text(doc, "none", NULL);
    doc_set_array(doc, "rows");
    doc_append(doc, "rows", row);
    doc_set_doc(doc, "child", child);
    doc_set_doc(doc, "no child", NULL);
    doc_append_text(doc, "texts", "a");
    doc_append_text(doc, "texts", "b\xff");
    assert_prints(doc, "{\"count\":4294967296,\"most\":9223372036854775807,\"none\":null,\"rows\":["
                       "{\"id\":\"www-eu\"}],"
                       "\"child\":{\"ok\":true},\"no child\":null,\"texts\":[\"a\",\"b?\"]}");
}

static void what_is_read_is_completed(void **state)
{
    (void)state;
    static const char json[] = "{\"kind\":\"shadow\",\"ms\":5} and more";
    static const char rows[] = "{\"list\":[{\"a\":\"b\",\"c\":1},2],\"nothing\":[],\"text\":\"t\"}";
    static const char *const bad[] = {"", "[]", "{\"a\":1", "\"a\""};
    struct doc *doc = doc_read(json, sizeof("{\"kind\":\"shadow\",\"ms\":5}") - 1);
    assert_non_null(doc);
    assert_string_equal(doc_text(doc, "kind"), "shadow");
    assert_null(doc_text(doc, "ms"));
    assert_null(doc_text(doc, "none"));
    doc_set_number(doc, "answers", 3);
    assert_prints(doc, "{\"kind\":\"shadow\",\"ms\":5,\"answers\":3}");
    doc = doc_read(rows, strlen(rows));
    assert_int_equal(doc_rows(doc, "list"), 2);
    assert_int_equal(doc_rows(doc, "nothing"), 0);
    assert_int_equal(doc_rows(doc, "text"), -1);
    assert_int_equal(doc_rows(doc, "none"), -1);
    assert_string_equal(doc_row_text(doc, "list", 0, "a"), "b");
    assert_null(doc_row_text(doc, "list", 0, "c"));
    assert_null(doc_row_text(doc, "list", 1, "a"));
    assert_null(doc_row_text(doc, "list", 2, "a"));
    assert_null(doc_row_text(doc, "text", 0, "a"));
    doc_free(doc);
    for (size_t i = 0; i < COUNT(bad); i++)
        assert_null(doc_read(bad[i], strlen(bad[i])));
}

static void text_that_is_not_utf8_does_no_harm(void **state)
{
    (void)state;
    struct doc *doc = doc_new();
    doc_set_text(doc, "t", "a\xff\"b");
    assert_prints(doc, "{\"t\":\"a?\\\"b\"}");
}

static void faults_carry_their_place_and_their_line(void **state)
{
    (void)state;
    struct doc *doc = doc_new();
    struct diag *diag = diag_new();
    diag_error(diag, (struct diag_place){"a.zone", 3, 9}, "bad");
    doc_set_faults(doc, diag);
    diag_free(diag);
    assert_prints(doc, "{\"errors\":1,\"warnings\":0,\"faults\":[{\"severity\":\"error\","
                       "\"file\":\"a.zone\",\"line\":3,\"column\":9,\"message\":\"bad\","
                       "\"text\":\"a.zone:3:9: error: bad\"}]}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(members_print_in_the_order_they_were_set),
            cmocka_unit_test(what_is_read_is_completed),
            cmocka_unit_test(text_that_is_not_utf8_does_no_harm),
            cmocka_unit_test(faults_carry_their_place_and_their_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
