/* field.c -- see field.h. */
#include "dns/field.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "base/str.h"
#include "dns/name.h"
#include "dns/text.h"

#define SHOWN_MAX        80  /* bytes of a token repeated in a sentence */
#define WORD_MAX         64U /* an address, a number or a mnemonic, with its NUL */
#define HASH_PADDING_MAX 6U
#define LIST_LINE_MAX    1024U /* of /etc/services and the like */
#define WINDOW_BYTES     32U   /* of a type bitmap */
#define WINDOWS          256U

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

/* One byte, or a backslash with what it escapes; the digits of \DDD are bytes of their own here. */
static const char *step(const char *at)
{
    return *at == '\\' && at[1] != '\0' ? at + 2 : at + 1;
}

int field_next(struct field_reader *reader, struct field_token *ret)
{
    const char *at = reader->at;

    while (is_blank(*at))
        at++;
    if (*at == '\0') {
        reader->at = at;
        return 0;
    }
    bool quoted = *at == '"';
    const char *start = at + quoted;
    for (at = start; *at != '\0' && (quoted ? *at != '"' : !is_blank(*at));)
        at = step(at);
    if (quoted && *at == '\0')
        return field_fault(reader, "a quoted string is not closed");
    *ret = (struct field_token){start, (size_t)(at - start), quoted};
    reader->at = at + quoted;
    return 1;
}

int field_fault(struct field_reader *reader, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(reader->why, TEXT_ERROR_MAX, format, arguments);
    va_end(arguments);
    return ERR_SYNTAX;
}

int field_fault_token(
        struct field_reader *reader, const char *sentence, const struct field_token *token)
{
    bool cut = token->length > SHOWN_MAX;
    return field_fault(reader, "%s: \"%.*s%s\"", sentence, cut ? SHOWN_MAX : (int)token->length,
            token->at, cut ? "..." : "");
}

/* Copies a bare word.  False if it is quoted or does not fit: then it is no number or address. */
static bool copy_word(const struct field_token *token, char *ret, size_t room)
{
    if (token->quoted || token->length >= room)
        return false;
    memcpy(ret, token->at, token->length);
    ret[token->length] = '\0';
    return true;
}

int field_name(struct field_reader *reader, const struct field_token *token)
{
    char text[NAME_TEXT_MAX + 1];
    struct name name;

    int error = ERR_TOO_LARGE;
    if (token->quoted)
        return field_fault_token(reader, "a domain name must not be quoted", token);
    if (copy_word(token, text, sizeof(text)))
        error = name_from_text(text, reader->origin, &name);
    if (error == ERR_TOO_LARGE)
        return field_fault_token(reader, "a domain name longer than 255 bytes", token);
    if (error != 0)
        return field_fault_token(reader,
                "not a domain name (an empty label, one above 63 bytes, or a bad escape)", token);
    wire_write(reader->out, name.bytes, name.length);
    return 0;
}

int field_a(struct field_reader *reader, const struct field_token *token)
{
    char word[WORD_MAX];
    struct in_addr address;

    if (!copy_word(token, word, sizeof(word)) || inet_pton(AF_INET, word, &address) != 1)
        return field_fault_token(reader, "not an IPv4 address", token);
    wire_write(reader->out, &address, sizeof(address));
    return 0;
}

int field_aaaa(struct field_reader *reader, const struct field_token *token)
{
    char word[WORD_MAX];
    struct in6_addr address;

    if (!copy_word(token, word, sizeof(word)) || inet_pton(AF_INET6, word, &address) != 1)
        return field_fault_token(reader, "not an IPv6 address", token);
    wire_write(reader->out, &address, sizeof(address));
    return 0;
}

/* Reads decimal digits; *end is behind them.  False without a digit or beyond 32 bits. */
static bool read_digits(const char *at, const char *limit, const char **end, uint64_t *ret)
{
    uint64_t value = 0;
    const char *start = at;

    for (; at < limit && *at >= '0' && *at <= '9' && value <= UINT32_MAX; at++)
        value = value * 10 + (uint64_t)(*at - '0');
    *end = at;
    *ret = value;
    return at > start && value <= UINT32_MAX;
}

