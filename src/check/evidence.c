/* evidence.c -- see evidence.h. */
#include "check/evidence.h"

#include <string.h>

#include "base/clock.h"

#define ESCAPED_MAX 4U /* \xHH */

/* Bytes as text that anybody may print: what is not printable ASCII, and the backslash, is escaped. */
static void add_escaped(const uint8_t *bytes, size_t length, struct buf *ret)
{
    for (size_t i = 0; i < length; i++) {
        uint8_t byte = bytes[i];
        if (byte == '\\')
            buf_add_string(ret, "\\\\");
        else if (byte >= ' ' && byte < 0x7f)
            buf_add(ret, &byte, 1);
        else if (byte == '\n')
            buf_add_string(ret, "\\n");
        else
            buf_printf(ret, "\\x%02x", byte);
    }
}

static void set_escaped(struct doc *doc, const char *key, const void *bytes, size_t length)
{
    struct buf text;
    if (length == 0)
        return;
    buf_init(&text, EVIDENCE_BODY_MAX * ESCAPED_MAX);
    add_escaped(bytes, length, &text);
    doc_set_text(doc, key, buf_string(&text));
    buf_done(&text);
}

static void set_address(struct doc *doc, const char *key, const union net_address *address)
{
    char text[NET_TEXT_MAX];
    if (address->any.sa_family != 0)
        doc_set_text(doc, key, net_address_format(address, text));
}

static struct doc *certificate_doc(const struct evidence_certificate *certificate)
{
    char time[CLOCK_TEXT_MAX];
    struct doc *doc = doc_new();
    set_escaped(doc, "subject", certificate->subject, strlen(certificate->subject));
    set_escaped(doc, "issuer", certificate->issuer, strlen(certificate->issuer));
    doc_set_text(doc, "expires", clock_format(certificate->expires_s * 1000, time));
    return doc;
}

struct doc *evidence_doc(const struct evidence *evidence)
{
    static const char *const steps[EVIDENCE_STEPS] = {
            "resolved_us", "connected_us", "secured_us", "answered_us", "done_us"};
    const struct evidence_certificate *certificate = evidence->certificate;
    struct doc *doc = doc_new();

    for (size_t i = 0; i < EVIDENCE_STEPS; i++)
        if (evidence->reached_us[i] > 0)
            doc_set_number(doc, steps[i], evidence->reached_us[i]);
    set_address(doc, "address", &evidence->peer);
    set_address(doc, "source", &evidence->local);
    if (evidence->addresses > 0)
        doc_set_number(doc, "addresses", evidence->addresses);
    if (evidence->os_error != 0)
        doc_set_text(doc, "errno", strerrorname_np(evidence->os_error));
    if (evidence->status != NULL)
        set_escaped(doc, "status", evidence->status, strlen(evidence->status));
    set_escaped(doc, "body", evidence->body, evidence->body_length);
    if (certificate != NULL && certificate->subject[0] != '\0')
        doc_set_doc(doc, "certificate", certificate_doc(certificate));
    return doc;
}
