/* text.c -- see text.h.
 *
 * ldns says of what values a type's rdata consists (its descriptors).  Values that many types have are
 * read by field.h; the rest go to ldns one by one.  ldns_rr_new_frm_str() is not used: it allocates
 * some 300 kB per record, ignores what stands behind the last value, takes names of one letter for
 * absolute and gives no reason for a refusal.
 */
#include "dns/text.h"

#include <ldns/ldns.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/str.h"
#include "dns/field.h"
#include "dns/name.h"
#include "dns/rr.h"
#include "dns/sound.h"
#include "dns/wire.h"

/* The longest rdata is shorter than this in every notation: \DDD takes four bytes for one. */
#define TEXT_VALUE_MAX (4U * RR_RDATA_MAX + 1024U)

#define TYPES_COMMON 261U /* ldns keeps descriptors for the types below, and for DLV */
#define TYPE_DLV     32769U
#define HIP_TOKENS   3

/* How much of the line one value takes. */
enum extent {
    EXTENT_TOKEN,
    EXTENT_HIP,  /* three tokens */
    EXTENT_REST, /* all of it */
};

static field_kind read_ipseckey;
static field_kind read_time;

/* Values read without ldns, by ldns's number of the kind. */
static field_kind *const own_kinds[] = {
        [LDNS_RDF_TYPE_DNAME] = field_name,
        [LDNS_RDF_TYPE_INT8] = field_int8,
        [LDNS_RDF_TYPE_INT16] = field_int16,
        [LDNS_RDF_TYPE_INT32] = field_int32,
        [LDNS_RDF_TYPE_A] = field_a,
        [LDNS_RDF_TYPE_AAAA] = field_aaaa,
        [LDNS_RDF_TYPE_STR] = field_string,
        [LDNS_RDF_TYPE_HEX] = field_hex,
        [LDNS_RDF_TYPE_NSEC] = field_types,
        [LDNS_RDF_TYPE_TYPE] = field_type,
        [LDNS_RDF_TYPE_PERIOD] = field_period,
        [LDNS_RDF_TYPE_TAG] = field_tag,
        [LDNS_RDF_TYPE_LONG_STR] = field_long_string,
        [LDNS_RDF_TYPE_IPSECKEY] = read_ipseckey,
        [LDNS_RDF_TYPE_WKS] = field_wks,
        [LDNS_RDF_TYPE_TIME] = read_time,
        [LDNS_RDF_TYPE_B64] = field_base64,
        [LDNS_RDF_TYPE_NSEC3_NEXT_OWNER] = field_hash,
};

/* Values that ldns reads.  `number` does it where they start with a digit, because ldns takes a number
 * for good whatever follows its digits. */
struct conversion {
    ldns_rdf_type kind;
    enum extent extent;
    field_kind *number;
    sound_check *check; /* what ldns does not look at, or NULL */
    const char *fault;  /* the sentence before the text that was read */
};

