/* test_cookie.c -- src/serve/cookie.c: the examples of RFC 9018 appendix A, and the limits of section
 * 4.3. */
#include "test.h"

#include <stdio.h>
#include <string.h>

#include "serve/cookie.h"

#define SECRET     "e5e973e5a6b2a43f48e7dc849e37bfcf"
#define NEW_SECRET "445536bcd2513298075a5d379663c962"
#define OLD_SECRET "dd3bdf9344b678b185a6f5cb60fca715"

#define CLIENT "2464c4abcf10c957"
#define MADE   1559731985U
#define COOKIE CLIENT "010000005cf79f111f8130c3eee29480"

static void read_hex(const char *hex, uint8_t *ret)
{
    unsigned byte;
    for (; sscanf(hex, "%2x", &byte) == 1; hex += 2)
        *ret++ = (uint8_t)byte;
}

static const struct row {
    const char *what;
    const char *secrets[COOKIE_SECRETS_MAX];
    const char *client;
    const char *cookie;
    uint32_t now_s;
    enum cookie_verdict want;
    const char *made; /* by cookie_make() at that time; NULL: not looked at */
} rows[] = {
        {"A.1 and A.2: young",        {SECRET},                 "198.51.100.100",                       COOKIE,                                    MADE,        COOKIE_FRESH,   COOKIE},
        {"A.2: renewed",              {SECRET},                 "198.51.100.100",                       COOKIE,                                    1559734385,  COOKIE_OLD,
         CLIENT "010000005cf7a871d4a564a1442aca77"                                                                                                                                    },
        {"A.3: reserved bytes count", {SECRET},                 "203.0.113.203",
         "fc93fc62807ddb8601abcdef5cf78f71a314227b6679ebf5",                                                                                       1559727985,  COOKIE_FRESH,   NULL  },
        {"A.4: the other secret",     {NEW_SECRET, OLD_SECRET}, "[2001:db8:220:1:59de:d0f4:8769:82b8]",
         "22681ab97d52c298010000005cf7c57926556bd0934c72f8",                                                                                       1559741961,  COOKIE_OLD,
         "22681ab97d52c298010000005cf7c609a6bb79d16625507a"                                                                                                                           },
        {"another client",            {SECRET},                 "198.51.100.101",                       COOKIE,                                    MADE,        COOKIE_INVALID, NULL  },
        {"another secret",            {NEW_SECRET, OLD_SECRET}, "198.51.100.100",                       COOKIE,                                    MADE,        COOKIE_INVALID,
         NULL                                                                                                                                                                         },
        {"the second secret",         {NEW_SECRET, SECRET},     "198.51.100.100",                       COOKIE,                                    MADE,        COOKIE_OLD,
         NULL                                                                                                                                                                         },
        {"another client cookie",     {SECRET},                 "198.51.100.100",
         "2464c4abcf10c958010000005cf79f111f8130c3eee29480",                                                                                       MADE,        COOKIE_INVALID, NULL  },
        {"the last byte",             {SECRET},                 "198.51.100.100",                       CLIENT "010000005cf79f111f8130c3eee29481",
         MADE,                                                                                                                                                  COOKIE_INVALID, NULL  },
        {"another version",           {SECRET},                 "198.51.100.100",                       CLIENT "020000005cf79f111f8130c3eee29480",
         MADE,                                                                                                                                                  COOKIE_INVALID, NULL  },
        {"half an hour",              {SECRET},                 "198.51.100.100",                       COOKIE,                                    MADE + 1800, COOKIE_FRESH,   NULL  },
        {"half an hour and more",     {SECRET},                 "198.51.100.100",                       COOKIE,                                    MADE + 1801, COOKIE_OLD,
         NULL                                                                                                                                                                         },
        {"an hour",                   {SECRET},                 "198.51.100.100",                       COOKIE,                                    MADE + 3600, COOKIE_OLD,     NULL  },
        {"an hour and more",          {SECRET},                 "198.51.100.100",                       COOKIE,                                    MADE + 3601, COOKIE_INVALID, NULL  },
        {"five minutes early",        {SECRET},                 "198.51.100.100",                       COOKIE,                                    MADE - 300,  COOKIE_FRESH,   NULL  },
        {"earlier",                   {SECRET},                 "198.51.100.100",                       COOKIE,                                    MADE - 301,  COOKIE_INVALID, NULL  },
};

static struct cookie_settings read_settings(const struct row *row)
{
    struct cookie_settings settings = {.mode = COOKIE_ON};
    while (settings.count < COOKIE_SECRETS_MAX && row->secrets[settings.count] != NULL) {
        read_hex(row->secrets[settings.count], settings.secrets[settings.count]);
        settings.count++;
    }
    return settings;
}

static void cookies_are_judged_and_made(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct cookie_settings settings = read_settings(&rows[i]);
        union net_address client;
        uint8_t cookie[COOKIE_BYTES];
        uint8_t want[COOKIE_BYTES];

        assert_int_equal(net_address_parse(rows[i].client, 53, &client), 0);
        read_hex(rows[i].cookie, cookie);
        enum cookie_verdict got = cookie_check(&settings, &client, cookie, rows[i].now_s);
        if (got != rows[i].want)
            fail_msg("%s: got %u", rows[i].what, (unsigned)got);
        if (rows[i].made == NULL)
            continue;
        read_hex(rows[i].made, want);
        cookie_make(&settings, &client, cookie, rows[i].now_s);
        if (memcmp(cookie, want, sizeof(want)) != 0)
            fail_msg("%s: another cookie was made", rows[i].what);
    }
}

/* RFC 1982: the time of a cookie goes around in 2106. */
static void time_may_wrap(void **state)
{
    struct cookie_settings settings = {.count = 1};
    union net_address client;
    uint8_t cookie[COOKIE_BYTES] = {1};
    (void)state;

    assert_int_equal(net_address_parse("192.0.2.1", 53, &client), 0);
    cookie_make(&settings, &client, cookie, UINT32_MAX);
    assert_int_equal(cookie_check(&settings, &client, cookie, 1), COOKIE_FRESH);
    assert_int_equal(cookie_check(&settings, &client, cookie, 1900), COOKIE_OLD);
    cookie_make(&settings, &client, cookie, 10);
    assert_int_equal(cookie_check(&settings, &client, cookie, UINT32_MAX - 10), COOKIE_FRESH);
    assert_int_equal(cookie_check(&settings, &client, cookie, UINT32_MAX - 1000), COOKIE_INVALID);
}

static void a_secret_is_invented_once(void **state)
{
    static const uint8_t zeros[COOKIE_SECRET_BYTES];
    struct cookie_settings settings = {.count = 0};
    (void)state;

    assert_int_equal(cookie_invent_secret(&settings), 0);
    assert_int_equal(settings.count, 1);
    assert_memory_not_equal(settings.secrets[0], zeros, sizeof(zeros));
    struct cookie_settings before = settings;
    assert_int_equal(cookie_invent_secret(&settings), 0);
    assert_memory_equal(&settings, &before, sizeof(before));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(cookies_are_judged_and_made),
            cmocka_unit_test(time_may_wrap),
            cmocka_unit_test(a_secret_is_invented_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
