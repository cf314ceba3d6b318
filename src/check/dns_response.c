/* dns_response.c -- see dns_response.h. */
#include "check/dns_response.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "check/shown.h"
#include "dns/rcode.h"
#include "dns/rdata.h"
#include "dns/rr.h"
#include "dns/text.h"

#define SENTENCE_BYTES (HEALTH_REASON_MAX + 1)
#define RDATA_SHOWN    256U

static_assert(DEFINITION_RDATA_MAX < 32, "each ExpectedRdata has a bit");

/* What the answer section holds against ExpectedRdata. */
struct answer {
    uint32_t found;   /* a bit for each that is there */
    uint32_t records; /* of the question's type */
    bool has_first;   /* the first of them is sound */
    struct check_bytes first;
    uint8_t bytes[DEFINITION_RDATA_BYTES];
};

enum dns_response dns_response_match(
        const struct dns_query *query, const uint8_t *message, size_t size)
{
    struct message_header header;
    struct message_question question;

    if (size < MESSAGE_HEADER_BYTES)
        return DNS_RESPONSE_FOREIGN;
    message_header_read(message, &header);
    if (header.id != query->id || (header.flags & MESSAGE_QR) == 0 ||
            message_opcode(header.flags) != OPCODE_QUERY || header.counts[0] != 1 ||
            message_question_read(message, size, &question) != 0)
        return DNS_RESPONSE_FOREIGN;
    if (question.type != query->dns->type || question.class != RR_CLASS_IN ||
            !name_equal(question.name, query->dns->name))
        return DNS_RESPONSE_FOREIGN;
    return (header.flags & MESSAGE_TC) != 0 ? DNS_RESPONSE_TRUNCATED : DNS_RESPONSE_WHOLE;
}

/* ---- ExpectedRdata ---- */

static uint32_t bits_of(const struct check_dns *dns, const struct check_bytes *rdata)
{
    uint32_t bits = 0;
    for (uint32_t i = 0; i < dns->rdata_count; i++)
        if (dns->rdata[i].length == rdata->length &&
                memcmp(dns->rdata[i].bytes, rdata->bytes, rdata->length) == 0)
            bits |= 1U << i;
    return bits;
}

/* Takes one record of the question's type.  An rdata that is larger than any expected one may be, or not
 * sound, equals none. */
static void take_record(const struct check_dns *dns, struct answer *answer,
        const struct wire_reader *reader, const struct message_record *record)
{
    uint8_t bytes[DEFINITION_RDATA_BYTES];
    struct wire_writer writer = {.bytes = bytes, .size = sizeof(bytes)};

    answer->records++;
    if (answer->records > DNS_RESPONSE_RECORDS_MAX ||
            rdata_read(reader->bytes, reader->size, record, &writer) != 0)
        return;
    struct check_bytes rdata = {bytes, writer.at};
    answer->found |= bits_of(dns, &rdata);
    if (answer->records == 1) {
        memcpy(answer->bytes, bytes, writer.at);
        answer->first = (struct check_bytes){answer->bytes, writer.at};
        answer->has_first = true;
    }
}

/* The message is known to be whole. */
static void read_answer(
        const struct check_dns *dns, struct wire_reader reader, uint32_t count, struct answer *ret)
{
    struct message_record record;
    for (uint32_t i = 0; i < count && message_record_read(&reader, &record); i++)
        if (record.type == dns->type && record.class == RR_CLASS_IN)
            take_record(dns, ret, &reader, &record);
}

static const char *show(uint16_t type, const struct check_bytes *rdata, char ret[SHOWN_MAX + 1])
{
    char text[RDATA_SHOWN];
    (void)text_rdata_format(type, rdata->bytes, rdata->length, text, sizeof(text));
    return shown(text, strlen(text), ret);
}

static enum probe_reason explain_missing(
        const struct check_dns *dns, const struct answer *answer, char ret[SENTENCE_BYTES])
{
    char wanted[SHOWN_MAX + 1];
    char came[SHOWN_MAX + 1];
    char type[TEXT_TYPE_MAX];
    uint32_t missing = 0;

    while ((answer->found & 1U << missing) != 0)
        missing++;
    show(dns->type, &dns->rdata[missing], wanted);
    text_type_format(dns->type, type);
    if (answer->records == 0)
        snprintf(ret, SENTENCE_BYTES, "ExpectedRdata %s: the answer has no %s", wanted, type);
    else
        snprintf(ret, SENTENCE_BYTES, "ExpectedRdata %s not among %u %s of the answer%s%s", wanted,
                answer->records, type, answer->has_first ? ", the first " : "",
                answer->has_first ? show(dns->type, &answer->first, came) : "");
    return PROBE_RDATA;
}

/* ---- the whole ---- */

enum probe_reason dns_response_judge(const struct dns_query *query, const uint8_t *message,
        size_t size, char ret[HEALTH_REASON_MAX + 1])
{
    const struct check_dns *dns = query->dns;
    struct message_header header;
    struct message_question question;
    struct edns edns;
    char got[RCODE_TEXT_MAX];
    char wanted[RCODE_TEXT_MAX];

    assert(dns_response_match(query, message, size) != DNS_RESPONSE_FOREIGN);
    message_header_read(message, &header);
    if (message_question_read(message, size, &question) != 0 ||
            edns_read(message, size, question.end, header.counts, &edns) != 0) {
        snprintf(ret, SENTENCE_BYTES, "the response is malformed behind its question");
        return PROBE_DNS;
    }
    unsigned rcode = (header.flags & MESSAGE_RCODE_MASK) | (unsigned)edns.rcode_high << 4;
    rcode_format(rcode, got);
    if (rcode != dns->rcode) {
        snprintf(ret, SENTENCE_BYTES, "rcode %s, expected %s", got,
                rcode_format(dns->rcode, wanted));
        return PROBE_RCODE;
    }
    struct answer answer = {0};
    struct wire_reader reader = {.bytes = message, .size = size, .at = question.end};
    if (dns->rdata_count > 0)
        read_answer(dns, reader, header.counts[1], &answer);
    if (answer.found != (1U << dns->rdata_count) - 1)
        return explain_missing(dns, &answer, ret);
    snprintf(ret, SENTENCE_BYTES, "%s%s", got, dns->rdata_count > 0 ? ", ExpectedRdata found" : "");
    return PROBE_OK;
}
