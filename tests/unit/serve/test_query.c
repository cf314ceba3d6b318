/* test_query.c -- src/serve/query.c and what it is made of: queries in, responses out.
 *
 * The zones are tests/data/serve/; ldns reads the responses.  A response is compared as text: a first
 * line of RCODE, flags and EDNS, then each section's records, sorted; answers.txt beside the zones has
 * what is expected.
 */
#include "test.h"

#include <ldns/ldns.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dns/edns.h"
#include "dns/message.h"
#include "dns/rr.h"
#include "dns/text.h"
#include "health/ids.h"
#include "serve/query.h"
#include "serve/response.h"
#include "zone/load.h"

#define TEXT_MAX 65536U
#define CLIENT   "198.51.100.100"

struct world {
    struct zone_set *zones;
    struct health_table *table;
    struct health_ids *ids;
    struct rand rand;
    struct query_counters counters;
    struct query_context context;
    struct cookie_settings cookies;
    uint16_t class;       /* of the next question; 0 for IN */
    const char *sent_hex; /* EDNS options of the next query; NULL for none */
};

static void define_check(struct health_table *table, uint32_t slot, const char *id, bool up)
{
    struct health_detail detail = {.flags = HEALTH_DEFINED};
    snprintf(detail.id, sizeof(detail.id), "%s", id);
    health_table_write(table, slot, &detail);
    health_table_put(table, slot,
            (struct health_verdict){.state = up ? HEALTH_UP : HEALTH_DOWN, .since_s = 1});
}

static struct zone *load_zone(const char *origin, const struct zone_basis *basis)
{
    struct diag *diag = diag_new();
    struct zone_source source = {.path = NULL};
    struct zone *zone;
    char path[4096];

    snprintf(path, sizeof(path), "%s/serve/%s.zone", TEST_DATA_DIR, origin);
    source.path = path;
    assert_int_equal(name_from_text(origin, (const uint8_t *)"", &source.origin), 0);
    if (zone_load(&source, basis, &zone, diag) != 0)
        fail_msg("%s: %s", path, diag_fault_at(diag, 0)->message);
    diag_free(diag);
    return zone;
}

static int set_up(void **state)
{
    struct world *world = calloc(1, sizeof(*world));
    assert_non_null(world);
    assert_int_equal(health_table_create(&world->table), 0);
    define_check(world->table, 0, "up", true);
    define_check(world->table, 1, "down", false);
    world->ids = health_ids_new(world->table);
    const struct zone_basis basis = {.ids = world->ids};
    struct zone *zones[] = {
            load_zone("example.com", &basis),
            load_zone("example.org", &basis),
            load_zone("child.example.org", &basis),
            load_zone("odd.example.org", &basis),
            zone_new_faulty((const uint8_t *)"\6faulty\4test"),
    };
    world->zones = zone_set_new(zones, COUNT(zones));
    world->rand = rand_from_seed(1);
    /* Secret, client and time of RFC 9018 appendix A.1. */
    world->cookies.count = 1;
    memcpy(world->cookies.secrets[0],
            "\xe5\xe9\x73\xe5\xa6\xb2\xa4\x3f\x48\xe7\xdc\x84\x9e\x37\xbf\xcf",
            COOKIE_SECRET_BYTES);
    world->context = (struct query_context){
            .zones = world->zones,
            .health = world->table,
            .rand = &world->rand,
            .counters = &world->counters,
            .udp_size_bytes = 1232,
            .tcp_idle_ms = 10000,
            .version_text = "holdfast test",
            .server_id = "ns1",
            .cookies = &world->cookies,
            .now_s = 1559731985,
    };
    *state = world;
    return 0;
}

static int tear_down(void **state)
{
    struct world *world = *state;
    zone_set_free(world->zones);
    health_ids_free(world->ids);
    health_table_close(world->table);
    free(world);
    return 0;
}

/* What a query carries beside its question. */
enum option {
    PLAIN = 0,
    EDNS = 1,
    DO = 2,
    SMALL = 4, /* offers 512 bytes */
    TCP = 8,
    VERSION_1 = 16,
    LARGE = 32, /* offers 4096 bytes */
    RD_CD = 64,
};

/* Appends options, given as hex digits, to the OPT that ends a query. */
static void add_options(struct wire_writer *writer, const char *hex)
{
    size_t start = writer->at;
    unsigned byte;

    for (; hex != NULL && sscanf(hex, "%2x", &byte) == 1; hex += 2)
        wire_write8(writer, (uint8_t)byte);
    wire_store16(writer->bytes + start - 2, (uint16_t)(writer->at - start));
}