static int read_number(
        struct field_reader *reader, const struct field_token *token, uint32_t max, uint32_t *ret)
{
    const char *limit = token->at + token->length;
    const char *end;
    uint64_t value;

    if (token->quoted || !read_digits(token->at, limit, &end, &value) || end != limit ||
            value > max) {
        char sentence[WORD_MAX];
        snprintf(sentence, sizeof(sentence), "not a number from 0 to %u", max);
        return field_fault_token(reader, sentence, token);
    }
    *ret = (uint32_t)value;
    return 0;
}

int field_int8(struct field_reader *reader, const struct field_token *token)
{
    uint32_t value = 0;
    int error = read_number(reader, token, UINT8_MAX, &value);
    wire_write8(reader->out, (uint8_t)value);
    return error;
}

int field_int16(struct field_reader *reader, const struct field_token *token)
{
    uint32_t value = 0;
    int error = read_number(reader, token, UINT16_MAX, &value);
    wire_write16(reader->out, (uint16_t)value);
    return error;
}

int field_int32(struct field_reader *reader, const struct field_token *token)
{
    uint32_t value = 0;
    int error = read_number(reader, token, UINT32_MAX, &value);
    wire_write32(reader->out, value);
    return error;
}

int field_period(struct field_reader *reader, const struct field_token *token)
{
    const char *at = token->at;
    const char *limit = token->at + token->length;
    uint64_t total = 0;
    bool valid = !token->quoted && token->length > 0;

    while (valid && at < limit) {
        uint64_t value;
        valid = read_digits(at, limit, &at, &value);
        uint32_t unit = at < limit ? str_unit_s(*at) : 1;
        total += value * unit;
        valid = valid && unit > 0 && total <= UINT32_MAX;
        at += at < limit;
    }
    if (!valid)
        return field_fault_token(reader, "not a time in seconds (or like 1h30m)", token);
    wire_write32(reader->out, (uint32_t)total);
    return 0;
}

/* Appends a token's bytes with its escapes resolved.  Returns how many, or ERR_SYNTAX. */
static int write_unescaped(struct field_reader *reader, const struct field_token *token)
{
    int count = 0;

    for (size_t i = 0; i < token->length; i++, count++) {
        const char *at = token->at + i;
        if (*at != '\\') {
            wire_write8(reader->out, (uint8_t)*at);
            continue;
        }
        if (i + 1 == token->length)
            return field_fault_token(reader, "a bad escape at the end of", token);
        if (at[1] < '0' || at[1] > '9') {
            wire_write8(reader->out, (uint8_t)at[1]);
            i++;
            continue;
        }
        const char *end;
        uint64_t value;
        const char *limit = token->length - i >= 4 ? at + 4 : at + 1;
        if (!read_digits(at + 1, limit, &end, &value) || end != at + 4 || value > UINT8_MAX)
            return field_fault_token(reader, "a bad escape (want \\000 to \\255) in", token);
        wire_write8(reader->out, (uint8_t)value);
        i += 3;
    }
    return count;
}

int field_string(struct field_reader *reader, const struct field_token *token)
{
    uint8_t *length = wire_reserve(reader->out, 1);
    int count = write_unescaped(reader, token);
    if (count < 0)
        return count;
    if (count > (int)FIELD_STRING_MAX)
        return field_fault(reader, "a string of %d bytes; one may have 255, split it: \"%.20s...\"",
                count, token->at);
    if (length != NULL)
        *length = (uint8_t)count;
    return 0;
}

int field_long_string(struct field_reader *reader, const struct field_token *token)
{
    int count = write_unescaped(reader, token);
    return count < 0 ? count : 0;
}

