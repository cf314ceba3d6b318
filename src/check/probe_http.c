/* probe_http.c -- HTTP, HTTPS, their string matches and gRPC: one request over a connection of its own.
 *
 * libcurl carries the transfer, on the loop through probe_http_multi.c; http_response.c judges what
 * comes, and for gRPC, which is a POST over HTTP/2 (nghttp2 in libcurl), grpc_response.c beside it.
 * Inside libcurl's callbacks a transfer cannot be taken away, so they only note what is decided and
 * make libcurl give up; everything ends in on_done() or at a deadline.
 *
 *   time limits (route53.md 3.1)             | runs from      | until
 *   -----------------------------------------+----------------+---------------------------
 *   connect_timeout_ms                       | probe_start()  | connected, TLS included
 *   response_timeout_ms                      | connected      | the status line
 *   response_timeout_ms                      | the status line| the body is there, and the trailers
 *
 * The connection goes to the one address that probe.c chose.  The URL names the endpoint only where
 * TLS shall send that name (SNI); otherwise it names the address, and the Host header says the rest.
 */
#include <assert.h>
#include <curl/curl.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "check/grpc_health.h"
#include "check/grpc_response.h"
#include "check/http_request.h"
#include "check/http_response.h"
#include "check/probe_http_multi.h"
#include "check/probe_kind.h"
#include "check/probe_tls.h"
#include "check/received.h"

#define MULTIS          16U   /* that transfers are dealt out to */
#define PROGRESS_STRIDE 16U   /* calls of on_progress() between two looks at what has arrived */
#define SPARES_MAX      64U   /* easy handles kept for the next probes */
#define RECEIVE_BYTES   8192L /* libcurl's receive buffer, one per probe */
#define CONNECT_FOREVER (24L * 3600 * 1000) /* our own deadline comes first */
#define URL_MAX         512U
#define HEADER_MAX      512U

#define SET(easy, option, value) must_set(curl_easy_setopt(easy, option, value))

/* When a connection ends libcurl 7.88 looks for it among all that are open, one by one, so that thousands of them
 * would cost each more than all the rest: each multi has its share of them only. */
struct http_engine {
    struct multi *multis[MULTIS];
    size_t next_multi;
    struct tls_trust *trust;
    CURL *spare[SPARES_MAX];
    size_t spares;
};

struct http {
    struct probe probe; /* first: a struct probe is cast to its kind */
    CURL *easy;
    struct multi *multi; /* that the transfer is with, or NULL */
    struct curl_slist *headers;
    struct curl_slist *connect_to;
    struct http_response response;
    struct grpc_response grpc; /* what more there is to a response of gRPC */
    struct tls_look look;
    bool without_sni;  /* the second try */
    bool in_handshake; /* TCP is connected, TLS began */
    bool waited;       /* the loop waited for the socket: connect() itself did not fail */
    bool connected;    /* TLS included */
    uint32_t progress; /* calls of on_progress() */
    bool is_flooded;   /* more came than PROBE_BYTES_MAX */
    bool is_refused;   /* the connection stands, but not the stream on it (REFUSED_STREAM) */
    int socket;
    int os_error;                         /* of making the socket or waiting for it */
    char status[EVIDENCE_STATUS_MAX + 1]; /* the line */
    uint8_t body[EVIDENCE_BODY_MAX];      /* its first bytes */
    char error_text[CURL_ERROR_SIZE];
};

/* What a failed transfer means once the connection stood.  Whatever is not listed came from bytes
 * that the endpoint sent. */
static const struct {
    CURLcode code;
    enum probe_reason reason;
} connected_codes[] = {
        {CURLE_GOT_NOTHING,         PROBE_RESET   },
        {CURLE_SEND_ERROR,          PROBE_RESET   },
        {CURLE_RECV_ERROR,          PROBE_RESET   },
        {CURLE_PARTIAL_FILE,        PROBE_RESET   },
        {CURLE_OK,                  PROBE_RESET   }, /* closed cleanly, but too early */
        {CURLE_ABORTED_BY_CALLBACK, PROBE_INTERNAL},
        {CURLE_FAILED_INIT,         PROBE_INTERNAL},
};