static const struct conversion conversions[] = {
        {LDNS_RDF_TYPE_TIME,              EXTENT_TOKEN, NULL,        NULL,      "not a time (YYYYMMDDHHMMSS)"         },
        {LDNS_RDF_TYPE_APL,               EXTENT_TOKEN, NULL,        sound_apl, "not a prefix (family:address/length)"},
        {LDNS_RDF_TYPE_CERT_ALG,          EXTENT_TOKEN, field_int16, NULL,      "not a certificate type"              },
        {LDNS_RDF_TYPE_ALG,               EXTENT_TOKEN, field_int8,  NULL,      "not a DNSSEC algorithm"              },
        {LDNS_RDF_TYPE_HIP,               EXTENT_HIP,   NULL,        NULL,      "not an algorithm, tag and key"       },
        {LDNS_RDF_TYPE_LOC,               EXTENT_REST,  NULL,        sound_loc, "not a location (RFC 1876)"           },
        {LDNS_RDF_TYPE_NSAP,              EXTENT_TOKEN, NULL,        sound_hex, "not an NSAP address"                 },
        {LDNS_RDF_TYPE_ATMA,              EXTENT_TOKEN, NULL,        sound_hex, "not an ATM address"                  },
        {LDNS_RDF_TYPE_NSEC3_SALT,        EXTENT_TOKEN, NULL,        NULL,      "not a salt in hex, or - for none"    },
        {LDNS_RDF_TYPE_ILNP64,            EXTENT_TOKEN, NULL,        NULL,      "not a 64-bit identifier"             },
        {LDNS_RDF_TYPE_EUI48,             EXTENT_TOKEN, NULL,        NULL,      "not an EUI-48 address"               },
        {LDNS_RDF_TYPE_EUI64,             EXTENT_TOKEN, NULL,        NULL,      "not an EUI-64 address"               },
        {LDNS_RDF_TYPE_CERTIFICATE_USAGE, EXTENT_TOKEN, field_int8,  NULL,
         "not a certificate usage"                                                                                    },
        {LDNS_RDF_TYPE_SELECTOR,          EXTENT_TOKEN, field_int8,  NULL,      "not a selector"                      },
        {LDNS_RDF_TYPE_MATCHING_TYPE,     EXTENT_TOKEN, field_int8,  NULL,      "not a matching type"                 },
        {LDNS_RDF_TYPE_SVCPARAMS,         EXTENT_REST,  NULL,        sound_svc, "not parameters (key=value ...)"      },
};

/* Types that are read or asked so often that ldns's search through all its names would show, and
 * question types, which ldns does not describe. */
static const struct {
    uint16_t type;
    const char *mnemonic;
} frequent[] = {
        {RR_A,     "A"    },
        {RR_AAAA,  "AAAA" },
        {RR_CNAME, "CNAME"},
        {RR_NS,    "NS"   },
        {RR_MX,    "MX"   },
        {RR_TXT,   "TXT"  },
        {RR_SRV,   "SRV"  },
        {RR_PTR,   "PTR"  },
        {RR_CAA,   "CAA"  },
        {RR_SOA,   "SOA"  },
        {RR_ANY,   "ANY"  },
        {RR_AXFR,  "AXFR" },
        {RR_IXFR,  "IXFR" },
};

static const ldns_rr_descriptor *describe(uint16_t type)
{
    const ldns_rr_descriptor *descriptor = ldns_rr_descript(type);
    /* For a type it does not know ldns gives a descriptor of another number. */
    return descriptor != NULL && descriptor->_type == type ? descriptor : NULL;
}

int text_type_parse(const char *text, uint16_t *ret)
{
    uint64_t number;

    for (size_t i = 0; i < COUNT(frequent); i++) {
        if (strcasecmp(text, frequent[i].mnemonic) == 0) {
            *ret = frequent[i].type;
            return 0;
        }
    }
    if (strncasecmp(text, "TYPE", 4) == 0) {
        if (str_parse_number(text + 4, UINT16_MAX, &number) != 0 || number == 0)
            return ERR_SYNTAX;
        *ret = (uint16_t)number;
        return 0;
    }
    ldns_rr_type type = ldns_get_rr_type_by_name(text);
    if (type == 0)
        return ERR_SYNTAX;
    *ret = (uint16_t)type;
    return 0;
}

void text_type_each(void (*offer)(void *context, const char *mnemonic), void *context)
{
    for (uint16_t type = 1; type < TYPES_COMMON; type++) {
        const ldns_rr_descriptor *descriptor = describe(type);
        if (descriptor != NULL && !rr_type_is_meta(type))
            offer(context, descriptor->_name);
    }
    if (describe(TYPE_DLV) != NULL)
        offer(context, describe(TYPE_DLV)->_name);
}

const char *text_type_format(uint16_t type, char ret[TEXT_TYPE_MAX])
{
    const ldns_rr_descriptor *descriptor = describe(type);

    for (size_t i = 0; i < COUNT(frequent); i++) {
        if (frequent[i].type == type) {
            snprintf(ret, TEXT_TYPE_MAX, "%s", frequent[i].mnemonic);
            return ret;
        }
    }
    if (descriptor != NULL)
        snprintf(ret, TEXT_TYPE_MAX, "%s", descriptor->_name);
    else
        snprintf(ret, TEXT_TYPE_MAX, "TYPE%u", type);
    return ret;
}

