/* cookie.c -- see cookie.h. */
#include "serve/cookie.h"

#include <assert.h>
#include <errno.h>
#include <string.h>
#include <sys/random.h>

#include "base/siphash.h"
#include "dns/wire.h"

#define VERSION        1U
#define VERSION_AT     COOKIE_CLIENT_BYTES
#define TIME_AT        (VERSION_AT + 4U) /* behind the version three bytes are reserved */
#define HASH_AT        (TIME_AT + 4U)
#define ADDRESS_BYTES  16U /* of the longer family */
#define HALF_OF_SERIAL 0x80000000U

static_assert(COOKIE_SECRET_BYTES == SIPHASH_KEY_BYTES, "a secret is a key");

/* Everything before the hash, and the client's address (RFC 9018 section 4.4). */
static uint64_t hash(const uint8_t *secret, const union net_address *client, const uint8_t *cookie)
{
    uint8_t input[HASH_AT + ADDRESS_BYTES];
    bool v6 = client->any.sa_family == AF_INET6;
    size_t size = v6 ? sizeof(client->v6.sin6_addr) : sizeof(client->v4.sin_addr);

    memcpy(input, cookie, HASH_AT);
    if (v6)
        memcpy(input + HASH_AT, &client->v6.sin6_addr, size);
    else
        memcpy(input + HASH_AT, &client->v4.sin_addr, size);
    return siphash(secret, input, HASH_AT + size);
}

/* Compares in constant time: how much of a guess was right is not told. */
static bool has_hash(const uint8_t *cookie, uint64_t hash)
{
    unsigned difference = 0;
    for (unsigned i = 0; i < COOKIE_BYTES - HASH_AT; i++)
        difference |= cookie[HASH_AT + i] ^ (unsigned)(hash >> (8 * i) & 0xff);
    return difference == 0;
}

/* The seconds since a cookie was made, by serial number arithmetic (RFC 9018 section 4.3): negative for
 * one from the future. */
static int64_t age_s(const uint8_t *cookie, uint32_t now_s)
{
    uint32_t age = now_s - wire_load32(cookie + TIME_AT);
    return age < HALF_OF_SERIAL ? (int64_t)age : (int64_t)age - ((int64_t)1 << 32);
}

enum cookie_verdict cookie_check(const struct cookie_settings *settings,
        const union net_address *client, const uint8_t *cookie, uint32_t now_s)
{
    int64_t age = age_s(cookie, now_s);

    if (cookie[VERSION_AT] != VERSION || age > (int64_t)COOKIE_LIFE_S ||
            age < -(int64_t)COOKIE_FUTURE_S)
        return COOKIE_INVALID;
    for (uint32_t i = 0; i < settings->count; i++) {
        if (!has_hash(cookie, hash(settings->secrets[i], client, cookie)))
            continue;
        return i == 0 && age <= (int64_t)COOKIE_RENEW_S ? COOKIE_FRESH : COOKIE_OLD;
    }
    return COOKIE_INVALID;
}

void cookie_make(const struct cookie_settings *settings, const union net_address *client,
        uint8_t *cookie, uint32_t now_s)
{
    assert(settings->count > 0);
    memset(cookie + VERSION_AT, 0, TIME_AT - VERSION_AT);
    cookie[VERSION_AT] = VERSION;
    wire_store32(cookie + TIME_AT, now_s);
    uint64_t made = hash(settings->secrets[0], client, cookie);
    for (unsigned i = 0; i < COOKIE_BYTES - HASH_AT; i++)
        cookie[HASH_AT + i] = (uint8_t)(made >> (8 * i));
}

int cookie_invent_secret(struct cookie_settings *settings)
{
    if (settings->count > 0)
        return 0;
    if (getrandom(settings->secrets[0], COOKIE_SECRET_BYTES, 0) != (ssize_t)COOKIE_SECRET_BYTES)
        return errno != 0 ? -errno : -EIO;
    settings->count = 1;
    return 0;
}