static void add_question(
        struct wire_writer *writer, const struct world *world, const char *question)
{
    char name_text[NAME_TEXT_MAX];
    char type_text[TEXT_TYPE_MAX];
    struct name name;
    uint16_t type;

    assert_int_equal(sscanf(question, "%1024s %15s", name_text, type_text), 2);
    assert_int_equal(name_from_text(name_text, (const uint8_t *)"", &name), 0);
    assert_int_equal(text_type_parse(type_text, &type), 0);
    wire_write(writer, name.bytes, name.length);
    wire_write16(writer, type);
    wire_write16(writer, world->class != 0 ? world->class : RR_CLASS_IN);
}

/* `question` is NULL for none. */
static size_t build_query(
        const struct world *world, const char *question, unsigned options, uint8_t *ret)
{
    struct wire_writer writer = {.bytes = ret, .size = 1024, .at = MESSAGE_HEADER_BYTES};
    struct message_header header = {.id = 0xbeef, .counts = {question != NULL}};

    if (question != NULL)
        add_question(&writer, world, question);
    if ((options & EDNS) != 0) {
        uint16_t size = (options & SMALL) != 0 ? 512 : (options & LARGE) != 0 ? 4096 : 1232;
        edns_write(&writer, size, (options & DO) != 0 ? EDNS_DO : 0, 0);
        if ((options & VERSION_1) != 0)
            ret[writer.at - 5] = 1;
        add_options(&writer, world->sent_hex);
        header.counts[3] = 1;
    }
    if ((options & RD_CD) != 0)
        header.flags = MESSAGE_RD | MESSAGE_CD | MESSAGE_AD | MESSAGE_AA;
    message_header_write(ret, &header);
    return writer.at;
}