/* Finds where the value ends that starts with `token`, and moves the reader there. */
static int find_extent(struct field_reader *reader, const struct field_token *token,
        enum extent extent, const char **end)
{
    struct field_token next = *token;
    int tokens = 1;
    int more = 1;

    while (more > 0) {
        *end = next.at + next.length + next.quoted;
        if (extent == EXTENT_TOKEN || (extent == EXTENT_HIP && tokens == HIP_TOKENS))
            return 0;
        more = field_next(reader, &next);
        tokens++;
    }
    return more;
}

static int convert(
        struct field_reader *reader, const struct conversion *kind, const struct field_token *token)
{
    const char *start = token->at - token->quoted;
    const char *end;

    int error = find_extent(reader, token, kind->extent, &end);
    if (error != 0)
        return error;
    size_t length = (size_t)(end - start);
    if (length > TEXT_VALUE_MAX)
        return ERR_TOO_LARGE;
    char *text = mem_alloc(length + 1);
    memcpy(text, start, length);
    text[length] = '\0';

    ldns_rdf *rdf = ldns_rdf_new_frm_str(kind->kind, text);
    bool sound = rdf != NULL &&
                 (kind->check == NULL || kind->check(text, ldns_rdf_data(rdf), ldns_rdf_size(rdf)));
    if (sound)
        wire_write(reader->out, ldns_rdf_data(rdf), ldns_rdf_size(rdf));
    ldns_rdf_deep_free(rdf);
    free(text);
    return sound ? 0
                 : field_fault_token(
                           reader, kind->fault, &(struct field_token){start, length, false});
}

static const struct conversion *find_conversion(ldns_rdf_type kind)
{
    for (size_t i = 0; i < COUNT(conversions); i++)
        if (conversions[i].kind == kind)
            return &conversions[i];
    return NULL;
}

static int read_value(
        struct field_reader *reader, ldns_rdf_type kind, const struct field_token *token)
{
    const struct conversion *conversion = find_conversion(kind);
    bool digit = !token->quoted && *token->at >= '0' && *token->at <= '9';

    if ((size_t)kind < COUNT(own_kinds) && own_kinds[kind] != NULL)
        return own_kinds[kind](reader, token);
    if (conversion == NULL)
        return field_fault(reader,
                "this type has no notation of its own: write it as \\# LENGTH HEX (RFC 3597)");
    if (conversion->number != NULL && digit)
        return conversion->number(reader, token);
    return convert(reader, conversion, token);
}

/* RRSIG times: fourteen digits are a date, fewer are seconds. */
static int read_time(struct field_reader *reader, const struct field_token *token)
{
    const struct conversion *time = find_conversion(LDNS_RDF_TYPE_TIME);

    if (token->length != 14)
        return field_int32(reader, token);
    for (size_t i = 0; i < token->length; i++)
        if (token->at[i] < '0' || token->at[i] > '9')
            return field_fault_token(reader, time->fault, token);
    return convert(reader, time, token);
}

/* Precedence, gateway type, algorithm, gateway, key (RFC 4025 section 3.1).  Not through ldns, which
 * takes no relative name for the gateway. */
static int read_ipseckey(struct field_reader *reader, const struct field_token *token)
{
    static field_kind *const gateways[] = {field_name, field_a, field_aaaa, field_name};
    struct field_token next[4] = {*token}; /* precedence, gateway type, algorithm, gateway */

    for (size_t i = 0; i < COUNT(next); i++) {
        int more = i > 0 ? field_next(reader, &next[i]) : 1;
        if (more == 0)
            return field_fault(reader, "IPSECKEY wants a precedence, a gateway type, an algorithm, "
                                       "a gateway and a key");
        int error = more < 0 ? more : i < 3 ? field_int8(reader, &next[i]) : 0;
        if (error != 0)
            return error;
    }
    size_t kind = (size_t)(*next[1].at - '0');
    if (next[1].length != 1 || kind >= COUNT(gateways))
        return field_fault_token(reader, "not a gateway type from 0 to 3", &next[1]);
    size_t before = reader->out->at;
    int error = gateways[kind](reader, &next[3]);
    if (error != 0)
        return error;
    if (kind == 0)
        reader->out->at = before; /* "." stands for no gateway and has no bytes */
    int more = field_next(reader, &next[0]);
    return more > 0 ? field_base64(reader, &next[0]) : more;
}

