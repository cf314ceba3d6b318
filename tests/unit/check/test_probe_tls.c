#include "test.h"

#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

#include "hostile.h"

#define DAY_S    86400
#define NAME     "www.example.com"
#define RESPONSE "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"

struct credential {
    EVP_PKEY *key;
    X509 *certificate;
};

static struct credential issue(
        const struct credential *issuer, const char *name, long from_s, long to_s)
{
    struct credential made = {EVP_EC_gen("P-256"), X509_new()};
    X509 *certificate = made.certificate;
    X509V3_CTX context;
    char value[128];

    X509_set_version(certificate, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), issuer == NULL ? 1 : 2);
    X509_gmtime_adj(X509_getm_notBefore(certificate), from_s);
    X509_gmtime_adj(X509_getm_notAfter(certificate), to_s);
    X509_set_pubkey(certificate, made.key);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), "CN", MBSTRING_ASC,
            (const unsigned char *)name, -1, -1, 0);
    X509 *signer = issuer != NULL ? issuer->certificate : certificate;
    X509_set_issuer_name(certificate, X509_get_subject_name(signer));
    X509V3_set_ctx(&context, signer, certificate, NULL, NULL, 0);
    snprintf(value, sizeof(value), "DNS:%s", name);
    X509_EXTENSION *extension =
            issuer == NULL
                    ? X509V3_EXT_conf_nid(NULL, &context, NID_basic_constraints, "critical,CA:TRUE")
                    : X509V3_EXT_conf_nid(NULL, &context, NID_subject_alt_name, value);
    X509_add_ext(certificate, extension, -1);
    X509_EXTENSION_free(extension);
    assert_true(X509_sign(certificate, issuer != NULL ? issuer->key : made.key, EVP_sha256()) > 0);
    return made;
}

static void drop(struct credential *credential)
{
    X509_free(credential->certificate);
    EVP_PKEY_free(credential->key);
}

/* A TLS server in a thread of its own: `named` is its certificate for clients that send SNI,
 * `unnamed` for the others. */
struct server {
    int listener;
    uint16_t port;
    pthread_t thread;
    SSL_CTX *named, *unnamed;
    unsigned served;
    char sni[64];
};

static int choose(SSL *ssl, int *alert, void *context)
{
    struct server *server = context;
    const char *name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
    (void)alert;
    snprintf(server->sni, sizeof(server->sni), "%s", name != NULL ? name : "");
    SSL_set_SSL_CTX(ssl, name != NULL ? server->named : server->unnamed);
    return SSL_TLSEXT_ERR_OK;
}

static void serve_one(struct server *server, int fd)
{
    SSL *ssl = SSL_new(server->unnamed);
    char request[4096];
    SSL_set_fd(ssl, fd);
    if (SSL_accept(ssl) == 1 && SSL_read(ssl, request, sizeof(request)) > 0) {
        server->served++;
        SSL_write(ssl, RESPONSE, sizeof(RESPONSE) - 1);
        SSL_shutdown(ssl);
    }
    SSL_free(ssl);
    close(fd);
}

static void *serve(void *context)
{
    struct server *server = context;
    int fd;
    while ((fd = accept(server->listener, NULL, NULL)) >= 0)
        serve_one(server, fd);
    return NULL;
}

static SSL_CTX *context_with(const struct credential *credential, struct server *server)
{
    SSL_CTX *context = SSL_CTX_new(TLS_server_method());
    assert_int_equal(SSL_CTX_use_certificate(context, credential->certificate), 1);
    assert_int_equal(SSL_CTX_use_PrivateKey(context, credential->key), 1);
    SSL_CTX_set_tlsext_servername_callback(context, choose);
    SSL_CTX_set_tlsext_servername_arg(context, server);
    return context;
}

static void server_open(
        struct server *server, const struct credential *named, const struct credential *unnamed)
{
    struct sockaddr_in address;
    socklen_t length = sizeof(address);
    *server = (struct server){.listener = socket(AF_INET, SOCK_STREAM, 0)};
    server->named = context_with(named, server);
    server->unnamed = context_with(unnamed, server);
    uv_ip4_addr("127.0.0.1", 0, &address);
    assert_int_equal(bind(server->listener, (struct sockaddr *)&address, length), 0);
    assert_int_equal(listen(server->listener, 8), 0);
    assert_int_equal(getsockname(server->listener, (struct sockaddr *)&address, &length), 0);
    server->port = ntohs(address.sin_port);
    assert_int_equal(pthread_create(&server->thread, NULL, serve, server), 0);
}

