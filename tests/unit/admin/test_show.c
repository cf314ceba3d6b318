/* Replies as people see them. */
#include "test.h"

#include <stdio.h>
#include <string.h>

#include "admin/show.h"
#include "base/err.h"

/* tests/data/show has a reply and its text for each. */
static const struct {
    const char *request;
    const char *name;
} rows[] = {
        {"version",  "version"           },
        {"status",   "status-silent"     },
        {"status",   "status-no-checker" },
        {"status",   "status-other-types"},
        {"status",   "status-forced"     },
        {"status",   "status-shadows"    },
        {"checks",   "checks"            },
        {"checks",   "checks-shadow"     },
        {"check",    "check-shadow"      },
        {"checks",   "checks-forced"     },
        {"check",    "check-forced"      },
        {"force",    "force"             },
        {"force",    "force-ended"       },
        {"force",    "force-none"        },
        {"check",    "check"             },
        {"guards",   "guards"            },
        {"guards",   "guards-none"       },
        {"accept",   "accept"            },
        {"zones",    "zones"             },
        {"reload",   "reload-faults"     },
        {"reload",   "reload-silence"    },
        {"diff",     "diff"              },
        {"diff",     "diff-other-types"  },
        {"stats",    "stats"             },
        {"lint",     "lint"              },
        {"lint-all", "lint-all"          },
        {"lint",     "lint-other-types"  },
};

static void read_data(const char *name, const char *ending, struct buf *ret)
{
    char path[1024];
    char bytes[16384];
    snprintf(path, sizeof(path), "%s/show/%s.%s", TEST_DATA_DIR, name, ending);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    buf_add(ret, bytes, fread(bytes, 1, sizeof(bytes), file));
    fclose(file);
}

static void check_row(const char *request, const char *name)
{
    struct buf json, expected, text;
    buf_init(&json, 1 << 16);
    buf_init(&expected, 1 << 16);
    buf_init(&text, 1 << 16);
    read_data(name, "json", &json);
    read_data(name, "txt", &expected);
    if (show_reply(request, json.data, json.length, &text) != 0)
        fail_msg("%s: not understood", name);
    if (strcmp(buf_string(&text), buf_string(&expected)) != 0)
        fail_msg("%s: shown as\n%s", name, buf_string(&text));
    buf_done(&json);
    buf_done(&expected);
    buf_done(&text);
}

static void test_rows(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        check_row(rows[i].request, rows[i].name);
}

static void test_no_object(void **state)
{
    (void)state;
    static const char *const texts[] = {"", "[]", "null", "{", "garbage"};
    struct buf text;
    buf_init(&text, 4096);
    for (size_t i = 0; i < COUNT(texts); i++) {
        assert_int_equal(show_reply("status", texts[i], strlen(texts[i]), &text), ERR_SYNTAX);
        assert_false(show_refusal(texts[i], strlen(texts[i]), &text));
    }
    assert_int_equal(text.length, 0);
    assert_true(show_refusal("{\"error\":\"no\"}", 14, &text));
    assert_string_equal(buf_string(&text), "no");
    buf_done(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_rows),
            cmocka_unit_test(test_no_object),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