static int read_values(
        struct field_reader *reader, uint16_t type, const ldns_rr_descriptor *descriptor)
{
    size_t most = ldns_rr_descriptor_maximum(descriptor);
    size_t least = ldns_rr_descriptor_minimum(descriptor);
    size_t count = 0;
    char mnemonic[TEXT_TYPE_MAX];
    struct field_token token;

    for (; count < most; count++) {
        int more = field_next(reader, &token);
        if (more < 0)
            return more;
        if (more == 0)
            break;
        int error = read_value(reader, ldns_rr_descriptor_field_type(descriptor, count), &token);
        if (error != 0)
            return error;
    }
    if (count < least)
        return field_fault(reader, "%s wants %zu value%s, here %s %zu",
                text_type_format(type, mnemonic), least, least == 1 ? "" : "s",
                count == 1 ? "is" : "are", count);
    int more = field_next(reader, &token);
    return more > 0 ? field_fault_token(reader, "unexpected text behind the last value", &token)
                    : more;
}

/* Makes an ldns record of rdata.  Returns 0 and a new record in *ret, or ERR_SYNTAX if the bytes are not
 * whole, uncompressed rdata of this type. */
static int record_from_wire(uint16_t type, const uint8_t *rdata, size_t size, ldns_rr **ret)
{
    size_t wire_size = 1 + RR_FIXED_BYTES + size;
    uint8_t *wire = mem_zalloc(1, wire_size);
    struct wire_writer writer = {.bytes = wire + 1, .size = wire_size - 1};
    uint8_t *again = NULL;
    size_t again_size = 0;
    size_t at = 0;
    ldns_rr *record = NULL;

    wire_write16(&writer, type);
    wire_write16(&writer, RR_CLASS_IN);
    wire_write32(&writer, 0);
    wire_write16(&writer, (uint16_t)size);
    wire_write(&writer, rdata, size);

    /* ldns reads rdata that ends early, and decompresses names: only what comes back byte for byte,
     * with all its values, is what it seems. */
    bool valid =
            ldns_wire2rr(&record, wire, wire_size, &at, LDNS_SECTION_ANSWER) == LDNS_STATUS_OK &&
            ldns_rr_rd_count(record) >= describe(type)->_minimum &&
            ldns_rr2wire(&again, record, LDNS_SECTION_ANSWER, &again_size) == LDNS_STATUS_OK &&
            again_size == wire_size && memcmp(again, wire, wire_size) == 0;
    free(wire);
    free(again);
    if (!valid) {
        ldns_rr_free(record);
        return ERR_SYNTAX;
    }
    *ret = record;
    return 0;
}

/* Reads `length hex` behind "\#" (RFC 3597 section 5). */
static int read_generic(struct field_reader *reader, uint16_t type)
{
    struct field_token token;
    char digits[TEXT_TYPE_MAX];
    uint64_t length;
    ldns_rr *record;
    char mnemonic[TEXT_TYPE_MAX];

    int more = field_next(reader, &token);
    if (more <= 0 || token.length >= sizeof(digits))
        return more < 0 ? more : field_fault(reader, "\\# wants a length and hexadecimal digits");
    snprintf(digits, sizeof(digits), "%.*s", (int)token.length, token.at);
    if (str_parse_number(digits, RR_RDATA_MAX, &length) != 0)
        return field_fault_token(reader, "not a length from 0 to 65535 behind \\#", &token);

    more = field_next(reader, &token);
    int error = more > 0 ? field_hex(reader, &token) : more;
    if (error != 0)
        return error;
    if (reader->out->failed)
        return ERR_TOO_LARGE;
    if (reader->out->at != length)
        return field_fault(
                reader, "\\# says %u bytes, but here are %zu", (unsigned)length, reader->out->at);
    /* A known type must be sound in this notation too: its names and lengths will be relied on. */
    if (describe(type) == NULL)
        return 0;
    if (record_from_wire(type, reader->out->bytes, reader->out->at, &record) != 0)
        return field_fault(
                reader, "these bytes are not the rdata of %s", text_type_format(type, mnemonic));
    ldns_rr_free(record);
    return 0;
}

