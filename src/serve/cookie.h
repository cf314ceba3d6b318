/* cookie.h -- DNS server cookies (RFC 7873) in the form servers share (RFC 9018).
 *
 * A server cookie is version, three reserved bytes, the time, and a hash of those, the client's cookie
 * and its address, keyed by a secret.  Nothing is kept of a client.  There may be two secrets, so that
 * they can be changed on several servers one after another (RFC 9018 section 5): the first makes
 * cookies, either verifies them.  Pure but for cookie_invent_secret().
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/net.h"

#define COOKIE_CLIENT_BYTES     8U
#define COOKIE_SERVER_BYTES     16U
#define COOKIE_BYTES            (COOKIE_CLIENT_BYTES + COOKIE_SERVER_BYTES)
#define COOKIE_SERVER_MIN_BYTES 8U /* of others (RFC 7873 section 4) */
#define COOKIE_SERVER_MAX_BYTES 32U
#define COOKIE_SECRET_BYTES     16U
#define COOKIE_SECRETS_MAX      2U
#define COOKIE_LIFE_S           3600U /* RFC 9018 section 4.3, all three */
#define COOKIE_RENEW_S          1800U
#define COOKIE_FUTURE_S         300U

enum cookie_mode {
    COOKIE_ON,
    COOKIE_OFF,     /* the option is ignored */
    COOKIE_REQUIRE, /* over UDP a client that sends cookies must send a valid one */
};

struct cookie_settings {
    enum cookie_mode mode;
    uint32_t count; /* of secrets; at least 1 while in use */
    uint8_t secrets[COOKIE_SECRETS_MAX][COOKIE_SECRET_BYTES];
};

/* What a client's cookie, with a server's part, is worth. */
enum cookie_verdict {
    COOKIE_INVALID, /* not made here or by a server with one of our secrets, for this client, lately */
    COOKIE_OLD,     /* valid, but to be replaced: its secret or its time is about to end */
    COOKIE_FRESH, /* valid, and to go back as it came */
};

/* Judges `cookie`, COOKIE_BYTES of client's and server's part.  `now_s` is the real time. */
enum cookie_verdict cookie_check(const struct cookie_settings *settings,
        const union net_address *client, const uint8_t *cookie, uint32_t now_s);

/* Fills in the server's part behind the client's in `cookie`, COOKIE_BYTES. */
void cookie_make(const struct cookie_settings *settings, const union net_address *client,
        uint8_t *cookie, uint32_t now_s);

/* Takes a random secret from the kernel if there is none.  Returns 0 or -errno. */
MUST_CHECK int cookie_invent_secret(struct cookie_settings *settings);