static struct http *http_of(struct probe *probe)
{
    return (struct http *)probe;
}

/* Fails only for an option that is not built in, or without memory. */
static void must_set(CURLcode code)
{
    assert(code == CURLE_OK);
}

static bool is_tls(const struct http *http)
{
    return check_type_is_tls(http->probe.target->type);
}

static bool is_grpc(const struct http *http)
{
    return check_type_is_grpc(http->probe.target->type);
}

/* Whether the verdict depends on more than the status line. */
static bool wants_body(const struct http *http)
{
    return is_grpc(http) || check_type_is_search(http->probe.target->type);
}

static bool uses_sni(const struct http *http)
{
    const struct check_target *target = http->probe.target;
    return is_tls(http) && target->sni && target->host != NULL && !http->without_sni;
}

/* ---- callbacks, called from inside libcurl ---- */

static curl_socket_t on_open(void *context, curlsocktype purpose, struct curl_sockaddr *address)
{
    struct http *http = context;
    (void)purpose;
    /* libcurl would try a refused stream again, on another connection and beyond our deadlines. */
    if (http->connected) {
        http->is_refused = true;
        return CURL_SOCKET_BAD;
    }
    int fd = socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
    if (fd < 0) {
        http->os_error = errno;
        return CURL_SOCKET_BAD;
    }
    http->socket = fd;
    return fd;
}

/* libcurl 7.88 keeps the trailers to itself if it reads the connection's end together with them. */
static int on_close(void *context, curl_socket_t fd)
{
    struct http *http = context;
    char byte;
    http->grpc.has_hung_up = recv(fd, &byte, sizeof(byte), MSG_PEEK | MSG_DONTWAIT) == 0;
    return close(fd);
}

static CURLcode on_tls(CURL *easy, void *ssl_context, void *context)
{
    struct http *http = context;
    (void)easy;
    http->in_handshake = true;
    probe_note_step(&http->probe, EVIDENCE_CONNECTED);
    probe_note_socket(&http->probe, http->socket);
    tls_look_attach(&http->look, ssl_context);
    return CURLE_OK;
}

static int on_connected(void *context, char *peer, char *local, int peer_port, int local_port)
{
    struct http *http = context;
    (void)peer;
    (void)local;
    (void)peer_port;
    (void)local_port;
    http->connected = true;
    probe_note_step(&http->probe, EVIDENCE_CONNECTED);
    if (is_tls(http))
        probe_note_step(&http->probe, EVIDENCE_SECURED);
    else
        probe_note_socket(&http->probe, http->socket);
    probe_set_deadline(&http->probe, http->probe.target->response_timeout_ms);
    return CURL_PREREQFUNC_OK;
}

static void note_status(struct http *http, const char *line, size_t length)
{
    while (length > 0 && (line[length - 1] == '\r' || line[length - 1] == '\n'))
        length--;
    size_t kept = length < EVIDENCE_STATUS_MAX ? length : EVIDENCE_STATUS_MAX;
    memcpy(http->status, line, kept);
    http->status[kept] = '\0';
    http->probe.evidence.status = http->status;
}

static void note_body(struct http *http, const char *bytes, size_t length)
{
    struct evidence *evidence = &http->probe.evidence;
    size_t room = EVIDENCE_BODY_MAX - evidence->body_length;
    size_t kept = length < room ? length : room;
    memcpy(http->body + evidence->body_length, bytes, kept);
    evidence->body = http->body;
    evidence->body_length += kept;
}

