/* probe_tls.c -- see probe_tls.h. */
#include "check/probe_tls.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/err.h"
#include "base/mem.h"

/* Where Debian, Red Hat and others keep the bundle of the system.  It is read whole at the start:
 * the folder of single files would be opened during handshakes, when descriptors may be short. */
static const char *const system_bundles[] = {
        "/etc/ssl/certs/ca-certificates.crt",
        "/etc/pki/tls/certs/ca-bundle.crt",
        "/etc/ssl/cert.pem",
};

static const struct {
    int error;
    const char *text;
} texts[] = {
        {X509_V_ERR_CERT_HAS_EXPIRED,                  "expired"                       },
        {X509_V_ERR_CERT_NOT_YET_VALID,                "not yet valid"                 },
        {X509_V_ERR_HOSTNAME_MISMATCH,                 "does not name the endpoint"    },
        {X509_V_ERR_IP_ADDRESS_MISMATCH,               "does not name the endpoint"    },
        {X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT,       "self-signed"                   },
        {X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN,         "issued by an unknown authority"},
        {X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY, "issued by an unknown authority"},
        {X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE,   "issued by an unknown authority"},
};

struct tls_trust {
    X509_STORE *store;
};

static void load_system(X509_STORE *store)
{
    for (size_t i = 0; i < COUNT(system_bundles); i++)
        if (X509_STORE_load_file(store, system_bundles[i]) == 1)
            break;
    ERR_clear_error();
}

static int load(X509_STORE *store, const char *ca_file)
{
    if (ca_file == NULL) {
        load_system(store);
        return 0;
    }
    if (access(ca_file, R_OK) != 0)
        return -errno;
    if (X509_STORE_load_file(store, ca_file) == 1)
        return 0;
    ERR_clear_error();
    return ERR_SYNTAX;
}

int tls_trust_new(struct tls_trust **ret, const char *ca_file)
{
    X509_STORE *store = X509_STORE_new();
    if (store == NULL)
        return -ENOMEM;
    int error = load(store, ca_file);
    if (error != 0) {
        X509_STORE_free(store);
        return error;
    }
    struct tls_trust *trust = mem_zalloc(1, sizeof(*trust));
    trust->store = store;
    *ret = trust;
    return 0;
}

void tls_trust_free(struct tls_trust *trust)
{
    if (trust == NULL)
        return;
    X509_STORE_free(trust->store);
    free(trust);
}

static bool is_named(const struct tls_look *look, X509 *certificate)
{
    if (look->is_address)
        return X509_check_ip_asc(certificate, look->name, 0) == 1;
    size_t length = strlen(look->name);
    if (length > 0 && look->name[length - 1] == '.')
        length--;
    return X509_check_host(certificate, look->name, length, 0, NULL) == 1;
}

static uint64_t expiry_of(const X509 *certificate)
{
    struct tm tm = {0};
    if (ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &tm) != 1)
        return 0;
    time_t seconds = timegm(&tm);
    return seconds > 0 ? (uint64_t)seconds : 0;
}

/* OpenSSL writes what is not printable as \xHH. */
static void note_certificate(struct evidence_certificate *ret, const X509 *certificate)
{
    X509_NAME_oneline(X509_get_subject_name(certificate), ret->subject, sizeof(ret->subject));
    X509_NAME_oneline(X509_get_issuer_name(certificate), ret->issuer, sizeof(ret->issuer));
    ret->expires_s = expiry_of(certificate);
}

/* With TLSVerify off nothing is held against a certificate, but it is evidence. */
static int look_only(X509_STORE_CTX *chain, void *context)
{
    struct tls_look *look = context;
    note_certificate(&look->certificate, X509_STORE_CTX_get0_cert(chain));
    return 1;
}

/* Replaces OpenSSL's verification as a whole: the chain first, then the name, as the first fault is
 * the one reported. */
static int verify(X509_STORE_CTX *chain, void *context)
{
    struct tls_look *look = context;
    int error = X509_V_OK;

    note_certificate(&look->certificate, X509_STORE_CTX_get0_cert(chain));
    if (X509_verify_cert(chain) != 1)
        error = X509_STORE_CTX_get_error(chain);
    if (!is_named(look, X509_STORE_CTX_get0_cert(chain))) {
        look->wrong_name = look->give_up_on_name;
        if (error == X509_V_OK)
            error = X509_V_ERR_HOSTNAME_MISMATCH;
    }
    look->error = error;
    bool go_on = !look->wrong_name && (error == X509_V_OK || look->verify != TLS_VERIFY_ON);
    /* The number becomes the alert the endpoint gets. */
    X509_STORE_CTX_set_error(chain, go_on ? X509_V_OK : error);
    ERR_clear_error();
    return go_on;
}

/* Route 53 probes servers of TLS 1.0 to 1.2 and asks nothing of their keys (route53.md 3.1). */
static void allow_old(SSL_CTX *context)
{
    SSL_CTX_set_security_level(context, 0);
    SSL_CTX_set_min_proto_version(context, TLS1_VERSION);
    SSL_CTX_set_options(context, SSL_OP_LEGACY_SERVER_CONNECT);
}

void tls_look_attach(struct tls_look *look, void *ssl_context)
{
    SSL_CTX *context = ssl_context;

    /* An endpoint that renegotiates again and again would buy our processor time until the deadline. */
    SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION);
    if (look->verify != TLS_VERIFY_ON)
        allow_old(context);
    if (look->verify == TLS_VERIFY_OFF) {
        SSL_CTX_set_cert_verify_callback(context, look_only, look);
        return;
    }
    SSL_CTX_set1_cert_store(context, look->trust->store);
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, NULL);
    SSL_CTX_set_cert_verify_callback(context, verify, look);
}

const char *tls_look_text(const struct tls_look *look)
{
    if (look->error == X509_V_OK)
        return NULL;
    for (size_t i = 0; i < COUNT(texts); i++)
        if (texts[i].error == look->error)
            return texts[i].text;
    return X509_verify_cert_error_string(look->error);
}
