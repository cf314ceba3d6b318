/* config_key.c -- see config_key.h. */
#include "config_key.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/str.h"
#include "dns/name.h"
#include "exec/helper.h"
#include "rules.h"
#include "serve/query.h"
#include "serve/tcp.h"
#include "zone/load.h"

#define AT(member) offsetof(struct config, member)

#define CONFIG_SECRET_BYTES COOKIE_SECRET_BYTES
static_assert(ROUTE_SECRET_BYTES == CONFIG_SECRET_BYTES, "one form for all secrets");

const struct config_key config_keys[] = {
        {.name = "listen",
         .letter = 'l',
         .kind = CONFIG_ADDRESSES,
         .max = CONFIG_LISTEN_MAX,
         .argument = "ADDR[:PORT]",
         .help = "answer on this address; repeatable"},
        {.name = "zones",
         .letter = 'z',
         .kind = CONFIG_TEXT,
         .offset = AT(zones_dir),
         .argument = "DIR",
         .help = "serve every *.zone in DIR; the origin is the file's name"},
        {.name = "zone",
         .kind = CONFIG_ZONES,
         .offset = AT(zone),
         .max = CONFIG_ZONES_MAX,
         .argument = "ORIGIN=FILE",
         .help = "serve one zone; repeatable"},
        {.name = "checks",
         .letter = 'k',
         .kind = CONFIG_TEXT,
         .offset = AT(checks_dir),
         .argument = "DIR",
         .help = "read every *.json in DIR as health checks"},
        {.name = "geoip",
         .kind = CONFIG_TEXT,
         .offset = AT(geoip_file),
         .argument = "FILE",
         .help = "where networks are, in MaxMind's format; for @geo and @geoproximity"},
        {.name = "latency",
         .kind = CONFIG_TEXT,
         .offset = AT(latency_file),
         .argument = "FILE",
         .help = "round-trip times from networks to regions; for @latency"},
        {.name = "state-dir",
         .letter = 's',
         .kind = CONFIG_TEXT,
         .offset = AT(state_dir),
         .argument = "DIR",
         .help = "health state and control socket; default " CONFIG_DEFAULT_STATE_DIR},
        {.name = "workers",
         .letter = 'w',
         .kind = CONFIG_NUMBER,
         .offset = AT(workers),
         .min = 1,
         .max = CONFIG_WORKERS_MAX,
         .argument = "N",
         .help = "responder threads; default one per processor"},
        {.name = "no-checker",
         .kind = CONFIG_SWITCH,
         .offset = AT(no_checker),
         .help = "answer only; verdicts stay as last known"},
        {.name = "udp-size",
         .kind = CONFIG_NUMBER,
         .offset = AT(udp_size_bytes),
         .min = CONFIG_UDP_SIZE_MIN,
         .max = CONFIG_UDP_SIZE_MAX,
         .argument = "BYTES",
         .help = "largest UDP answer; default 1232"},
        {.name = "tcp-connections",
         .kind = CONFIG_NUMBER,
         .offset = AT(tcp_connections_max),
         .min = 1,
         .max = TCP_CONNECTIONS_LIMIT,
         .argument = "N",
         .help = "TCP connections in each worker; default 1000"},
        {.name = "tcp-per-client",
         .kind = CONFIG_NUMBER,
         .offset = AT(tcp_client_max),
         .min = 1,
         .max = TCP_CONNECTIONS_LIMIT,
         .argument = "N",
         .help = "TCP connections of one client in each worker; default 100"},
        {.name = "tcp-idle",
         .kind = CONFIG_NUMBER,
         .offset = AT(tcp_idle_s),
         .min = 1,
         .max = TCP_IDLE_MAX_S,
         .argument = "SECONDS",
         .help = "an idle TCP connection is kept for so long; default 10"},
        {.name = "probes",
         .kind = CONFIG_NUMBER,
         .offset = AT(probes_max),
         .min = 1,
         .max = CONFIG_PROBES_MAX,
         .argument = "N",
         .help = "probes in flight at once; default 1000"},
        {.name = "exec-checks",
         .kind = CONFIG_SWITCH,
         .offset = AT(exec_checks),
         .help = "allow checks of type EXEC, which run programs"},
        {.name = "exec-commands",
         .kind = CONFIG_NUMBER,
         .offset = AT(commands_max),
         .min = 1,
         .max = EXEC_RUNNING_MAX,
         .argument = "N",
         .help = "commands of EXEC checks at once; default 16"},
        {.name = "ca-file",
         .kind = CONFIG_TEXT,
         .offset = AT(ca_file),
         .argument = "FILE",
         .help = "certificate authorities for probes; default the system's"},
        {.name = "version-text",
         .kind = CONFIG_SHORT_TEXT,
         .offset = AT(version_text),
         .max = QUERY_VERSION_TEXT_MAX,
         .argument = "TEXT",
         .help = "told as version.bind in class CHAOS; empty refuses"},
        {.name = "server-id",
         .kind = CONFIG_SHORT_TEXT,
         .offset = AT(server_id),
         .max = QUERY_SERVER_ID_MAX,
         .argument = "TEXT",
         .help = "told as id.server and NSID; default none"},
        {.name = "cookies",
         .kind = CONFIG_COOKIES,
         .argument = "MODE",
         .help = "DNS cookies: on, off or require; default on"},
        {.name = "cookie-secret",
         .kind = CONFIG_SECRETS,
         .max = COOKIE_SECRETS_MAX,
         .argument = "HEX",
         .help = "makes cookies; a second one verifies too; default random"},
        {.name = "sticky-secret",
         .kind = CONFIG_STICKY_SECRET,
         .argument = "HEX",
         .help = "servers with the same one send a client of sticky= the same way"},
        {.name = "ignore-ecs",
         .kind = CONFIG_NAMES,
         .offset = AT(ignore_ecs),
         .max = CONFIG_ZONES_MAX,
         .argument = "ORIGIN",
         .help = "answer this zone by who sends, not by client subnet; repeatable"},
        {.name = "on-stale",
         .kind = CONFIG_STALE,
         .offset = AT(on_stale),
         .max = CONFIG_ZONES_MAX,
         .argument = "ORIGIN=MODE",
         .help = "while the checker is silent: hold verdicts, or open; *: every zone"},
        {.name = "max-down",
         .kind = CONFIG_GUARDS,
         .offset = AT(max_down),
         .max = CONFIG_ZONES_MAX,
         .argument = "LIMIT",
         .help = "[ORIGIN=]N% in TIME: more checks that go down at once are held"},
        {.name = "safety-rule",
         .kind = CONFIG_RULES,
         .offset = AT(safety_rule),
         .max = RULES_MAX,
         .argument = "RULE",
         .help = "NAME: N of ID ID ... [wait TIME]: so many stay up; repeatable"},
        {.name = "lint-waive",
         .kind = CONFIG_WAIVERS,
         .offset = AT(lint_waive),
         .max = LINT_WAIVERS_MAX,
         .argument = "NAME:CODE",
         .help = "accept this finding of a lint; repeatable"},
        {.name = "lint-slow",
         .kind = CONFIG_NUMBER,
         .offset = AT(lint_slow_s),
         .min = 1,
         .max = CONFIG_LINT_SLOW_MAX_S,
         .argument = "SECONDS",
         .help = "a failover that may take longer is a finding; default 300"},
        {.name = "journal-size",
         .kind = CONFIG_NUMBER,
         .offset = AT(journal_mib),
         .min = 1,
         .max = CONFIG_JOURNAL_MAX_MIB,
         .argument = "MIB",
         .help = "how much of what has happened is kept; default 16"},
        {.name = "suspect-share",
         .kind = CONFIG_NUMBER,
         .offset = AT(suspect_share),
         .min = 0,
         .max = 100,
         .argument = "PERCENT",
         .help = "of endpoints, silent at once: this host is suspected; 0: never; default "
                        "100"},
        {.name = "checker-timeout",
         .kind = CONFIG_NUMBER,
         .offset = AT(checker_timeout_s),
         .min = 0,
         .max = CONFIG_CHECKER_TIMEOUT_MAX_S,
         .argument = "SECONDS",
         .help = "a checker silent for so long is killed, 0: never; default 10"},
        {.name = "ttl-floor",
         .kind = CONFIG_NUMBER,
         .offset = AT(ttl_floor_s),
         .min = 0,
         .max = CONFIG_TTL_FLOOR_MAX_S,
         .argument = "SECONDS",
         .help = "the TTL of answers that rest on a suspect check (Suspect); default 5"},
        {.name = "log-level",
         .kind = CONFIG_LEVEL,
         .argument = "LEVEL",
         .help = "error, warning, info or debug; default info"},
        {.name = NULL                                                          },
};