static size_t on_header(char *line, size_t size, size_t count, void *context)
{
    struct http *http = context;
    size_t length = size * count;
    enum http_stage before = http->response.stage;

    probe_note_step(&http->probe, EVIDENCE_ANSWERED);
    if (before == HTTP_STAGE_STATUS && !http->response.in_block)
        note_status(http, line, length);
    if (!http_response_header(&http->response, line, length))
        return 0;
    if (before == HTTP_STAGE_STATUS && http->response.stage == HTTP_STAGE_HEADERS) {
        probe_set_deadline(&http->probe, http->probe.target->response_timeout_ms);
        if (!wants_body(http))
            probe_stop_clock(&http->probe);
    }
    if (is_grpc(http) && http->response.stage != HTTP_STAGE_STATUS)
        grpc_response_header(&http->grpc, line, length);
    /* libcurl refuses an encoding it does not know; Route 53 matches it as it is. */
    if (http->response.is_foreign)
        SET(http->easy, CURLOPT_HTTP_CONTENT_DECODING, 0L);
    return length;
}

static size_t on_body(char *bytes, size_t size, size_t count, void *context)
{
    struct http *http = context;
    size_t length = size * count;
    note_body(http, bytes, length);
    bool more = is_grpc(http) ? grpc_response_body(&http->grpc, bytes, length)
                              : http_response_body(&http->response, bytes, length);
    return more ? length : 0;
}

/* Called whenever something has arrived, and at other times.  libcurl shows us headers and body, but passes over the
 * rest: extensions of chunks, the file name within gzip, records of TLS without data.  How much that is is a system
 * call, and a probe that ends well has fewer calls of this than the stride. */
static int on_progress(
        void *context, curl_off_t all_down, curl_off_t down, curl_off_t all_up, curl_off_t up)
{
    struct http *http = context;
    (void)all_down, (void)down, (void)all_up, (void)up;

    if (++http->progress % PROGRESS_STRIDE == 0 && http->connected)
        http->is_flooded = received_bytes(http->socket) > PROBE_BYTES_MAX;
    return http->is_flooded ? 1 : 0;
}

/* ---- the request ---- */

/* gRPC over HTTP/2, "Requests": a POST of one message. */
static void set_call(struct http *http)
{
    uint8_t body[GRPC_REQUEST_MAX];
    size_t length = grpc_health_request(http->probe.target->service, body);

    SET(http->easy, CURLOPT_HTTP_VERSION,
            is_tls(http) ? (long)CURL_HTTP_VERSION_2TLS
                         : (long)CURL_HTTP_VERSION_2_PRIOR_KNOWLEDGE);
    SET(http->easy, CURLOPT_POSTFIELDSIZE, (long)length);
    SET(http->easy, CURLOPT_COPYPOSTFIELDS, (const char *)body);
    SET(http->easy, CURLOPT_CLOSESOCKETFUNCTION, on_close);
    SET(http->easy, CURLOPT_CLOSESOCKETDATA, http);
}

static void set_url(struct http *http)
{
    const struct check_target *target = http->probe.target;
    char host[NET_TEXT_MAX];
    char url[URL_MAX];
    char encoded[HTTP_TARGET_MAX + 1];
    const char *path = is_grpc(http) ? GRPC_PATH : target->path;

    snprintf(url, sizeof(url), "%s://%s:%u/", is_tls(http) ? "https" : "http",
            uses_sni(http) ? target->host : http_request_address(&http->probe.address, host),
            target->port);
    SET(http->easy, CURLOPT_URL, url);
    SET(http->easy, CURLOPT_REQUEST_TARGET, http_request_target(path, encoded));
    if (is_grpc(http))
        set_call(http);
    else if (strcmp(target->method, "HEAD") == 0)
        SET(http->easy, CURLOPT_NOBODY, 1L);
    else
        SET(http->easy, CURLOPT_CUSTOMREQUEST, target->method);

    char to[NET_TEXT_MAX + 2];
    snprintf(to, sizeof(to), "::%s", http->probe.where); /* whatever the URL says, go there */
    http->connect_to = curl_slist_append(NULL, to);
    SET(http->easy, CURLOPT_CONNECT_TO, http->connect_to);
}

