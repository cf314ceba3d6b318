/* test_explain_request.c -- the words of a request to explain. */
#include "test.h"

#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "dns/text.h"
#include "serve/explain_request.h"

static const struct {
    const char *words;
    const char *expected; /* as show() has it, or the sentence of a refusal */
} rows[] = {
        {"www.example.com A",             "www.example.com. A"                                       },
        {"www.example.com. aaaa",         "www.example.com. AAAA"                                    },
        {"  x   TYPE65534  ",             "x. TYPE65534"                                             },
        {"x A client=192.0.2.77/24",      "x. A 192.0.2.0/24"                                        },
        {"x A client=192.0.2.77",         "x. A 192.0.2.77/32"                                       },
        {"x A client=2001:db8::1/48",     "x. A 2001:db8::/48"                                       },
        {"x A client=0.0.0.0/0",          "x. A 0.0.0.0/0"                                           },
        {"x A assume=a=down assume=b=UP", "x. A a=down b=up"                                         },
        {"x A assume=a=b=down",           "x. A a=b=down"                                            },
        {"",                              "wanted: NAME TYPE"                                        },
        {"x",                             "wanted: a type behind the name"                           },
        {"a..b A",                        "\"a..b\" is no name"                                      },
        {"x WWW",                         "\"WWW\" is no type"                                       },
        {"x A y",                         "\"y\" is neither client=PREFIX nor assume=ID=up|down"     },
        {"x A client=192.0.2.0/33",       "\"192.0.2.0/33\" is neither an address nor ADDRESS/BITS"  },
        {"x A client=2001:db8::/129",     "\"2001:db8::/129\" is neither an address nor ADDRESS/BITS"},
        {"x A client=",                   "\"\" is neither an address nor ADDRESS/BITS"              },
        {"x A client=192.0.2/24",         "\"192.0.2/24\" is neither an address nor ADDRESS/BITS"    },
        {"x A assume=a",                  "\"a\" is not ID=up or ID=down"                            },
        {"x A assume==up",                "\"=up\" is not ID=up or ID=down"                          },
        {"x A assume=a=maybe",            "\"maybe\" is neither up nor down"                         },
};

static void show(const struct explain_request *request, struct buf *ret)
{
    char name[NAME_TEXT_MAX], type[TEXT_TYPE_MAX], client[CLIENT_TEXT_MAX];

    buf_printf(ret, "%s %s", name_to_text(request->name.bytes, name),
            text_type_format(request->type, type));
    if (request->has_client)
        buf_printf(ret, " %s", client_format(&request->client, client));
    for (uint32_t i = 0; i < request->assumptions_count; i++)
        buf_printf(ret, " %s=%s", request->assumptions[i].id,
                request->assumptions[i].state == HEALTH_UP ? "up" : "down");
}

static void requests(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct explain_request request;
        struct buf seen;
        buf_init(&seen, 4096);
        if (explain_request_parse(rows[i].words, &request, &seen) == 0)
            show(&request, &seen);
        if (strcmp(buf_string(&seen), rows[i].expected) != 0)
            fail_msg("\"%s\": %s", rows[i].words, buf_string(&seen));
        buf_done(&seen);
    }
}

static void assumptions_have_a_maximum(void **state)
{
    (void)state;
    char words[2048] = "x A";
    struct explain_request request;
    struct buf why;

    buf_init(&why, 4096);
    for (uint32_t i = 0; i < EXPLAIN_ASSUMPTIONS_MAX; i++)
        snprintf(words + strlen(words), sizeof(words) - strlen(words), " assume=a=up");
    assert_int_equal(explain_request_parse(words, &request, &why), 0);
    snprintf(words + strlen(words), sizeof(words) - strlen(words), " assume=a=up");
    assert_int_equal(explain_request_parse(words, &request, &why), ERR_SYNTAX);
    assert_string_equal(buf_string(&why), "more than 64 assumptions");
    buf_done(&why);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(requests),
            cmocka_unit_test(assumptions_have_a_maximum),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
