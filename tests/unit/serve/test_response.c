/* test_response.c -- src/serve/response.c where a response is full: the largest RRset beside every option, a
 * chain that leads to it, and extended errors in what room is left. */
#include "test.h"

#include <string.h>

#include "dns/rr.h"
#include "serve/response.h"
#include "zone/fixture.h"
#include "zone/zonedb.h"

#define BIG_ROOM  65365U /* for big.example.com. (zone/rrset.h) */
#define WILD_ROOM 65127U
#define LABEL     "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" /* 63 bytes */
#define LONGEST   LABEL "." LABEL "." LABEL ".aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.w"

/* Every option there is, as long as it can be. */
static const uint8_t options[] = "\0\3\0\0"
                                 "\0\12\0\10ABCDEFGH"
                                 "\0\10\0\24\0\2\200\0\40\1\15\270\0\0\0\0\0\0\0\0\0\0\0\1"
                                 "\0\13\0\0";
static const char server_id[] = "0123456789012345678901234567890123456789012345678901234567890123";

struct world {
    struct fixture fixture;
    struct zone_set *zones;
    struct rand rand;
    struct query_counters counters;
    struct query_context context;
    struct cookie_settings cookies;
};

static struct zone *load_zone(struct fixture *fixture)
{
    struct buf text;
    buf_init(&text, FIXTURE_TEXT_MAX);
    buf_add_string(&text, FIXTURE_HEAD "link CNAME big\n"
                                       "links CNAME link\n"
                                       "alias CNAME *.w\n");
    fixture_add_txt(&text, "big", BIG_ROOM);
    fixture_add_txt(&text, "*.w", WILD_ROOM);
    struct zone *zone = fixture_load_good(fixture, "example.com.", buf_string(&text));
    buf_done(&text);
    return zone;
}

static int set_up(void **state)
{
    struct world *world = calloc(1, sizeof(*world));
    assert_non_null(world);
    fixture_init(&world->fixture);
    struct zone *zones[] = {load_zone(&world->fixture)};
    world->zones = zone_set_new(zones, COUNT(zones));
    world->rand = rand_from_seed(1);
    world->cookies.count = 1;
    world->context = (struct query_context){
            .zones = world->zones,
            .health = world->fixture.table,
            .rand = &world->rand,
            .counters = &world->counters,
            .udp_size_bytes = 1232,
            .tcp_idle_ms = 10000,
            .server_id = server_id,
            .cookies = &world->cookies,
    };
    *state = world;
    return 0;
}

static int tear_down(void **state)
{
    struct world *world = *state;
    zone_set_free(world->zones);
    fixture_done(&world->fixture);
    free(world);
    return 0;
}

/* Asks for TXT with every option.  Returns the response's length. */
static size_t ask(struct world *world, const char *owner, bool tcp, uint8_t *ret)
{
    static const uint8_t root[] = {0};
    static const union net_address client = {.v4 = {.sin_family = AF_INET}};
    uint8_t query[1024];
    struct wire_writer writer = {.bytes = query, .size = sizeof(query), .at = MESSAGE_HEADER_BYTES};
    struct message_header header = {
            .counts = {1, 0, 0, 1}
    };
    struct name name;
    struct name apex;

    assert_int_equal(name_from_text("example.com.", root, &apex), 0);
    assert_int_equal(name_from_text(owner, apex.bytes, &name), 0);
    message_header_write(query, &header);
    wire_write(&writer, name.bytes, name.length);
    wire_write16(&writer, RR_TXT);
    wire_write16(&writer, RR_CLASS_IN);
    edns_write(&writer, 4096, 0, 0);
    wire_store16(query + writer.at - 2, sizeof(options) - 1);
    wire_write(&writer, options, sizeof(options) - 1);
    assert_false(writer.failed);
    const struct query asked = {&client, tcp, query, writer.at};
    return query_answer(&world->context, &asked, ret, MESSAGE_MAX_BYTES);
}

/* The largest RRsets fill a message to the last byte, under the longest question there is for them; what a
 * chain leads to and does not fit behind it is left to the client, who goes on from its end. */