static void add_header(struct http *http, const char *line)
{
    struct curl_slist *longer = curl_slist_append(http->headers, line);
    assert(longer != NULL);
    http->headers = longer;
}

/* libcurl reads "Name:" as an order to leave the header out and "Name;" as an empty one. */
static void add_own_header(struct http *http, const char *line)
{
    const char *colon = strchr(line, ':');
    if (colon == NULL || colon[1 + strspn(colon + 1, " \t")] != '\0') {
        add_header(http, line);
        return;
    }
    char *empty = mem_string(line);
    empty[colon - line] = ';';
    empty[colon - line + 1] = '\0';
    add_header(http, empty);
    free(empty);
}

/* The last byte of the timeout is its unit: milliseconds. */
static void add_call_headers(struct http *http)
{
    char text[HEADER_MAX];
    add_header(http, "Content-Type: application/grpc");
    add_header(http, "TE: trailers");
    snprintf(text, sizeof(text), "grpc-timeout: %um", http->probe.target->response_timeout_ms);
    add_header(http, text);
}

static void set_headers(struct http *http)
{
    const struct check_target *target = http->probe.target;
    char host[HTTP_HOST_MAX + 1];
    char text[HEADER_MAX];

    snprintf(text, sizeof(text), "Host: %s", http_request_host(target, &http->probe.address, host));
    if (!http_request_has_header(target, "Host"))
        add_header(http, text);
    if (is_grpc(http))
        add_call_headers(http);
    else if (!http_request_has_header(target, "Connection"))
        add_header(http, "Connection: close");
    for (const char *const *line = target->headers; *line != NULL; line++)
        add_own_header(http, *line);
    SET(http->easy, CURLOPT_HTTPHEADER, http->headers);

    snprintf(text, sizeof(text), "Holdfast-Health-Check/%s (ref %s)", HOLDFAST_VERSION,
            http->probe.id);
    SET(http->easy, CURLOPT_USERAGENT, text);
    if (!is_grpc(http))
        SET(http->easy, CURLOPT_ACCEPT_ENCODING, "identity,gzip,deflate");
}

static void set_tls(struct http *http)
{
    const struct check_target *target = http->probe.target;

    /* libcurl's own look is off: probe_tls.c does it. */
    SET(http->easy, CURLOPT_SSL_VERIFYPEER, 0L);
    SET(http->easy, CURLOPT_SSL_VERIFYHOST, 0L);
    SET(http->easy, CURLOPT_CAINFO, NULL);
    SET(http->easy, CURLOPT_CAPATH, NULL);
    SET(http->easy, CURLOPT_SSL_SESSIONID_CACHE, 0L);
    SET(http->easy, CURLOPT_SSL_CTX_FUNCTION, on_tls);
    SET(http->easy, CURLOPT_SSL_CTX_DATA, http);
    http->probe.evidence.certificate = &http->look.certificate;
    http->look = (struct tls_look){
            .trust = http->probe.engine->http->trust,
            .verify = target->tls_verify,
            .name = target->host != NULL ? target->host : target->address,
            .is_address = target->host == NULL,
            .give_up_on_name = uses_sni(http) && target->tls_verify == TLS_VERIFY_ON,
    };
}