static void server_close(struct server *server)
{
    shutdown(server->listener, SHUT_RDWR);
    pthread_join(server->thread, NULL);
    close(server->listener);
    SSL_CTX_free(server->named);
    SSL_CTX_free(server->unnamed);
}

struct fixture {
    struct credential ca, strange, good, expired, early, other;
    char ca_file[64];
};

static int set_up(void **state)
{
    struct fixture *fixture = mem_zalloc(1, sizeof(*fixture));
    fixture->ca = issue(NULL, "Test CA", -DAY_S, DAY_S);
    fixture->strange = issue(NULL, "Strange CA", -DAY_S, DAY_S);
    fixture->good = issue(&fixture->ca, NAME, -DAY_S, DAY_S);
    fixture->expired = issue(&fixture->ca, NAME, -2 * DAY_S, -DAY_S);
    fixture->early = issue(&fixture->ca, NAME, DAY_S, 2 * DAY_S);
    fixture->other = issue(&fixture->ca, "other.example.com", -DAY_S, DAY_S);
    strcpy(fixture->ca_file, "/tmp/holdfast-test-ca-XXXXXX");
    FILE *file = fdopen(mkstemp(fixture->ca_file), "w");
    PEM_write_X509(file, fixture->ca.certificate);
    fclose(file);
    *state = fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;
    unlink(fixture->ca_file);
    drop(&fixture->ca);
    drop(&fixture->strange);
    drop(&fixture->good);
    drop(&fixture->expired);
    drop(&fixture->early);
    drop(&fixture->other);
    free(fixture);
    return 0;
}

static void test_certificates(void **state)
{
    const struct fixture *fixture = *state;
    struct credential foreign = issue(&fixture->strange, NAME, -DAY_S, DAY_S);
    struct credential self = issue(NULL, NAME, -DAY_S, DAY_S);
    const struct {
        const char *what;
        const struct credential *credential;
        enum tls_verify verify;
        enum probe_reason reason;
        const char *text;
    } rows[] = {
            {"good, warn",        &fixture->good,    TLS_VERIFY_WARN, PROBE_OK,          "200 OK"},
            {"good, on",          &fixture->good,    TLS_VERIFY_ON,   PROBE_OK,          "200 OK"},
            {"good, off",         &fixture->good,    TLS_VERIFY_OFF,  PROBE_OK,          "200 OK"},
            {"expired, warn",     &fixture->expired, TLS_VERIFY_WARN, PROBE_OK,
             "200 OK; certificate: expired"                                                      },
            {"expired, on",       &fixture->expired, TLS_VERIFY_ON,   PROBE_CERTIFICATE,
             "certificate: expired"                                                              },
            {"expired, off",      &fixture->expired, TLS_VERIFY_OFF,  PROBE_OK,          "200 OK"},
            {"early, warn",       &fixture->early,   TLS_VERIFY_WARN, PROBE_OK,
             "200 OK; certificate: not yet valid"                                                },
            {"wrong name, warn",  &fixture->other,   TLS_VERIFY_WARN, PROBE_OK,
             "200 OK; certificate: does not name the endpoint"                                   },
            {"wrong name, on",    &fixture->other,   TLS_VERIFY_ON,   PROBE_CERTIFICATE,
             "certificate: does not name the endpoint"                                           },
            {"wrong name, off",   &fixture->other,   TLS_VERIFY_OFF,  PROBE_OK,          "200 OK"},
            {"strange CA, warn",  &foreign,          TLS_VERIFY_WARN, PROBE_OK,
             "200 OK; certificate: issued by an unknown authority"                               },
            {"strange CA, on",    &foreign,          TLS_VERIFY_ON,   PROBE_CERTIFICATE,
             "certificate: issued by an unknown authority"                                       },
            {"self-signed, warn", &self,             TLS_VERIFY_WARN, PROBE_OK,
             "200 OK; certificate: self-signed"                                                  },
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct bench bench;
        struct server server;
        bench_open(&bench, fixture->ca_file);
        server_open(&server, rows[i].credential, rows[i].credential);
        struct check_target target = bench_target(CHECK_HTTPS, server.port);
        target.host = NAME;
        target.sni = true;
        target.tls_verify = rows[i].verify;
        struct probe_result result = bench_probe(&bench, &target);
        if (result.reason != rows[i].reason || strcmp(result.text, rows[i].text) != 0)
            fail_msg("%s: reason %d, %s", rows[i].what, (int)result.reason, result.text);
        bench_close(&bench);
        server_close(&server);
    }
    drop(&foreign);
    drop(&self);
}