static const char *const level_names[] = {
        [LOG_LEVEL_ERROR] = "error",
        [LOG_LEVEL_WARNING] = "warning",
        [LOG_LEVEL_INFO] = "info",
        [LOG_LEVEL_DEBUG] = "debug",
};

static const char *const cookie_modes[] = {
        [COOKIE_ON] = "on",
        [COOKIE_OFF] = "off",
        [COOKIE_REQUIRE] = "require",
};

const struct config_key *config_key_find(const char *name)
{
    for (const struct config_key *key = config_keys; key->name != NULL; key++)
        if (strcmp(key->name, name) == 0)
            return key;
    return NULL;
}

/* Whether its values are struct config_texts. */
static bool is_texts(const struct config_key *key)
{
    return key->kind == CONFIG_ZONES || key->kind == CONFIG_NAMES || key->kind == CONFIG_WAIVERS ||
           key->kind == CONFIG_STALE || key->kind == CONFIG_GUARDS || key->kind == CONFIG_RULES;
}

bool config_key_is_list(const struct config_key *key)
{
    return key->kind == CONFIG_ADDRESSES || key->kind == CONFIG_SECRETS || is_texts(key);
}

/* Where a row's value lies. */
static void *member(const struct config_key *key, struct config *config)
{
    return (char *)config + key->offset;
}

