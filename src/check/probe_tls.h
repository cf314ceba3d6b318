/* probe_tls.h -- looking at the certificates of strange endpoints; OpenSSL is touched here only.
 *
 * libcurl makes the connection; this decides what a bad certificate does to it.  By Route 53's rules
 * a certificate is never held against an endpoint (route53.md 3.1), so old protocol versions, weak
 * keys and bad chains are all let through, and what is wrong is remembered for the report.  With
 * TLSVerify on, the library's own strictness stays and a bad certificate ends the handshake.
 */
#pragma once

#include <stdbool.h>

#include "base/attr.h"
#include "check/definition.h"
#include "check/evidence.h"

struct tls_trust; /* the certificates of authorities, read once */

/* `ca_file` NULL for the system's, of which there may be none.
 *
 * Returns 0 and new trust in *ret, ended with tls_trust_free(); -errno if ca_file cannot be read, or
 * ERR_SYNTAX if it holds no certificates. */
MUST_CHECK int tls_trust_new(struct tls_trust **ret, const char *ca_file);
void tls_trust_free(struct tls_trust *trust);

/* One look at one endpoint's certificate. */
struct tls_look {
    const struct tls_trust *trust;
    enum tls_verify verify;
    const char *name; /* whom the certificate must name; an address if is_address */
    bool is_address;
    bool give_up_on_name; /* a wrong name ends the handshake, for another try without SNI */

    /* Out: */
    bool wrong_name; /* it was given up for the name */
    int error;       /* 0, or what is wrong with the certificate (OpenSSL's number) */
    struct evidence_certificate certificate;
};

/* Prepares an SSL_CTX that libcurl is about to use.  `look` must live as long as the connection. */
void tls_look_attach(struct tls_look *look, void *ssl_context);

/* What is wrong, for people: "expired".  NULL if nothing is. */
const char *tls_look_text(const struct tls_look *look);