static int read_rdata(struct field_reader *reader, uint16_t type)
{
    const ldns_rr_descriptor *descriptor = describe(type);
    struct field_reader ahead = *reader;
    struct field_token token = {.at = ""};

    if (field_next(&ahead, &token) > 0 && !token.quoted && token.length == 2 &&
            memcmp(token.at, "\\#", 2) == 0) {
        reader->at = ahead.at;
        return read_generic(reader, type);
    }
    if (descriptor == NULL || rr_type_is_meta(type))
        return read_value(reader, LDNS_RDF_TYPE_UNKNOWN, &token);
    return read_values(reader, type, descriptor);
}

int text_rdata_parse(uint16_t type, const char *text, const uint8_t *origin,
        struct wire_writer *ret, char why[TEXT_ERROR_MAX])
{
    size_t room = ret->failed ? 0 : ret->size - ret->at;
    struct wire_writer out = {
            .bytes = ret->bytes + ret->at,
            .size = room < RR_RDATA_MAX ? room : RR_RDATA_MAX,
    };
    struct field_reader reader = {.at = text, .origin = origin, .out = &out, .why = why};

    int error = read_rdata(&reader, type);
    if (error == 0 && out.failed)
        error = ERR_TOO_LARGE;
    if (error == ERR_TOO_LARGE)
        snprintf(why, TEXT_ERROR_MAX, "the rdata is longer than %zu bytes", out.size);
    if (error != 0)
        return error;
    ret->at += out.at;
    return (int)out.at;
}

static void format_generic(const uint8_t *rdata, size_t size, char *ret, size_t room)
{
    size_t at = (size_t)snprintf(ret, room, "\\# %zu%s", size, size > 0 ? " " : "");
    for (size_t i = 0; i < size && at + 2 < room; i++, at += 2)
        snprintf(ret + at, room - at, "%02x", rdata[i]);
}

/* Returns how many bytes it would take, as snprintf() does. */
static size_t format_value(const ldns_rdf *rdf, const char *before, char *ret, size_t room)
{
    char name[NAME_TEXT_MAX];

    /* ldns leaves quotes and other special bytes of names bare. */
    if (ldns_rdf_get_type(rdf) == LDNS_RDF_TYPE_DNAME)
        return (size_t)snprintf(ret, room, "%s%s", before, name_to_text(ldns_rdf_data(rdf), name));
    char *value = ldns_rdf2str(rdf);
    int length = snprintf(ret, room, "%s%s", before, value != NULL ? value : "");
    free(value);
    return (size_t)length;
}

int text_rdata_format(uint16_t type, const uint8_t *rdata, size_t size, char *ret, size_t room)
{
    ldns_rr *record = NULL;

    if (describe(type) == NULL) {
        format_generic(rdata, size, ret, room);
        return 0;
    }
    if (size > RR_RDATA_MAX || record_from_wire(type, rdata, size, &record) != 0) {
        format_generic(rdata, size, ret, room);
        return ERR_SYNTAX;
    }
    size_t at = 0;
    *ret = '\0';
    for (size_t i = 0; i < ldns_rr_rd_count(record) && at < room; i++)
        at += format_value(ldns_rr_rdf(record, i), i > 0 ? " " : "", ret + at, room - at);
    ldns_rr_free(record);
    if (at == 0 && size > 0) /* ldns gives up on an IPSECKEY without key */
        format_generic(rdata, size, ret, room);
    return 0;
}