static const void *const_member(const struct config_key *key, const struct config *config)
{
    return (const char *)config + key->offset;
}

/* How many values a key has. */
static size_t count_values(const struct config_key *key, const struct config *config)
{
    if (key->kind == CONFIG_ADDRESSES)
        return config->listen_count;
    if (key->kind == CONFIG_SECRETS)
        return config->cookies.count;
    if (is_texts(key))
        return ((const struct config_texts *)const_member(key, config))->count;
    return 1;
}

void config_key_clear(const struct config_key *key, struct config *config)
{
    if (key->kind == CONFIG_ADDRESSES) {
        free(config->listen);
        config->listen = NULL;
        config->listen_count = 0;
        return;
    }
    if (key->kind == CONFIG_SECRETS) {
        config->cookies.count = 0;
        return;
    }
    struct config_texts *texts = member(key, config);
    for (size_t i = 0; i < texts->count; i++)
        free(texts->list[i]);
    free(texts->list);
    *texts = (struct config_texts){0};
}

static void add_to_texts(struct config_texts *texts, const char *value)
{
    texts->list = mem_resize(texts->list, texts->count + 1, sizeof(char *));
    texts->list[texts->count++] = mem_string(value);
}

static int apply_address(struct config *config, const char *value, struct buf *why)
{
    union net_address address;
    if (net_address_parse(value, CONFIG_DEFAULT_PORT, &address) != 0) {
        buf_printf(why, "not an address with optional port: \"%s\"%s", value,
                value[0] != '[' && strchr(value, ':') != strrchr(value, ':')
                        ? " (an IPv6 address stands in brackets)"
                        : "");
        return ERR_FAULTY;
    }
    /* The port has one place in both families. */
    if (address.v4.sin_port == 0) {
        buf_printf(why, "port 0 cannot be asked: \"%s\"", value);
        return ERR_FAULTY;
    }
    for (size_t i = 0; i < config->listen_count; i++) {
        if (memcmp(&config->listen[i], &address, net_address_size_bytes(&address)) != 0)
            continue;
        buf_printf(why, "given twice: \"%s\"", value);
        return ERR_FAULTY;
    }
    config->listen = mem_resize(config->listen, config->listen_count + 1, sizeof(*config->listen));
    config->listen[config->listen_count++] = address;
    return 0;
}

static int apply_zone(
        const struct config_key *key, struct config *config, const char *value, struct buf *why)
{
    const char *equals = strchr(value, '=');
    if (equals == NULL || equals == value || equals[1] == '\0') {
        buf_printf(why, "not ORIGIN=FILE: \"%s\"%s", value,
                equals == NULL ? " (quoted in a file)" : "");
        return ERR_FAULTY;
    }
    add_to_texts(member(key, config), value);
    return 0;
}

static int apply_name(
        const struct config_key *key, struct config *config, const char *value, struct buf *why)
{
    static const uint8_t root[] = {0};
    struct name name;

    if (name_from_text(value, root, &name) < 0) {
        buf_printf(why, "not a name: \"%s\"", value);
        return ERR_FAULTY;
    }
    add_to_texts(member(key, config), value);
    return 0;
}

static int apply_waiver(
        const struct config_key *key, struct config *config, const char *value, struct buf *why)
{
    struct lint_waiver waiver;
    if (lint_waiver_parse(value, &waiver, why) != 0)
        return ERR_FAULTY;
    add_to_texts(member(key, config), value);
    return 0;
}

