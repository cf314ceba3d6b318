/* test_rrset.c -- records to wire form. */
#include "test.h"

#include <string.h>

#include "dns/rr.h"
#include "zone/rrset.h"

static const uint8_t owner[] = "\3www\7example";

static struct zone_record make(uint16_t type, const char *rdata, uint16_t bytes, uint32_t ttl)
{
    return (struct zone_record){.owner = owner,
            .type = type,
            .rdata = (const uint8_t *)rdata,
            .rdata_bytes = bytes,
            .ttl = ttl};
}

static void test_one_record(void **state)
{
    (void)state;
    static const uint8_t wire[] = "\xc0\x0c\0\x10\0\1\x7f\xff\xff\xff\0\3\2hi";
    struct arena *arena = arena_new();
    struct zone_record record = make(RR_TXT, "\2hi", 3, 2147483647);
    const struct zone_record *records[] = {&record};
    struct rrset rrset;

    rrset_compile(arena, records, 1, &rrset);
    assert_int_equal(rrset.type, RR_TXT);
    assert_int_equal(rrset.count, 1);
    assert_int_equal(rrset.ttl, 2147483647);
    assert_null(rrset.group);
    assert_int_equal(rrset.size_bytes, sizeof(wire) - 1);
    assert_memory_equal(rrset.wire, wire, sizeof(wire) - 1);
    arena_free(arena);
}

static void test_empty_rdata(void **state)
{
    (void)state;
    struct arena *arena = arena_new();
    struct zone_record record = make(65280, "", 0, 0);
    const struct zone_record *records[] = {&record};
    struct rrset rrset;

    rrset_compile(arena, records, 1, &rrset);
    assert_int_equal(rrset.size_bytes, 12);
    assert_memory_equal(rrset.wire, "\xc0\x0c\xff\0\0\1\0\0\0\0\0\0", 12);
    arena_free(arena);
}

/* Equal data once, whatever the case of names in it; the lowest TTL for all. */
static void test_equal_records_and_ttl(void **state)
{
    (void)state;
    struct arena *arena = arena_new();
    struct zone_record all[] = {
            make(RR_NS, "\1b\0", 3, 60),
            make(RR_NS, "\1a\0", 3, 30),
            make(RR_NS, "\1B\0", 3, 90),
            make(RR_NS, "\1c\0", 3, 60),
    };
    const struct zone_record *records[] = {&all[0], &all[1], &all[2], &all[3]};
    struct rrset rrset;

    assert_int_equal(rrset_size_bytes(records, COUNT(records)), 4 * 15);
    rrset_compile(arena, records, COUNT(records), &rrset);
    assert_int_equal(rrset.count, 3);
    assert_int_equal(rrset.ttl, 30);
    assert_int_equal(rrset.size_bytes, 3 * 15);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(rrset.wire[15 * i + 9], 30);
        assert_int_equal(rrset.wire[15 * i + 13] | 0x20, 'a' + i);
    }
    arena_free(arena);
}

/* Header, question, OPT and options of a response leave this much. */
static void test_room(void **state)
{
    (void)state;
    enum {
        ROOM = 65535 - 12 - 4 - 11 - 126
    };
    static const char label[] =
            "\77aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
    uint8_t longest[NAME_MAX_BYTES] = {0};

    memcpy(longest, label, 64);
    memcpy(longest + 64, label, 64);
    memcpy(longest + 128, label, 64);
    memcpy(longest + 192, "\75", 1);
    memcpy(longest + 193, label + 1, 61);
    const struct {
        const char *what;
        const uint8_t *owner;
        size_t question_bytes;
    } rows[] = {
            {"the root",         (const uint8_t *)"",             1  },
            {"a name",           owner,                           13 },
            {"the longest name", longest,                         255},
            {"a wildcard",       (const uint8_t *)"\1*\7example", 255},
            {"no wildcard",      (const uint8_t *)"\2**\1*",      6  },
    };
    for (size_t i = 0; i < COUNT(rows); i++)
        if (rrset_room_bytes(rows[i].owner) != ROOM - rows[i].question_bytes)
            fail_msg("%s: %zu", rows[i].what, rrset_room_bytes(rows[i].owner));
    assert_int_equal(RRSET_MAX_BYTES, ROOM - 1);
    assert_int_equal(RRSET_SURE_BYTES, ROOM - 255);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_room),
            cmocka_unit_test(test_one_record),
            cmocka_unit_test(test_empty_rdata),
            cmocka_unit_test(test_equal_records_and_ttl),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
