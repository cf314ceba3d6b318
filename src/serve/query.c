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

static bool has_question(const struct request *request)
{
    return request->header.counts[SECTION_QUESTION] > 0;
}

/* Reads question and EDNS.  Returns the RCODE to refuse the message with, or RCODE_NOERROR.  More
 * questions than one are malformed, and none (RFC 9619) but with EDNS, by which who has none can ask for
 * a cookie: whether it does is seen in its options. */
static unsigned read_request(struct request *request)
{
    const struct query *query = request->query;

    request->edns.present = false;
    request->question.end = MESSAGE_HEADER_BYTES;
    if (message_opcode(request->header.flags) != OPCODE_QUERY)
        return RCODE_NOTIMP;
    if (request->header.counts[SECTION_QUESTION] > 1)
        return RCODE_FORMERR;
    if (has_question(request) &&
            message_question_read(query->bytes, query->length, &request->question) != 0)
        return RCODE_FORMERR;
    if (edns_read(query->bytes, query->length, request->question.end, request->header.counts,
                &request->edns) != 0)
        return RCODE_FORMERR;
    return has_question(request) || request->edns.present ? RCODE_NOERROR : RCODE_FORMERR;
}

/* What a client says by EDNS.  Returns the RCODE to refuse the message with, or RCODE_NOERROR. */
static unsigned take_edns(const struct request *request, struct response *response)
{
    const struct edns *edns = &request->edns;

    if (!edns->present)
        return RCODE_NOERROR;
    /* Of another version nothing is known but the version (RFC 6891 section 6.1.3). */
    if (edns->version > EDNS_VERSION_KNOWN)
        return RCODE_BADVERS;
    return options_read(response, request->query, edns);
}

/* Why a question is not looked up, or RCODE_NOERROR.  Zones do not leave this server. */
static unsigned refuse_question(const struct request *request, struct response *response)
{
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

/* A response too long for UDP says so.  Over TCP there is no other way to ask; but where a chain led to
 * what does not fit behind it, the client can go on from its end (RFC 1034 section 5.3.3, step 4c). */
static void cut_short(struct response *response, const struct request *request)
{
    if (request->query->tcp && response_drop_to_links(response)) {
        response->rcode = RCODE_NOERROR;
        return;
    }
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
    response->rcode = take_edns(request, response);
    if (response->rcode != RCODE_NOERROR || !has_question(request))
        return;
    response->rcode = refuse_question(request, response);
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
        response_open(&response, limit);
        if (has_question(&request))
            response_add_question(&response, &request.question, query->bytes);
        if (request.edns.present)
            response_add_edns(&response, &request.edns, context->udp_size_bytes);
        respond(&request, &response);
    }
    query_count(&counters->rcode[response.rcode]);
    return response_finish(&response);
}