static bool is_alphanumeric(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

int field_tag(struct field_reader *reader, const struct field_token *token)
{
    bool valid = token->length > 0 && token->length <= FIELD_STRING_MAX;
    for (size_t i = 0; valid && i < token->length; i++)
        valid = is_alphanumeric(token->at[i]);
    if (!valid)
        return field_fault_token(reader, "not a tag of letters and digits", token);
    wire_write8(reader->out, (uint8_t)token->length);
    wire_write(reader->out, token->at, token->length);
    return 0;
}

static int read_type(struct field_reader *reader, const struct field_token *token, uint16_t *ret)
{
    char word[WORD_MAX];
    if (!copy_word(token, word, sizeof(word)) || text_type_parse(word, ret) != 0)
        return field_fault_token(reader, "not a record type", token);
    return 0;
}

int field_type(struct field_reader *reader, const struct field_token *token)
{
    uint16_t type = 0;
    int error = read_type(reader, token, &type);
    wire_write16(reader->out, type);
    return error;
}

int field_types(struct field_reader *reader, const struct field_token *token)
{
    uint8_t bitmap[WINDOWS][WINDOW_BYTES] = {{0}};
    struct field_token next = *token;
    int more = 1;

    for (; more > 0; more = field_next(reader, &next)) {
        uint16_t type = 0;
        int error = read_type(reader, &next, &type);
        if (error != 0)
            return error;
        bitmap[type >> 8][(type & 0xff) / 8] |= (uint8_t)(0x80 >> (type % 8));
    }
    for (uint32_t window = 0; window < WINDOWS; window++) {
        uint8_t used = WINDOW_BYTES;
        while (used > 0 && bitmap[window][used - 1] == 0)
            used--;
        if (used == 0)
            continue;
        wire_write8(reader->out, (uint8_t)window);
        wire_write8(reader->out, used);
        wire_write(reader->out, bitmap[window], used);
    }
    return more;
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = (char)(c | 0x20);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

int field_hex(struct field_reader *reader, const struct field_token *token)
{
    struct field_token next = *token;
    int high = -1; /* the digit that waits for its second half, perhaps in the next token */
    int more = 1;

    for (; more > 0; more = field_next(reader, &next)) {
        if (next.quoted)
            return field_fault_token(reader, "not hexadecimal digits", &next);
        for (size_t i = 0; i < next.length; i++) {
            int digit = hex_digit(next.at[i]);
            if (digit < 0)
                return field_fault_token(reader, "not hexadecimal digits", &next);
            if (high >= 0)
                wire_write8(reader->out, (uint8_t)(high << 4 | digit));
            high = high >= 0 ? -1 : digit;
        }
    }
    if (high >= 0)
        return field_fault_token(reader, "an odd number of hexadecimal digits", token);
    return more;
}

/* A protocol or service as a number, or by its name in the system's list. */
static int read_protocol(struct field_reader *reader, const struct field_token *token, uint8_t *ret)
{
    char word[WORD_MAX];
    char memory[LIST_LINE_MAX];
    struct protoent entry;
    struct protoent *found = NULL;

    if (copy_word(token, word, sizeof(word)) && (word[0] < '0' || word[0] > '9') &&
            getprotobyname_r(word, &entry, memory, sizeof(memory), &found) == 0 && found != NULL) {
        *ret = (uint8_t)found->p_proto;
        return 0;
    }
    uint32_t number = 0;
    int error = read_number(reader, token, UINT8_MAX, &number);
    *ret = (uint8_t)number;
    return error;
}

static int read_service(struct field_reader *reader, const struct field_token *token,
        uint8_t protocol, uint16_t *ret)
{
    char word[WORD_MAX];
    char memory[LIST_LINE_MAX];
    struct servent entry;
    struct servent *found = NULL;
    const char *name = protocol == IPPROTO_UDP ? "udp" : "tcp";

    if (copy_word(token, word, sizeof(word)) && (word[0] < '0' || word[0] > '9') &&
            getservbyname_r(word, name, &entry, memory, sizeof(memory), &found) == 0 &&
            found != NULL) {
        *ret = ntohs((uint16_t)found->s_port);
        return 0;
    }
    uint32_t number = 0;
    int error = read_number(reader, token, UINT16_MAX, &number);
    *ret = (uint16_t)number;
    return error;
}

/* Not through ldns, which asks the system's lists by calls that are not safe in threads. */
int field_wks(struct field_reader *reader, const struct field_token *token)
{
    uint8_t ports[(UINT16_MAX + 1) / 8] = {0};
    uint8_t protocol = 0;
    size_t used = 0;
    struct field_token next;
    int more;

    int error = read_protocol(reader, token, &protocol);
    if (error != 0)
        return error;
    while ((more = field_next(reader, &next)) > 0) {
        uint16_t port = 0;
        error = read_service(reader, &next, protocol, &port);
        if (error != 0)
            return error;
        ports[port / 8] |= (uint8_t)(0x80 >> (port % 8));
        used = port / 8U + 1 > used ? port / 8U + 1 : used;
    }
    wire_write8(reader->out, protocol);
    wire_write(reader->out, ports, used);
    return more;
}

/* Digits of a base of 2^n, collected until they fill bytes. */
struct digits {
    const char *alphabet; /* in order of value */
    unsigned bits;        /* per digit */
    uint32_t pending;
    unsigned pending_bits;
    size_t count;
};

static bool take_digit(struct digits *digits, char c, struct wire_writer *out)
{
    const char *found = c != '\0' ? strchr(digits->alphabet, c) : NULL;
    if (found == NULL)
        return false;
    digits->pending = digits->pending << digits->bits | (uint32_t)(found - digits->alphabet);
    digits->pending_bits += digits->bits;
    digits->count++;
    if (digits->pending_bits >= 8) {
        digits->pending_bits -= 8;
        wire_write8(out, (uint8_t)(digits->pending >> digits->pending_bits));
    }
    return true;
}

/* Whether the digits ended where a byte ends: what is left over is less than a digit, and zero. */
static bool digits_are_whole(const struct digits *digits)
{
    return digits->count > 0 && digits->pending_bits < digits->bits &&
           (digits->pending & ((1U << digits->pending_bits) - 1)) == 0;
}

int field_base64(struct field_reader *reader, const struct field_token *token)
{
    struct digits digits = {
            .alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/",
            .bits = 6,
    };
    struct field_token next = *token;
    size_t padding = 0;
    int more = 1;

    for (; more > 0; more = field_next(reader, &next)) {
        for (size_t i = 0; i < next.length; i++) {
            bool pad = next.at[i] == '=';
            padding += pad;
            if (next.quoted || pad != (padding > 0) ||
                    (!pad && !take_digit(&digits, next.at[i], reader->out)))
                return field_fault_token(reader, "not base64", &next);
        }
    }
    if (more == 0 && (!digits_are_whole(&digits) || (digits.count + padding) % 4 != 0))
        return field_fault_token(reader, "base64 that is not whole", token);
    return more;
}

int field_hash(struct field_reader *reader, const struct field_token *token)
{
    struct digits digits = {.alphabet = "0123456789abcdefghijklmnopqrstuv", .bits = 5};
    uint8_t *length = wire_reserve(reader->out, 1);
    size_t before = reader->out->at;
    size_t end = token->length;

    /* RFC 5155 knows no padding; ldns prints it, so it is read. */
    while (end > 0 && token->length - end < HASH_PADDING_MAX && token->at[end - 1] == '=')
        end--;
    for (size_t i = 0; i < end; i++) {
        char c = token->at[i];
        c = c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
        if (token->quoted || !take_digit(&digits, c, reader->out))
            return field_fault_token(reader, "not a hash in base32hex", token);
    }
    size_t written = reader->out->at - before;
    if (!digits_are_whole(&digits) || written > FIELD_STRING_MAX)
        return field_fault_token(reader, "not a whole hash in base32hex", token);
    if (length != NULL)
        *length = (uint8_t)written;
    return 0;
}
