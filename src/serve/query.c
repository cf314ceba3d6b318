/* query.c -- see query.h.
 *
 * What comes first decides: a message that is no query is not answered, one that cannot be read is
 * FORMERR, one that asks for something not done here NOTIMP or REFUSED; the rest is answer.h's.
 */
#include "serve/query.h"

#include <assert.h>
#include <string.h>

#include "dns/edns.h"
#include "dns/message.h"
#include "dns/rr.h"
#include "serve/answer.h"
#include "serve/chaos.h"
#include "serve/options.h"
#include "serve/response.h"

/* What was understood of a query. */
struct request {
    const struct query *query;
    struct message_header header;
    struct message_question question;
    struct edns edns;
};

/* Reads question and EDNS.  Returns the RCODE to refuse the message with, or RCODE_NOERROR.  More
 * questions than one are malformed (RFC 9619); so, here, is none: to ask for a cookie alone (RFC 7873
 * section 5.4) is not done. */
static unsigned read_request(struct request *request)
{
    request->edns.present = false;
    request->question.end = 0;
    if (message_opcode(request->header.flags) != OPCODE_QUERY)
        return RCODE_NOTIMP;
    if (request->header.counts[SECTION_QUESTION] != 1)
        return RCODE_FORMERR;
    if (message_question_read(request->query->bytes, request->query->length, &request->question) !=
            0)
        return RCODE_FORMERR;
    if (edns_read(request->query->bytes, request->query->length, request->question.end,
                request->header.counts, &request->edns) != 0)
        return RCODE_FORMERR;
    return RCODE_NOERROR;
}

/* Why a well-formed query is not looked up, or RCODE_NOERROR.  Zones do not leave this server. */
static unsigned refuse_request(const struct request *request, struct response *response)
{
    const struct edns *edns = &request->edns;

    /* Of another version nothing is known but the version (RFC 6891 section 6.1.3). */
    if (edns->present && edns->version > EDNS_VERSION_KNOWN)
        return RCODE_BADVERS;
    if (edns->present && edns->options_bytes > 0) {
        unsigned rcode = options_read(response, request->query, edns);
        if (rcode != RCODE_NOERROR)
            return rcode;
    }
    if (request->question.class == RR_CLASS_CH)
        return RCODE_NOERROR;
    if (request->question.class != RR_CLASS_IN) {
        response_explain(response, EDNS_ERROR_NOT_AUTHORITATIVE, "");
        return RCODE_REFUSED;
    }
    if (request->question.type == RR_AXFR || request->question.type == RR_IXFR) {
        response_explain(response, EDNS_ERROR_NOT_SUPPORTED, "");
        return RCODE_REFUSED;
    }
    return RCODE_NOERROR;
}

/* How many bytes the response may have: over UDP what the client takes, and what we send at most. */
static size_t response_limit(
        const struct query_context *context, const struct request *request, size_t room)
{
    size_t limit = MESSAGE_MAX_BYTES;

    if (!request->query->tcp) {
        limit = request->edns.present ? request->edns.udp_size_bytes : MESSAGE_UDP_PLAIN;
        if (limit > context->udp_size_bytes)
            limit = context->udp_size_bytes;
    }
    return limit < room ? limit : room;
}

/* A response too long for UDP says so; over TCP there is no other way to ask. */
static void cut_short(struct response *response, const struct request *request)
{
    response_truncate(response);
    if (!request->query->tcp) {
        query_count(&response->context->counters->truncated);
        return;
    }
    response->header.flags &= (uint16_t) ~(MESSAGE_TC | MESSAGE_AA);
    response->rcode = RCODE_SERVFAIL;
}

static void respond(const struct request *request, struct response *response)
{
    response->rcode = refuse_request(request, response);
    if (response->rcode != RCODE_NOERROR)
        return;
    if (request->question.class == RR_CLASS_CH)
        chaos_answer(&request->question, response);
    else if (answer_question(&request->question, response) != 0)
        cut_short(response, request);
}

size_t query_answer(
        struct query_context *context, const struct query *query, uint8_t *out, size_t room)
{
    struct request request;
    struct response response;
    struct query_counters *counters = context->counters;

    assert(room >= MESSAGE_UDP_PLAIN);
    if (query->length < MESSAGE_HEADER_BYTES || (wire_load16(query->bytes + 2) & MESSAGE_QR) != 0) {
        query_count(&counters->dropped);
        return 0;
    }
    query_count(query->tcp ? &counters->tcp_queries : &counters->udp_queries);
    request.query = query;
    message_header_read(query->bytes, &request.header);

    response_begin(&response, context, &request.header, out, room);
    response.sender = query->client;
    response.rcode = read_request(&request);
    if (response.rcode == RCODE_NOERROR) {
        size_t limit = response_limit(context, &request, room);
        response_open(&response, &request.question, query->bytes, limit);
        if (request.edns.present)
            response_add_edns(&response, &request.edns, context->udp_size_bytes);
        respond(&request, &response);
    }
    query_count(&counters->rcode[response.rcode]);
    return response_finish(&response);
}