static int apply_stale(
        const struct config_key *key, struct config *config, const char *value, struct buf *why)
{
    struct name name;
    bool is_rest, is_open;
    if (zone_stale_parse(value, &name, &is_rest, &is_open) != 0) {
        buf_printf(why, "neither ORIGIN=hold nor ORIGIN=open: \"%s\"", value);
        return ERR_FAULTY;
    }
    add_to_texts(member(key, config), value);
    return 0;
}

static int apply_guard(
        const struct config_key *key, struct config *config, const char *value, struct buf *why)
{
    struct zone_guard guard;
    if (zone_guard_parse(value, &guard, why) != 0)
        return ERR_FAULTY;
    add_to_texts(member(key, config), value);
    return 0;
}

/* Two of one name could not be told apart by who overrides one. */
static int apply_rule(
        const struct config_key *key, struct config *config, const char *value, struct buf *why)
{
    struct config_texts *texts = member(key, config);
    struct rule rule;
    if (rule_parse(value, &rule, why) != 0)
        return ERR_FAULTY;
    size_t length = strlen(rule.name);
    rule_done(&rule);
    for (size_t i = 0; i < texts->count; i++) {
        const char *other = texts->list[i] + strspn(texts->list[i], " ");
        if (strncmp(other, value + strspn(value, " "), length + 1) != 0)
            continue;
        buf_printf(why, "a second rule of that name: \"%s\"", value);
        return ERR_FAULTY;
    }
    add_to_texts(texts, value);
    return 0;
}

static int apply_text(
        const struct config_key *key, struct config *config, const char *value, struct buf *why)
{
    if (*value == '\0') {
        buf_add_string(why, "is empty");
        return ERR_FAULTY;
    }
    char **text = member(key, config);
    free(*text);
    *text = mem_string(value);
    return 0;
}

static int apply_short_text(
        const struct config_key *key, struct config *config, const char *value, struct buf *why)
{
    if (strlen(value) > key->max) {
        buf_printf(why, "longer than %u bytes", key->max);
        return ERR_FAULTY;
    }
    char **text = member(key, config);
    free(*text);
    *text = mem_string(value);
    return 0;
}

static int apply_number(
        const struct config_key *key, struct config *config, const char *value, struct buf *why)
{
    uint64_t number;
    if (str_parse_number(value, key->max, &number) != 0 || number < key->min) {
        buf_printf(why, "not a number from %u to %u: \"%s\"", key->min, key->max, value);
        return ERR_FAULTY;
    }
    *(uint32_t *)member(key, config) = (uint32_t)number;
    return 0;
}

static int apply_level(struct config *config, const char *value, struct buf *why)
{
    struct str_nearest nearest = {.word = value};
    for (size_t i = 0; i < COUNT(level_names); i++) {
        if (strcmp(value, level_names[i]) == 0) {
            config->log_level = (enum log_level)i;
            return 0;
        }
        str_nearest_offer(&nearest, level_names[i]);
    }
    buf_printf(why, "not error, warning, info or debug: \"%s\"", value);
    if (nearest.best != NULL)
        buf_printf(why, "; did you mean \"%s\"?", nearest.best);
    return ERR_FAULTY;
}

static int apply_cookies(struct config *config, const char *value, struct buf *why)
{
    for (size_t i = 0; i < COUNT(cookie_modes); i++) {
        if (strcmp(value, cookie_modes[i]) != 0)
            continue;
        config->cookies.mode = (enum cookie_mode)i;
        return 0;
    }
    buf_printf(why, "not on, off or require: \"%s\"", value);
    return ERR_FAULTY;
}

static uint8_t hex_value(char digit)
{
    if (digit <= '9')
        return (uint8_t)(digit - '0');
    return (uint8_t)((digit | 0x20) - 'a' + 10);
}

/* A secret is not repeated in the message. */
static int read_secret(const char *value, uint8_t *secret, struct buf *why)
{
    static const char digits[] = "0123456789abcdefABCDEF";

    if (strlen(value) != 2 * CONFIG_SECRET_BYTES || value[strspn(value, digits)] != '\0') {
        buf_printf(why, "not %u hex digits", 2 * CONFIG_SECRET_BYTES);
        return ERR_FAULTY;
    }
    for (size_t i = 0; i < CONFIG_SECRET_BYTES; i++)
        secret[i] = (uint8_t)(hex_value(value[2 * i]) << 4 | hex_value(value[2 * i + 1]));
    return 0;
}