static void full_responses(void **state)
{
    struct world *world = *state;
    static const struct {
        const char *owner;
        size_t length; /* over TCP; 0 for less than a full message */
        unsigned links;
        bool whole;
    } cases[] = {
            {"big",   MESSAGE_MAX_BYTES, 0, true },
            {LONGEST, MESSAGE_MAX_BYTES, 0, true },
            {"x.w",   65535 - 238,       0, true },
            {"link",  0,                 1, false},
            {"links", 0,                 2, false},
            {"alias", 0,                 1, true },
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        static uint8_t response[MESSAGE_MAX_BYTES];
        struct message_header header;
        size_t length = ask(world, cases[i].owner, true, response);
        message_header_read(response, &header);
        if (header.flags != (MESSAGE_QR | MESSAGE_AA))
            fail_msg("%s: flags %x", cases[i].owner, header.flags);
        if (cases[i].length != 0 ? length != cases[i].length : length >= MESSAGE_MAX_BYTES)
            fail_msg("%s: %zu bytes", cases[i].owner, length);
        unsigned least = cases[i].links + (cases[i].whole ? 200 : 0);
        if (header.counts[1] < least || (!cases[i].whole && header.counts[1] != least))
            fail_msg("%s: %u records", cases[i].owner, header.counts[1]);
        length = ask(world, cases[i].owner, false, response);
        message_header_read(response, &header);
        if ((header.flags & MESSAGE_TC) == 0 || header.counts[1] != 0 || length > 1232)
            fail_msg("%s over UDP: flags %x, %zu bytes", cases[i].owner, header.flags, length);
    }
}

/* Finishes a response of `room` bytes with these errors and nothing else but OPT.  Returns the codes that
 * it tells. */
static const char *explain(const struct response_error *errors, size_t count, size_t room)
{
    static char told[64];
    struct query_context context = {0};
    struct message_header query = {0};
    struct response response;
    uint8_t bytes[MESSAGE_UDP_PLAIN];
    uint16_t code, length;
    const uint8_t *data;
    size_t used = 0;

    response_begin(&response, &context, &query, bytes, room);
    response_add_edns(&response, &(struct edns){.present = true}, 1232);
    for (size_t i = 0; i < count; i++)
        response_explain(&response, errors[i].code, errors[i].text);
    size_t size = response_finish(&response);
    assert_true(size <= room);
    struct wire_reader reader = {.bytes = bytes, .size = size};
    reader.at = MESSAGE_HEADER_BYTES + EDNS_OPT_BYTES;
    told[0] = '\0';
    while (edns_next_option(&reader, &code, &data, &length)) {
        assert_int_equal(code, EDNS_ERROR);
        used += (size_t)snprintf(told + used, sizeof(told) - used, "%u%.*s ", wire_load16(data),
                length - 2, (const char *)data + 2);
    }
    assert_false(reader.failed);
    return told;
}

/* Each error once, in order, as many as there is room for: one that does not fit gives way to a shorter. */
static void errors_are_listed(void **state)
{
    (void)state;
    static const struct response_error errors[] = {
            {EDNS_ERROR_OTHER, "aaaaaaaa"},
            {EDNS_ERROR_STALE, "b"       },
            {EDNS_ERROR_OTHER, "aaaaaaaa"},
            {EDNS_ERROR_OTHER, "c"       },
            {EDNS_ERROR_STALE, "d"       },
    };
    const size_t least = MESSAGE_HEADER_BYTES + EDNS_OPT_BYTES;

    assert_string_equal(explain(errors, 0, MESSAGE_UDP_PLAIN), "");
    assert_string_equal(explain(errors, 3, MESSAGE_UDP_PLAIN), "0aaaaaaaa 3b ");
    assert_string_equal(explain(errors, 5, MESSAGE_UDP_PLAIN), "0aaaaaaaa 3b 0c ");
    assert_string_equal(explain(errors, 5, least + 14 + 7 + 7), "0aaaaaaaa 3b 0c ");
    assert_string_equal(explain(errors, 5, least + 14 + 7 + 6), "0aaaaaaaa 3b ");
    assert_string_equal(explain(errors, 5, least + 13), "3b ");
    assert_string_equal(explain(errors, 5, least), "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test_setup_teardown(full_responses, set_up, tear_down),
            cmocka_unit_test(errors_are_listed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