static int compare_lines(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Appends the records of a section, sorted, each behind `mark`. */
static void print_section(const ldns_rr_list *records, const char *mark, char *ret)
{
    char *lines[512];
    size_t count = ldns_rr_list_rr_count(records);

    assert_true(count <= COUNT(lines));
    for (size_t i = 0; i < count; i++)
        lines[i] = ldns_rr2str(ldns_rr_list_rr(records, i));
    qsort(lines, count, sizeof(*lines), compare_lines);
    for (size_t i = 0; i < count; i++) {
        for (char *at = lines[i]; *at != '\0'; at++)
            *at = *at == '\t' ? ' ' : *at;
        snprintf(ret + strlen(ret), TEXT_MAX - strlen(ret), "%s %s", mark, lines[i]);
        free(lines[i]);
    }
}

/* Appends the options of a response's OPT: the code, and data as hex digits; of extended errors the
 * text. */
static void print_options(const ldns_rdf *opt, char *ret)
{
    struct wire_reader reader = {.bytes = ldns_rdf_data(opt), .size = ldns_rdf_size(opt)};
    uint16_t code;
    uint16_t length;
    const uint8_t *data;

    while (edns_next_option(&reader, &code, &data, &length)) {
        char *at = ret + strlen(ret);
        if (code == 15) {
            snprintf(at, 128, " error=%u \"%.*s\"", wire_load16(data), length - 2, data + 2);
            continue;
        }
        at += snprintf(at, 16, " option-%u=", code);
        for (uint16_t i = 0; i < length; i++)
            at += snprintf(at, 3, "%02x", data[i]);
    }
    assert_false(reader.failed);
}

static const char *rcode_word(const ldns_pkt *packet)
{
    static const char *const words[24] = {"NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP",
            "REFUSED", "YXDOMAIN", [RCODE_BADVERS] = "BADVERS", [RCODE_BADCOOKIE] = "BADCOOKIE"};
    unsigned rcode = ldns_pkt_get_rcode(packet);

    if (ldns_pkt_edns(packet))
        rcode |= (unsigned)ldns_pkt_edns_extended_rcode(packet) << 4;
    assert_true(rcode < COUNT(words) && words[rcode] != NULL);
    return words[rcode];
}

/* Prints a response.  Fails if it is not whole. */
static void print_response(const uint8_t *bytes, size_t length, char *ret)
{
    ldns_pkt *packet;

    ldns_status status = ldns_wire2pkt(&packet, bytes, length);
    if (status != LDNS_STATUS_OK)
        fail_msg("unreadable: %s", ldns_get_errorstr_by_id(status));
    assert_int_equal(ldns_pkt_id(packet), 0xbeef);
    assert_true(ldns_pkt_qr(packet));
    assert_false(ldns_pkt_ra(packet) || ldns_pkt_ad(packet));
    snprintf(ret, TEXT_MAX, "%s%s%s%s%s", rcode_word(packet), ldns_pkt_aa(packet) ? " aa" : "",
            ldns_pkt_tc(packet) ? " tc" : "", ldns_pkt_rd(packet) ? " rd" : "",
            ldns_pkt_cd(packet) ? " cd" : "");
    if (ldns_pkt_edns(packet))
        snprintf(ret + strlen(ret), 64, " edns=%u%s", ldns_pkt_edns_udp_size(packet),
                ldns_pkt_edns_do(packet) ? " do" : "");
    if (ldns_pkt_edns_data(packet) != NULL)
        print_options(ldns_pkt_edns_data(packet), ret);
    snprintf(ret + strlen(ret), 2, "\n");
    print_section(ldns_pkt_answer(packet), "an", ret);
    print_section(ldns_pkt_authority(packet), "ns", ret);
    print_section(ldns_pkt_additional(packet), "ar", ret);
    ldns_pkt_free(packet);
}

/* Asks, and returns the response's length. */
static size_t ask(struct world *world, const char *question, unsigned options, uint8_t *ret)
{
    union net_address client;
    uint8_t query[1024];

    assert_int_equal(net_address_parse(CLIENT, 53, &client), 0);
    size_t length = build_query(world, question, options, query);
    const struct query asked = {&client, (options & TCP) != 0, query, length};
    length = query_answer(&world->context, &asked, ret, MESSAGE_MAX_BYTES);
    assert_int_equal(wire_load16(ret + 4), question != NULL);
    /* The question comes back to the letter. */
    if (question != NULL)
        assert_memory_equal(ret + MESSAGE_HEADER_BYTES, query + MESSAGE_HEADER_BYTES,
                name_length(query + MESSAGE_HEADER_BYTES) + 4);
    return length;
}

/* One case of answers.txt. */
struct expectation {
    char question[NAME_TEXT_MAX];
    unsigned options;
    uint16_t class;
    char sent_hex[256]; /* EDNS options */
    char want[TEXT_MAX];
};

static void read_words(char *words, struct expectation *ret)
{
    static const struct {
        const char *word;
        unsigned option;
    } known[] = {
            {"edns",      EDNS     },
            {"do",        DO       },
            {"small",     SMALL    },
            {"large",     LARGE    },
            {"version-1", VERSION_1},
            {"rd-cd",     RD_CD    },
            {"tcp",       TCP      },
    };
    char *rest;
    ret->options = PLAIN;
    ret->class = RR_CLASS_IN;
    ret->sent_hex[0] = '\0';
    for (char *word = strtok_r(words, " ", &rest); word != NULL;
            word = strtok_r(NULL, " ", &rest)) {
        for (size_t i = 0; i < COUNT(known); i++)
            ret->options |= strcmp(word, known[i].word) == 0 ? known[i].option : 0;
        if (strcmp(word, "ch") == 0)
            ret->class = RR_CLASS_CH;
        (void)sscanf(word, "option=%255s", ret->sent_hex);
    }
}

/* Reads the next case.  Returns false at the end. */
static bool read_expectation(FILE *file, struct expectation *ret)
{
    char line[2048];
    int words = 0;

    do {
        if (fgets(line, sizeof(line), file) == NULL)
            return false;
    } while (line[0] != '?');
    line[strcspn(line, "\n")] = '\0';
    char name[NAME_TEXT_MAX];
    char type[TEXT_TYPE_MAX];
    assert_int_equal(sscanf(line, "? %1024s %15s %n", name, type, &words), 2);
    snprintf(ret->question, sizeof(ret->question), "%.990s %s", name, type);
    read_words(line + words, ret);
    ret->want[0] = '\0';
    while (fgets(line, sizeof(line), file) != NULL && line[0] != '\n')
        snprintf(ret->want + strlen(ret->want), TEXT_MAX - strlen(ret->want), "%s", line);
    return true;
}

static void questions_are_answered(void **state)
{
    static uint8_t response[MESSAGE_MAX_BYTES];
    static struct expectation expectation;
    static char text[TEXT_MAX];
    struct world *world = *state;
    FILE *file = fopen(TEST_DATA_DIR "/serve/answers.txt", "r");
    unsigned count = 0;

    assert_non_null(file);
    for (; read_expectation(file, &expectation); count++) {
        world->class = expectation.class;
        world->sent_hex = expectation.sent_hex;
        size_t length = ask(world, expectation.question, expectation.options, response);
        print_response(response, length, text);
        if (strcmp(text, expectation.want) != 0)
            fail_msg("%s (options %u): got\n%s", expectation.question, expectation.options, text);
    }
    fclose(file);
    assert_true(count > 60);
}

/* Sends raw bytes; returns the response's length and its text. */
static size_t ask_raw(
        struct world *world, const uint8_t *query, size_t length, bool tcp, uint8_t *ret)
{
    static const union net_address client = {.v4 = {.sin_family = AF_INET}};
    const struct query asked = {&client, tcp, query, length};
    return query_answer(&world->context, &asked, ret, MESSAGE_MAX_BYTES);
}

#define ID  "\xbe\xef"
#define WWW "\2up\7example\3com\0\0\1"

static void odd_messages_are_refused(void **state)
{
    struct world *world = *state;
    static const struct {
        const char *what;
        const char *bytes;
        size_t size;
        const char *want; /* NULL: no response */
    } cases[] = {
            {"nothing",        "",                                              0,  NULL       },
            {"header cut",     ID "\0\0\0\1\0\0\0\0\0",                         11, NULL       },
            {"a response",     ID "\x80\0\0\1\0\0\0\0\0\0" WWW "\0\1",          33, NULL       },
            {"header alone",   ID "\0\0\0\0\0\0\0\0\0\0",                       12, "FORMERR\n"},
            {"no question",    ID "\0\0\0\1\0\0\0\0\0\0",                       12, "FORMERR\n"},
            {"question cut",   ID "\0\0\0\1\0\0\0\0\0\0" WWW,                   30, "FORMERR\n"},
            {"two questions",  ID "\0\0\0\2\0\0\0\0\0\0" WWW "\0\1" WWW "\0\1", 52, "FORMERR\n"},
            {"bytes behind",   ID "\0\0\0\1\0\0\0\0\0\0" WWW "\0\1x",           33, "FORMERR\n"},
            {"record missing", ID "\0\0\0\1\0\0\0\0\0\1" WWW "\0\1",            32, "FORMERR\n"},
            {"NOTIFY",         ID "\x20\0\0\1\0\0\0\0\0\0" WWW "\0\1",          32, "NOTIMP\n" },
            {"UPDATE",         ID "\x28\0\0\1\0\0\0\0\0\0" WWW "\0\1",          32, "NOTIMP\n" },
            {"opcode 15",      ID "\x78\0\0\0\0\0\0\0\0\0",                     12, "NOTIMP\n" },
            {"class CH",       ID "\0\0\0\1\0\0\0\0\0\0" WWW "\0\3",            32, "REFUSED\n"},
            {"class ANY",      ID "\0\0\0\1\0\0\0\0\0\0" WWW "\0\xff",          32, "REFUSED\n"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        static uint8_t response[MESSAGE_MAX_BYTES];
        static char text[TEXT_MAX];
        uint8_t query[64] = {0};
        memcpy(query, cases[i].bytes, cases[i].size);
        size_t length = ask_raw(world, query, cases[i].size, false, response);
        if ((length == 0) != (cases[i].want == NULL))
            fail_msg("%s: %zu bytes", cases[i].what, length);
        if (length == 0)
            continue;
        assert_int_equal(
                message_opcode(wire_load16(response + 2)), message_opcode(wire_load16(query + 2)));
        /* ldns does not read every opcode: the text is made without. */
        response[2] = (uint8_t)(response[2] & 0x87);
        print_response(response, length, text);
        if (strcmp(text, cases[i].want) != 0)
            fail_msg("%s: got %s", cases[i].what, text);
    }
}

/* Over UDP nothing is longer than what the client takes; TC comes alone (RFC 2181 section 9). */
static void responses_keep_to_their_limit(void **state)
{
    struct world *world = *state;
    static const struct {
        const char *question;
        unsigned options;
        size_t most;
        bool truncated;
    } cases[] = {
            {"big.example.com. TXT",   PLAIN,        512,   true },
            {"big.example.com. TXT",   EDNS | SMALL, 512,   true },
            {"big.example.com. TXT",   EDNS,         1232,  false},
            {"big.example.com. TXT",   TCP,          65535, false},
            {"x.crowd.example.com. A", EDNS,         1232,  true },
            {"x.crowd.example.com. A", EDNS | LARGE, 1232,  true },
            {"x.crowd.example.com. A", TCP | EDNS,   65535, false},
            {"mxs.example.com. MX",    EDNS,         1232,  false},
            {"mxs.example.com. MX",    PLAIN,        512,   true },
            {"mxs.example.com. MX",    TCP,          65535, false},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        static uint8_t response[MESSAGE_MAX_BYTES];
        struct message_header header;
        size_t length = ask(world, cases[i].question, cases[i].options, response);
        message_header_read(response, &header);
        if (length > cases[i].most)
            fail_msg("%s: %zu bytes", cases[i].question, length);
        if (((header.flags & MESSAGE_TC) != 0) != cases[i].truncated)
            fail_msg("%s, %u: flags %x, %zu bytes", cases[i].question, cases[i].options,
                    header.flags, length);
        unsigned records = header.counts[1];
        records += header.counts[2];
        records += header.counts[3];
        if (cases[i].truncated && records != ((cases[i].options & EDNS) != 0))
            fail_msg("%s: truncated, but with %u records", cases[i].question, records);
    }
    assert_int_equal(world->counters.truncated, 5);
}

/* Every record of an RRset comes first at times, and none is lost or doubled by the turn. */
static void records_take_turns(void **state)
{
    struct world *world = *state;
    bool seen[4] = {false};

    for (int i = 0; i < 100; i++) {
        static uint8_t response[MESSAGE_MAX_BYTES];
        size_t length = ask(world, "many.example.com. A", PLAIN, response);
        assert_int_equal(length, MESSAGE_HEADER_BYTES + 18 + 4 + 3 * 16);
        uint8_t sum = 0;
        for (size_t at = length - 3 * 16; at < length; at += 16)
            sum = (uint8_t)(sum + response[at + 15]);
        assert_int_equal(sum, 1 + 2 + 3);
        seen[response[length - 2 * 16 - 1]] = true;
    }
    assert_true(seen[1] && seen[2] && seen[3]);
}

static void names_keep_the_zones_case(void **state)
{
    struct world *world = *state;
    static uint8_t response[MESSAGE_MAX_BYTES];
    static char text[TEXT_MAX];

    size_t length = ask(world, "nX.eXaMPle.COM. A", PLAIN, response);
    print_response(response, length, text);
    assert_string_equal(text, "NXDOMAIN aa\nns example.com. 60 IN SOA ns1.example.com. "
                              "hostmaster.example.com. 1 7200 900 1209600 60\n");
    /* To the letter equal names share their bytes: question, pointer and two labels for the SOA. */
    size_t plain = ask(world, "nx.example.com. A", PLAIN, response);
    assert_true(plain < length);
}

static void queries_are_counted(void **state)
{
    struct world *world = *state;
    static uint8_t response[MESSAGE_MAX_BYTES];
    struct query_counters before = world->counters;

    ask(world, "up.example.com. A", PLAIN, response);
    ask(world, "nx.example.com. A", TCP, response);
    ask(world, "dead.example.com. A", PLAIN, response);
    ask(world, "up.example.com. A", EDNS | VERSION_1, response);
    ask_raw(world, response, 5, false, response);
    assert_int_equal(world->counters.udp_queries - before.udp_queries, 3);
    assert_int_equal(world->counters.tcp_queries - before.tcp_queries, 1);
    assert_int_equal(world->counters.dropped - before.dropped, 1);
    assert_int_equal(world->counters.fail_open - before.fail_open, 1);
    assert_int_equal(world->counters.rcode[RCODE_NOERROR] - before.rcode[RCODE_NOERROR], 2);
    assert_int_equal(world->counters.rcode[RCODE_NXDOMAIN] - before.rcode[RCODE_NXDOMAIN], 1);
    assert_int_equal(world->counters.rcode[RCODE_BADVERS] - before.rcode[RCODE_BADVERS], 1);
}

/* What the operator did not give is not told. */
static void untold_texts_are_refused(void **state)
{
    struct world *world = *state;
    static const char *const texts[] = {NULL, ""};
    static const char *const questions[] = {
            "version.bind. TXT", "version.server. TXT", "id.server. TXT", "hostname.bind. TXT"};
    static uint8_t response[MESSAGE_MAX_BYTES];
    static char text[TEXT_MAX];

    for (size_t i = 0; i < COUNT(texts) * COUNT(questions); i++) {
        world->context.version_text = texts[i % 2];
        world->context.server_id = texts[i % 2];
        world->class = RR_CLASS_CH;
        world->sent_hex = "00030000";
        size_t length = ask(world, questions[i / 2], EDNS, response);
        print_response(response, length, text);
        if (strncmp(text, "REFUSED edns=1232", 17) != 0 || strstr(text, "option-3") != NULL)
            fail_msg("%s: got %s", questions[i / 2], text);
    }
}

/* RFC 8914 section 3: where there is no room the error is left out, and nothing else. */
static void errors_never_truncate(void **state)
{
    struct world *world = *state;
    static uint8_t response[MESSAGE_MAX_BYTES];
    static char text[TEXT_MAX];
    size_t full = ask(world, "dead.example.com. TXT", EDNS | SMALL, response);

    print_response(response, full, text);
    assert_non_null(strstr(text, "NOERROR aa tc edns=1232 error=0")); /* alone it has room again */
    size_t length = ask(world, "tight.example.com. TXT", EDNS | SMALL, response);
    print_response(response, length, text);
    if (strstr(text, "error=") != NULL || strncmp(text, "NOERROR aa edns=1232\n", 21) != 0)
        fail_msg("%zu bytes: %s", length, text);
    length = ask(world, "tight.example.com. TXT", EDNS, response);
    print_response(response, length, text);
    assert_non_null(strstr(text, "error=0 \"fail-open"));
}

/* Whoever wonders why finds the operator's word in the answer. */
static void a_forced_answer_says_so(void **state)
{
    struct world *world = *state;
    static uint8_t response[MESSAGE_MAX_BYTES];
    static char text[TEXT_MAX];
    static const struct {
        const char *question;
        enum health_state up; /* forced on the check "up" */
        const char *error;    /* NULL: none */
    } rows[] = {
            {"up.example.com. A",  HEALTH_UNKNOWN, NULL                     },
            {"up.example.com. A",  HEALTH_DOWN,
             "error=0 \"forced: an operator has set the health of a check\""},
            {"up.example.com. A",  HEALTH_UP,
             "error=0 \"forced: an operator has set the health of a check\""},
            {"ns1.example.com. A", HEALTH_DOWN,    NULL                     },
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        assert_int_equal(health_table_force(world->table, 0, "up", rows[i].up), 0);
        size_t length = ask(world, rows[i].question, EDNS, response);
        print_response(response, length, text);
        const char *found = strstr(text, "error=");
        if ((found == NULL) != (rows[i].error == NULL) ||
                (found != NULL && strncmp(found, rows[i].error, strlen(rows[i].error)) != 0))
            fail_msg("row %zu: %s", i, text);
    }
    /* An operator's word does not go stale, and comes before what follows from it. */
    world->context.health_is_silent = true;
    assert_int_equal(health_table_force(world->table, 0, "up", HEALTH_DOWN), 0);
    print_response(response, ask(world, "up.example.com. A", EDNS, response), text);
    assert_null(strstr(text, "error=3"));
    assert_int_equal(health_table_force(world->table, 1, "down", HEALTH_DOWN), 0);
    print_response(response, ask(world, "dead.example.com. A", EDNS, response), text);
    assert_non_null(strstr(text, "error=0 \"forced: an operator has set the health of a check\" "
                                 "error=0 \"fail-open: no healthy record\"\n"));
}

#define FAIL_OPEN " error=0 \"fail-open: no healthy record\""
#define STALE     " error=3 \"health is stale: the checker has been silent\""

/* RFC 8914 section 4.4: what was decided by health that nobody keeps fresh says so, and all else it has to
 * say beside it, each once. */
static void stale_health_is_told(void **state)
{
    struct world *world = *state;
    static const struct {
        const char *what;
        const char *question;
        bool silent;
        const char *want; /* how the response begins */
    } cases[] = {
            {"fresh",            "up.example.com. A",    false, "NOERROR aa edns=1232\n"         },
            {"up",               "up.example.com. A",    true,  "NOERROR aa edns=1232" STALE "\n"},
            {"down",             "down.example.com. A",  true,  "NOERROR aa edns=1232" STALE "\n"},
            {"behind an alias",  "alias.example.com. A", true,  "NOERROR aa edns=1232" STALE "\n"},
            {"and fail-open",    "dead.example.com. A",  true,
             "NOERROR aa edns=1232" FAIL_OPEN STALE "\n"                                         },
            {"fail-open alone",  "dead.example.com. A",  false,
             "NOERROR aa edns=1232" FAIL_OPEN "\n"                                               },
            {"twice in a chain", "rdead.example.com. A", true,
             "NOERROR aa edns=1232" FAIL_OPEN STALE "\n"                                         },
            {"a chosen CNAME",   "rc.example.com. A",    true,  "NOERROR aa edns=1232" STALE "\n"},
            {"no check",         "set.example.com. A",   true,  "NOERROR aa edns=1232\n"         },
            {"plain",            "mail.example.com. A",  true,  "NOERROR aa edns=1232\n"         },
            {"nothing chosen",   "up.example.com. AAAA", true,  "NOERROR aa edns=1232\n"         },
            {"only additional",  "rmx.example.com. MX",  true,  "NOERROR aa edns=1232\n"         },
    };
    static uint8_t response[MESSAGE_MAX_BYTES];
    static char text[TEXT_MAX];
    for (size_t i = 0; i < COUNT(cases); i++) {
        world->context.health_is_silent = cases[i].silent;
        size_t length = ask(world, cases[i].question, EDNS, response);
        print_response(response, length, text);
        if (strncmp(text, cases[i].want, strlen(cases[i].want)) != 0)
            fail_msg("%s: got %s", cases[i].what, text);
    }
    /* A check that was never probed has nothing that could be stale. */
    health_table_put(world->table, 0, (struct health_verdict){.state = HEALTH_UP, .no_data = true});
    size_t length = ask(world, "up.example.com. A", EDNS, response);
    print_response(response, length, text);
    assert_null(strstr(text, "error="));
}

#define CLIENT_COOKIE "2464c4abcf10c957"
#define GOOD_COOKIE   CLIENT_COOKIE "010000005cf79f111f8130c3eee29480"
#define GOOD          " option-10=" GOOD_COOKIE

/* RFC 7873 section 5.2 and its modes. */
static void cookies_keep_to_their_mode(void **state)
{
    struct world *world = *state;
    static const struct {
        const char *what;
        enum cookie_mode mode;
        unsigned options;
        const char *sent;
        const char *want; /* how the response begins */
    } cases[] = {
            {"off",                        COOKIE_OFF,     EDNS,       "000a0008" CLIENT_COOKIE,         "NOERROR aa edns=1232\n"        },
            {"off, malformed",             COOKIE_OFF,     EDNS,       "000a000100",                     "NOERROR aa edns=1232\n"        },
            {"on",                         COOKIE_ON,      EDNS,       "000a0008" CLIENT_COOKIE,         "NOERROR aa edns=1232" GOOD "\n"},
            {"5.2.1 no EDNS",              COOKIE_REQUIRE, PLAIN,      NULL,                             "NOERROR aa\n"                  },
            {"5.2.1 no cookie",            COOKIE_REQUIRE, EDNS,       NULL,                             "NOERROR aa edns=1232\n"        },
            {"5.2.2 malformed",            COOKIE_REQUIRE, EDNS,       "000a000100",                     "FORMERR edns=1232\n"           },
            {"5.2.3 a client's alone",     COOKIE_REQUIRE, EDNS,       "000a0008" CLIENT_COOKIE,
             "BADCOOKIE edns=1232" GOOD "\n"                                                                                             },
            {"5.2.3 over TCP",             COOKIE_REQUIRE, EDNS | TCP, "000a0008" CLIENT_COOKIE,
             "NOERROR aa edns=1232" GOOD "\n"                                                                                            },
            {"5.2.4 a bad server's",       COOKIE_REQUIRE, EDNS,
             "000a0018" CLIENT_COOKIE "010000005cf79f111f8130c3eee29481",
             "BADCOOKIE edns=1232" GOOD "\n"                                                                                             },
            {"5.2.5 a good server's",      COOKIE_REQUIRE, EDNS,       "000a0018" GOOD_COOKIE,
             "NOERROR aa edns=1232" GOOD "\n"                                                                                            },
            {"a bad one behind malformed", COOKIE_REQUIRE, EDNS,       "00080000000a0008" CLIENT_COOKIE,
             "FORMERR edns=1232\n"                                                                                                       },
            {"malformed behind a bad one", COOKIE_REQUIRE, EDNS,
             "000a0008" CLIENT_COOKIE "00080000",                                                        "FORMERR edns=1232" GOOD "\n"   },
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        static uint8_t response[MESSAGE_MAX_BYTES];
        static char text[TEXT_MAX];
        world->cookies.mode = cases[i].mode;
        world->sent_hex = cases[i].sent;
        size_t length = ask(world, "up.example.com. A", cases[i].options, response);
        print_response(response, length, text);
        if (strncmp(text, cases[i].want, strlen(cases[i].want)) != 0)
            fail_msg("%s: got %s", cases[i].what, text);
    }
    assert_int_equal(world->counters.rcode[RCODE_BADCOOKIE], 2);
}

#define BAD_COOKIE CLIENT_COOKIE "010000005cf79f111f8130c3eee29481"
#define NO_COOKIE  "FORMERR edns=1232\n"

/* RFC 7873 section 5.4: who has no question can ask for a cookie; for anything else it is malformed (RFC
 * 9619). */
static void a_cookie_needs_no_question(void **state)
{
    struct world *world = *state;
    static const struct {
        const char *what;
        enum cookie_mode mode;
        unsigned options;
        const char *sent;
        const char *want;
    } cases[] = {
            {"a client's alone",        COOKIE_ON,      EDNS,             "000a0008" CLIENT_COOKIE,
             "NOERROR edns=1232" GOOD "\n"                                                                                                             },
            {"over TCP",                COOKIE_ON,      EDNS | TCP,       "000a0008" CLIENT_COOKIE,
             "NOERROR edns=1232" GOOD "\n"                                                                                                             },
            {"where they are required", COOKIE_REQUIRE, EDNS,             "000a0008" CLIENT_COOKIE,
             "NOERROR edns=1232" GOOD "\n"                                                                                                             },
            {"one that is known",       COOKIE_ON,      EDNS,             "000a0018" GOOD_COOKIE,
             "NOERROR edns=1232" GOOD "\n"                                                                                                             },
            {"one that is not",         COOKIE_ON,      EDNS,             "000a0018" BAD_COOKIE,
             "BADCOOKIE edns=1232" GOOD "\n"                                                                                                           },
            {"one that is not, by TCP", COOKIE_ON,      EDNS | TCP,       "000a0018" BAD_COOKIE,
             "BADCOOKIE edns=1232" GOOD "\n"                                                                                                           },
            {"of another length",       COOKIE_ON,      EDNS,             "000a0010" CLIENT_COOKIE CLIENT_COOKIE,
             "BADCOOKIE edns=1232" GOOD "\n"                                                                                                           },
            {"malformed",               COOKIE_ON,      EDNS,             "000a000100",                           NO_COOKIE                            },
            {"cookies off",             COOKIE_OFF,     EDNS,             "000a0008" CLIENT_COOKIE,               NO_COOKIE                            },
            {"no option",               COOKIE_ON,      EDNS,             NULL,                                   NO_COOKIE                            },
            {"another option",          COOKIE_ON,      EDNS,             "00030000",                             "FORMERR edns=1232 option-3=6e7331\n"},
            {"beside another option",   COOKIE_ON,      EDNS,             "00030000000a0008" CLIENT_COOKIE,
             "NOERROR edns=1232 option-3=6e7331" GOOD "\n"                                                                                             },
            {"another version",         COOKIE_ON,      EDNS | VERSION_1, "000a0008" CLIENT_COOKIE,
             "BADVERS edns=1232\n"                                                                                                                     },
            {"no EDNS",                 COOKIE_ON,      PLAIN,            NULL,                                   "FORMERR\n"                          },
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        static uint8_t response[MESSAGE_MAX_BYTES];
        static char text[TEXT_MAX];
        world->cookies.mode = cases[i].mode;
        world->sent_hex = cases[i].sent;
        size_t length = ask(world, NULL, cases[i].options, response);
        print_response(response, length, text);
        if (strcmp(text, cases[i].want) != 0)
            fail_msg("%s: got %s", cases[i].what, text);
    }
    world->context.cookies = NULL;
    world->sent_hex = "000a0008" CLIENT_COOKIE;
    static uint8_t response[MESSAGE_MAX_BYTES];
    size_t length = ask(world, NULL, EDNS, response);
    assert_true(length > 0 && (wire_load16(response + 2) & MESSAGE_RCODE_MASK) == RCODE_FORMERR);
}

/* The longest question, identity and options have room in the smallest response. */
static void all_options_fit(void **state)
{
    struct world *world = *state;
    static const char id[] = "0123456789012345678901234567890123456789012345678901234567890123";
    static uint8_t response[MESSAGE_MAX_BYTES];
    char label[64];
    char question[NAME_TEXT_MAX];

    memset(label, 'x', 63);
    label[63] = '\0';
    snprintf(question, sizeof(question), "%s.%s.%s.%.49s.example.com. A", label, label, label,
            label);
    world->context.server_id = id;
    world->sent_hex = "00030000000a0008" CLIENT_COOKIE "0008001400028000"
                      "20010db8000000000000000000000001"
                      "000b0000";
    size_t length = ask(world, question, EDNS | SMALL, response);
    assert_true(length <= 512);
    length = ask(world, question, EDNS | SMALL | TCP, response);
    assert_true(length > MESSAGE_HEADER_BYTES + NAME_MAX_BYTES + RESPONSE_OPTIONS_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test_setup_teardown(questions_are_answered, set_up, tear_down),
            cmocka_unit_test_setup_teardown(odd_messages_are_refused, set_up, tear_down),
            cmocka_unit_test_setup_teardown(responses_keep_to_their_limit, set_up, tear_down),
            cmocka_unit_test_setup_teardown(records_take_turns, set_up, tear_down),
            cmocka_unit_test_setup_teardown(names_keep_the_zones_case, set_up, tear_down),
            cmocka_unit_test_setup_teardown(queries_are_counted, set_up, tear_down),
            cmocka_unit_test_setup_teardown(untold_texts_are_refused, set_up, tear_down),
            cmocka_unit_test_setup_teardown(errors_never_truncate, set_up, tear_down),
            cmocka_unit_test_setup_teardown(a_forced_answer_says_so, set_up, tear_down),
            cmocka_unit_test_setup_teardown(cookies_keep_to_their_mode, set_up, tear_down),
            cmocka_unit_test_setup_teardown(stale_health_is_told, set_up, tear_down),
            cmocka_unit_test_setup_teardown(a_cookie_needs_no_question, set_up, tear_down),
            cmocka_unit_test_setup_teardown(all_options_fit, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