/* The same for every probe: nothing is taken from the environment, kept or followed. */
static void set_fixed(CURL *easy)
{
    SET(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    SET(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    SET(easy, CURLOPT_HTTP09_ALLOWED, 0L);
    SET(easy, CURLOPT_PROXY, "");
    SET(easy, CURLOPT_NOPROXY, "*");
    SET(easy, CURLOPT_FOLLOWLOCATION, 0L);
    SET(easy, CURLOPT_NOSIGNAL, 1L);
    SET(easy, CURLOPT_FRESH_CONNECT, 1L);
    SET(easy, CURLOPT_FORBID_REUSE, 1L);
    SET(easy, CURLOPT_CONNECTTIMEOUT_MS, CONNECT_FOREVER);
    SET(easy, CURLOPT_BUFFERSIZE, RECEIVE_BYTES);
    /* The addresses are literal, but libcurl remembers them as if resolved, and looks through what
     * it remembers after every transfer. */
    SET(easy, CURLOPT_DNS_CACHE_TIMEOUT, 0L);
}

static void set_callbacks(struct http *http)
{
    CURL *easy = http->easy;
    SET(easy, CURLOPT_PRIVATE, http);
    SET(easy, CURLOPT_ERRORBUFFER, http->error_text);
    SET(easy, CURLOPT_OPENSOCKETFUNCTION, on_open);
    SET(easy, CURLOPT_OPENSOCKETDATA, http);
    SET(easy, CURLOPT_PREREQFUNCTION, on_connected);
    SET(easy, CURLOPT_PREREQDATA, http);
    SET(easy, CURLOPT_NOPROGRESS, 0L);
    SET(easy, CURLOPT_XFERINFOFUNCTION, on_progress);
    SET(easy, CURLOPT_XFERINFODATA, http);
    SET(easy, CURLOPT_HEADERFUNCTION, on_header);
    SET(easy, CURLOPT_HEADERDATA, http);
    SET(easy, CURLOPT_WRITEFUNCTION, on_body);
    SET(easy, CURLOPT_WRITEDATA, http);
}

/* ---- running ---- */

static CURL *take_easy(struct http_engine *engine)
{
    if (engine->spares > 0)
        return engine->spare[--engine->spares];
    return curl_easy_init();
}

static void give_back_easy(struct http_engine *engine, CURL *easy)
{
    if (engine->spares == SPARES_MAX) {
        curl_easy_cleanup(easy);
        return;
    }
    curl_easy_reset(easy);
    engine->spare[engine->spares++] = easy;
}

static void free_lists(struct http *http)
{
    curl_slist_free_all(http->headers);
    curl_slist_free_all(http->connect_to);
    http->headers = NULL;
    http->connect_to = NULL;
}

static void run(struct http *http)
{
    set_fixed(http->easy);
    set_callbacks(http);
    set_url(http);
    set_headers(http);
    if (is_tls(http))
        set_tls(http);
    struct http_engine *engine = http->probe.engine->http;
    struct multi *multi = engine->multis[engine->next_multi++ % MULTIS];
    if (multi_add(multi, http->easy) != 0) {
        probe_end(&http->probe, PROBE_NO_MEMORY, "%s", probe_reason_text(PROBE_NO_MEMORY));
        return;
    }
    http->multi = multi;
}

static void start(struct probe *probe)
{
    struct http *http = http_of(probe);
    http_response_init(&http->response, probe->target);
    grpc_response_init(&http->grpc);
    http->easy = take_easy(probe->engine->http);
    if (http->easy == NULL) {
        probe_end(probe, PROBE_NO_MEMORY, "%s", probe_reason_text(PROBE_NO_MEMORY));
        return;
    }
    run(http);
}

static void cancel(struct probe *probe)
{
    struct http *http = http_of(probe);
    if (http->multi != NULL)
        multi_remove(http->multi, http->easy);
    if (http->easy != NULL)
        give_back_easy(probe->engine->http, http->easy);
    free_lists(http);
    http_response_done(&http->response);
    grpc_response_done(&http->grpc);
}

/* ---- how it ends ---- */

static enum probe_reason conclude(
        const struct http *http, enum http_end end, char text[HEALTH_REASON_MAX + 1])
{
    enum probe_reason reason;
    if (is_grpc(http)) {
        reason = grpc_response_conclude(&http->grpc, &http->response, end);
        grpc_response_explain(&http->grpc, &http->response, reason, text);
    } else {
        reason = http_response_conclude(&http->response, end);
        http_response_explain(&http->response, reason, text);
    }
    return reason;
}

static void end_concluded(struct http *http, enum http_end end)
{
    const char *bad = tls_look_text(&http->look);
    char text[HEALTH_REASON_MAX + 1];
    enum probe_reason reason = conclude(http, end, text);

    http->probe.result.http_status =
            http->response.status != 0 ? http->response.status : http->response.interim;
    probe_end(&http->probe, reason, "%s%s%s", text, bad != NULL ? "; certificate: " : "",
            bad != NULL ? bad : "");
}

/* libcurl's and OpenSSL's wording: "error:0A00010B:SSL routines::wrong version number", "OpenSSL
 * SSL_connect: SSL_ERROR_SYSCALL in connection to HOST:PORT".  What matters is behind the colons. */
static void end_tls(struct http *http)
{
    char *text = http->error_text;
    char *cut = strstr(text, " in connection to ");
    if (cut != NULL)
        *cut = '\0';
    const char *colons = strstr(text, "::");
    const char *connect = strstr(text, "SSL_connect: ");
    const char *said = text;

    if (strstr(text, "SSL_ERROR_SYSCALL") != NULL || text[0] == '\0')
        said = "connection closed";
    else if (colons != NULL)
        said = colons + 2;
    else if (connect != NULL)
        said = connect + strlen("SSL_connect: ");
    probe_end(&http->probe, PROBE_TLS, "TLS handshake: %s", said);
}

static void end_unconnected(struct http *http, CURLcode code)
{
    long os_error = 0;
    curl_easy_getinfo(http->easy, CURLINFO_OS_ERRNO, &os_error);

    if (http->os_error != 0)
        probe_end_connect(&http->probe, http->os_error, true);
    else if (code == CURLE_COULDNT_CONNECT)
        probe_end_connect(&http->probe, (int)os_error, !http->waited);
    else if (code == CURLE_OUT_OF_MEMORY)
        probe_end(&http->probe, PROBE_NO_MEMORY, "%s", probe_reason_text(PROBE_NO_MEMORY));
    else if (http->look.error != 0 && http->look.verify == TLS_VERIFY_ON)
        probe_end(&http->probe, PROBE_CERTIFICATE, "certificate: %s", tls_look_text(&http->look));
    else if (http->in_handshake)
        end_tls(http);
    else
        probe_end(&http->probe, PROBE_INTERNAL, "%s: %s", probe_reason_text(PROBE_INTERNAL),
                curl_easy_strerror(code));
}

static enum probe_reason reason_of_code(CURLcode code)
{
    for (size_t i = 0; i < COUNT(connected_codes); i++)
        if (connected_codes[i].code == code)
            return connected_codes[i].reason;
    return PROBE_HTTP;
}

/* A failure that the verdict does not depend on any more: it was made by us, or came after. */
static bool is_settled(const struct http *http)
{
    if (is_grpc(http))
        return http->response.is_over || http->grpc.fault != GRPC_NO_FAULT || http->grpc.has_code;
    return http->response.is_over || (http->response.stage == HTTP_STAGE_BODY && !wants_body(http));
}

/* "HTTP/2 stream 1 was not closed cleanly: CANCEL (err 8)": the endpoint's word is behind the colon. */
static void end_stream_reset(struct http *http)
{
    const char *colon = strrchr(http->error_text, ':');
    probe_end(&http->probe, PROBE_RESET, "stream reset by the endpoint%s",
            colon != NULL ? colon : "");
}

static void end_connected(struct http *http, CURLcode code)
{
    enum probe_reason reason = reason_of_code(code);
    if (code == CURLE_OK && http->response.stage == HTTP_STAGE_BODY)
        end_concluded(http, HTTP_END_COMPLETE);
    else if (http->is_refused)
        probe_end(&http->probe, PROBE_RESET, "stream refused by the endpoint");
    else if (is_settled(http) || reason == PROBE_RESET)
        end_concluded(http, HTTP_END_LOST);
    else if (code == CURLE_HTTP2_STREAM)
        end_stream_reset(http);
    else if (http->is_flooded)
        probe_end(&http->probe, PROBE_HTTP, "more than %u bytes came", PROBE_BYTES_MAX);
    else if (code == CURLE_OUT_OF_MEMORY)
        /* What libcurl 7.88 says to a header line beyond its own maximum of 100 kB. */
        probe_end(&http->probe, PROBE_HTTP, "response headers larger than %u bytes",
                PROBE_HEADERS_MAX);
    else
        probe_end(&http->probe, reason, "%s: %s", probe_reason_text(reason),
                http->error_text[0] != '\0' ? http->error_text : curl_easy_strerror(code));
}

static void retry_without_sni(struct http *http)
{
    http->without_sni = true;
    http->waited = false;
    http->in_handshake = false;
    free_lists(http);
    curl_easy_reset(http->easy);
    run(http);
}

static void on_done(void *owner, int code)
{
    struct http *http = owner;
    assert(http->probe.stage == PROBE_STAGE_RUNNING);
    http->multi = NULL;

    if (http->look.wrong_name)
        retry_without_sni(http);
    else if (!http->connected)
        end_unconnected(http, (CURLcode)code);
    else
        end_connected(http, (CURLcode)code);
}

static void on_waiting(void *owner, int error)
{
    struct http *http = owner;
    http->waited = true;
    if (error != 0)
        http->os_error = -error;
}

static void expire(struct probe *probe)
{
    struct http *http = http_of(probe);
    char waited[CLOCK_TEXT_MAX];

    if (http->os_error != 0) {
        probe_end_connect(probe, http->os_error, true);
        return;
    }
    if (http->connected) {
        end_concluded(http, HTTP_END_EXPIRED);
        return;
    }
    probe_end(probe, PROBE_CONNECT_TIMEOUT, "%s %s within %s",
            http->in_handshake ? "TLS handshake not finished with" : "no connection to",
            probe->where, clock_format_duration(probe->target->connect_timeout_ms, waited));
}

static const struct multi_events events = {
        .done = on_done,
        .waiting = on_waiting,
};

int http_engine_new(struct http_engine **ret, uv_loop_t *loop, const char *ca_file)
{
    struct http_engine *engine = mem_zalloc(1, sizeof(*engine));
    int error = tls_trust_new(&engine->trust, ca_file);

    for (size_t i = 0; i < MULTIS && error == 0; i++)
        error = multi_new(&engine->multis[i], loop, &events);
    if (error != 0) {
        http_engine_free(engine);
        return error;
    }
    *ret = engine;
    return 0;
}

void http_engine_free(struct http_engine *engine)
{
    if (engine == NULL)
        return;
    for (size_t i = 0; i < engine->spares; i++)
        curl_easy_cleanup(engine->spare[i]);
    for (size_t i = 0; i < MULTIS; i++)
        multi_free(engine->multis[i]);
    tls_trust_free(engine->trust);
    free(engine);
}

/* A bad status, or one without the string behind it, may come at the last moment, and so may its body. */
static uint32_t timeout_ms(const struct check_target *target)
{
    return target->connect_timeout_ms + 2 * target->response_timeout_ms;
}

/* A good status passes whatever becomes of the body, which is waited for.  A string ends the wait. */
static uint32_t linger_ms(const struct check_target *target)
{
    bool whole = check_type_is_search(target->type) || check_type_is_grpc(target->type);
    return whole ? 0 : target->response_timeout_ms;
}

const struct probe_kind probe_kind_http = {
        .name = "http",
        .size_bytes = sizeof(struct http),
        .timeout_ms = timeout_ms,
        .linger_ms = linger_ms,
        .start = start,
        .expire = expire,
        .cancel = cancel,
};