/* Route 53 tries again without SNI when the certificate does not have the name. */
static void test_sni(void **state)
{
    const struct fixture *fixture = *state;
    const struct {
        const char *what;
        bool sni;
        enum tls_verify verify;
        const struct credential *named, *unnamed;
        enum probe_reason reason;
        const char *sent; /* at last */
    } rows[] = {
            {"sent",                        true,  TLS_VERIFY_WARN, &fixture->good,  &fixture->other, PROBE_OK, NAME},
            {"not sent",                    false, TLS_VERIFY_WARN, &fixture->other, &fixture->good,  PROBE_OK, ""  },
            {"tried again without",         true,  TLS_VERIFY_ON,   &fixture->other, &fixture->good,  PROBE_OK,
             ""                                                                                                     },
            {"tried again once",            true,  TLS_VERIFY_ON,   &fixture->other, &fixture->other,
             PROBE_CERTIFICATE,                                                                                 ""  },
            {"warning needs no second try", true,  TLS_VERIFY_WARN, &fixture->other, &fixture->good,
             PROBE_OK,                                                                                          NAME},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct bench bench;
        struct server server;
        bench_open(&bench, fixture->ca_file);
        server_open(&server, rows[i].named, rows[i].unnamed);
        struct check_target target = bench_target(CHECK_HTTPS, server.port);
        target.host = NAME;
        target.sni = rows[i].sni;
        target.tls_verify = rows[i].verify;
        struct probe_result result = bench_probe(&bench, &target);
        bench_close(&bench);
        server_close(&server);
        if (result.reason != rows[i].reason || strcmp(server.sni, rows[i].sent) != 0)
            fail_msg("%s: reason %d, %s, sent %s", rows[i].what, (int)result.reason, result.text,
                    server.sni);
    }
}

static void test_handshake(void **state)
{
    static const struct {
        const char *what;
        struct hostile_script script;
        enum probe_reason reason;
        const char *text;
    } rows[] = {
            {"plain HTTP", {.reply = "HTTP/1.1 400 Bad\r\n\r\n", .at_once = true}, PROBE_TLS,
             "TLS handshake: wrong version number"                                                                         },
            {"closed",     {.reply = "", .at_once = true},                         PROBE_TLS,             "TLS handshake: "},
            {"reset",      {.reply = "", .at_once = true, .after = AFTER_RESET},   PROBE_TLS,
             "TLS handshake: "                                                                                             },
            {"silent",     {.reply = "", .after = AFTER_HOLD},                     PROBE_CONNECT_TIMEOUT,
             "TLS handshake not finished with 127.0.0.1:"                                                                  },
    };
    const struct fixture *fixture = *state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct bench bench;
        struct hostile server;
        bench_open(&bench, fixture->ca_file);
        hostile_open(&server, &bench.loop, &rows[i].script);
        struct check_target target = bench_target(CHECK_HTTPS, server.port);
        target.connect_timeout_ms = 100;
        struct probe_result result = bench_probe(&bench, &target);
        if ((result.reason != rows[i].reason || strstr(result.text, rows[i].text) == NULL) &&
                result.reason != PROBE_RESET)
            fail_msg("%s: reason %d, %s", rows[i].what, (int)result.reason, result.text);
        hostile_close(&server);
        bench_close(&bench);
    }
}

static void test_trust(void **state)
{
    struct probe_engine *engine = NULL;
    uv_loop_t loop;
    (void)state;
    assert_int_equal(uv_loop_init(&loop), 0);
    assert_int_equal(probe_engine_new(&engine, &loop, "/nonexistent"), -ENOENT);
    assert_true(probe_engine_new(&engine, &loop, "/dev/null") < 0);
    assert_null(engine);
    assert_int_equal(uv_loop_close(&loop), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_certificates),
            cmocka_unit_test(test_sni),
            cmocka_unit_test(test_handshake),
            cmocka_unit_test(test_trust),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
