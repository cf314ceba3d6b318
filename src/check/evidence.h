/* evidence.h -- what one probe saw, beside the sentence that says why it ended: for whoever asks later whether the
 * verdict was right.
 *
 * It lies within the probe and is borrowed while its handler runs.  Only a probe whose result is worth an event has it
 * written down (docs/formats/journal.md), so a probe fills it and prints nothing.  All of it but the times comes from
 * strangers: it is bounded, and printed as printable ASCII.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "admin/doc.h"
#include "base/net.h"

#define EVIDENCE_STATUS_MAX 95U  /* bytes of a status line */
#define EVIDENCE_BODY_MAX   512U /* bytes of a body, the first ones */
#define EVIDENCE_NAME_MAX   191U /* of a certificate's subject and issuer */

/* The steps of a probe, in their order; not every kind has each. */
enum evidence_step {
    EVIDENCE_RESOLVED,  /* the name has an address */
    EVIDENCE_CONNECTED, /* TCP */
    EVIDENCE_SECURED,   /* TLS */
    EVIDENCE_ANSWERED,  /* the first bytes came */
    EVIDENCE_DONE,      /* the outcome was known */
    EVIDENCE_STEPS,
};

struct evidence_certificate {
    char subject[EVIDENCE_NAME_MAX + 1]; /* empty: none was seen */
    char issuer[EVIDENCE_NAME_MAX + 1];
    uint64_t expires_s; /* seconds since 1970 UTC */
};

struct evidence {
    uint64_t reached_us[EVIDENCE_STEPS]; /* since the probe began; 0: not reached */
    union net_address peer, local;       /* tried, and from where; of family 0: none */
    uint32_t addresses; /* of the name, of which one was tried; 0: it was not looked up */
    int os_error;       /* errno, 0 for none */
    /* Borrowed from the probe's kind; NULL or 0 for none. */
    const char *status; /* a status line, or what is one to the protocol */
    const uint8_t *body;
    size_t body_length;
    const struct evidence_certificate *certificate;
};

/* A new document of what there is. */
struct doc *evidence_doc(const struct evidence *evidence);
