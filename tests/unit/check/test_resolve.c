/* test_resolve.c -- names with a thousand addresses, with none, and lookups that nobody waits for any more: the C
 * library's lookup is this file's. */
#include "test.h"

#include <netdb.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "base/mem.h"
#include "check/resolve.h"

#define THOUSAND 1000U

static _Atomic unsigned lists; /* handed out and not given back */

static struct addrinfo *new_address(int family, uint32_t number, struct addrinfo *next)
{
    struct addrinfo *address = mem_zalloc(1, sizeof(*address));
    address->ai_family = family;
    address->ai_next = next;
    if (family == AF_INET) {
        struct sockaddr_in *v4 = mem_zalloc(1, sizeof(*v4));
        v4->sin_family = AF_INET;
        v4->sin_addr.s_addr = htonl(number);
        address->ai_addr = (struct sockaddr *)v4;
    }
    return address;
}

/* "4:6:4" has an IPv4 address, then one of IPv6, then an IPv4 one again; "many" a thousand. */
int getaddrinfo(
        const char *name, const char *service, const struct addrinfo *hints, struct addrinfo **ret)
{
    struct addrinfo *list = NULL;
    (void)service, (void)hints;
    if (strcmp(name, "nothing") == 0)
        return EAI_NONAME;
    if (strcmp(name, "broken") == 0)
        return EAI_AGAIN;
    if (strcmp(name, "many") == 0)
        for (uint32_t i = THOUSAND; i > 0; i--)
            list = new_address(AF_INET, i, list);
    for (size_t i = strlen(name); i > 0 && strcmp(name, "many") != 0; i--)
        if (name[i - 1] == '4' || name[i - 1] == '6')
            list = new_address(name[i - 1] == '4' ? AF_INET : AF_INET6, (uint32_t)i, list);
    lists++;
    *ret = list;
    return 0;
}

void freeaddrinfo(struct addrinfo *list)
{
    lists -= list != NULL;
    while (list != NULL) {
        struct addrinfo *next = list->ai_next;
        free(list->ai_addr);
        free(list);
        list = next;
    }
}

struct outcome {
    unsigned calls;
    int error;
    size_t count;
    uint32_t first, last;
};

static void on_resolved(void *context, int error, const struct in_addr *addresses, size_t count)
{
    struct outcome *outcome = context;
    *outcome = (struct outcome){.calls = outcome->calls + 1, .error = error, .count = count};
    if (count > 0) {
        outcome->first = ntohl(addresses[0].s_addr);
        outcome->last = ntohl(addresses[count - 1].s_addr);
    }
}

static void test_names(void **state)
{
    static const struct {
        const char *name;
        int error;
        size_t count;
        uint32_t first, last;
    } rows[] = {
            {"4",       0,             1,                     1, 1                    },
            {"6:4:6:4", 0,             2,                     3, 7                    },
            {"many",    0,             RESOLVE_ADDRESSES_MAX, 1, RESOLVE_ADDRESSES_MAX},
            {"6:6",     UV_EAI_NODATA, 0,                     0, 0                    },
            {"nothing", UV_EAI_NONAME, 0,                     0, 0                    },
            {"broken",  UV_EAI_AGAIN,  0,                     0, 0                    },
    };
    uv_loop_t loop;
    (void)state;
    assert_int_equal(uv_loop_init(&loop), 0);
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct outcome outcome = {.calls = 0};
        struct resolve *resolve;
        assert_int_equal(resolve_start(&resolve, &loop, rows[i].name, on_resolved, &outcome), 0);
        uv_run(&loop, UV_RUN_DEFAULT);
        if (outcome.calls != 1 || outcome.error != rows[i].error ||
                outcome.count != rows[i].count || outcome.first != rows[i].first ||
                outcome.last != rows[i].last)
            fail_msg("%s: %u calls, %d, %zu addresses, %u to %u", rows[i].name, outcome.calls,
                    outcome.error, outcome.count, outcome.first, outcome.last);
    }
    assert_int_equal(uv_loop_close(&loop), 0);
    assert_int_equal(lists, 0);
}

static void test_nobody_waits(void **state)
{
    struct outcome outcome = {.calls = 0};
    struct resolve *resolve;
    uv_loop_t loop;
    (void)state;
    assert_int_equal(uv_loop_init(&loop), 0);
    assert_int_equal(resolve_start(&resolve, &loop, "many", on_resolved, &outcome), 0);
    resolve_cancel(resolve);
    uv_run(&loop, UV_RUN_DEFAULT);
    assert_int_equal(outcome.calls, 0);
    assert_int_equal(uv_loop_close(&loop), 0);
    assert_int_equal(lists, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_names),
            cmocka_unit_test(test_nobody_waits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