static int apply_secret(struct config *config, const char *value, struct buf *why)
{
    int error = read_secret(value, config->cookies.secrets[config->cookies.count], why);
    if (error == 0)
        config->cookies.count++;
    return error;
}

static int apply_sticky_secret(struct config *config, const char *value, struct buf *why)
{
    int error = read_secret(value, config->sticky_secret, why);
    if (error == 0)
        config->has_sticky_secret = true;
    return error;
}

static int apply_switch(
        const struct config_key *key, struct config *config, const char *value, struct buf *why)
{
    static const struct {
        const char *word;
        bool value;
    } words[] = {
            {"true",  true },
            {"yes",   true },
            {"on",    true },
            {"false", false},
            {"no",    false},
            {"off",   false},
    };
    for (size_t i = 0; i < COUNT(words); i++) {
        if (!str_equal_fold(words[i].word, value))
            continue;
        *(bool *)member(key, config) = words[i].value;
        return 0;
    }
    buf_printf(why, "not true or false: \"%s\"", value);
    return ERR_FAULTY;
}

int config_key_apply(
        const struct config_key *key, struct config *config, const char *value, struct buf *why)
{
    if (config_key_is_list(key) && count_values(key, config) == key->max) {
        buf_printf(why, "more than %u values", key->max);
        return ERR_FAULTY;
    }
    switch (key->kind) {
    case CONFIG_ADDRESSES:
        return apply_address(config, value, why);
    case CONFIG_ZONES:
        return apply_zone(key, config, value, why);
    case CONFIG_NAMES:
        return apply_name(key, config, value, why);
    case CONFIG_WAIVERS:
        return apply_waiver(key, config, value, why);
    case CONFIG_RULES:
        return apply_rule(key, config, value, why);
    case CONFIG_GUARDS:
        return apply_guard(key, config, value, why);
    case CONFIG_STALE:
        return apply_stale(key, config, value, why);
    case CONFIG_TEXT:
        return apply_text(key, config, value, why);
    case CONFIG_SHORT_TEXT:
        return apply_short_text(key, config, value, why);
    case CONFIG_NUMBER:
        return apply_number(key, config, value, why);
    case CONFIG_LEVEL:
        return apply_level(config, value, why);
    case CONFIG_SECRETS:
        return apply_secret(config, value, why);
    case CONFIG_STICKY_SECRET:
        return apply_sticky_secret(config, value, why);
    case CONFIG_COOKIES:
        return apply_cookies(config, value, why);
    case CONFIG_SWITCH:
        return apply_switch(key, config, value, why);
    }
    return ERR_FAULTY;
}

static bool add_text(const char *text, struct buf *ret)
{
    if (text == NULL)
        return false;
    buf_add_string(ret, text);
    return true;
}

static bool add_hex(const uint8_t *bytes, size_t size, struct buf *ret)
{
    for (size_t i = 0; i < size; i++)
        buf_printf(ret, "%02x", bytes[i]);
    return true;
}

bool config_key_value(
        const struct config_key *key, const struct config *config, size_t i, struct buf *ret)
{
    char address[NET_TEXT_MAX];
    if (i >= count_values(key, config))
        return false;
    switch (key->kind) {
    case CONFIG_ADDRESSES:
        return add_text(net_address_format(&config->listen[i], address), ret);
    case CONFIG_ZONES:
    case CONFIG_NAMES:
    case CONFIG_WAIVERS:
    case CONFIG_STALE:
    case CONFIG_GUARDS:
    case CONFIG_RULES:
        return add_text(((const struct config_texts *)const_member(key, config))->list[i], ret);
    case CONFIG_TEXT:
    case CONFIG_SHORT_TEXT:
        return add_text(*(char *const *)const_member(key, config), ret);
    case CONFIG_NUMBER:
        buf_printf(ret, "%u", *(const uint32_t *)const_member(key, config));
        return true;
    case CONFIG_LEVEL:
        return add_text(level_names[config->log_level], ret);
    case CONFIG_SECRETS:
        return add_hex(config->cookies.secrets[i], CONFIG_SECRET_BYTES, ret);
    case CONFIG_STICKY_SECRET:
        return config->has_sticky_secret &&
               add_hex(config->sticky_secret, CONFIG_SECRET_BYTES, ret);
    case CONFIG_COOKIES:
        return add_text(cookie_modes[config->cookies.mode], ret);
    case CONFIG_SWITCH:
        return add_text(*(const bool *)const_member(key, config) ? "true" : "false", ret);
    }
    return false;
}
