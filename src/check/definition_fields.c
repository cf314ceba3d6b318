/* definition_fields.c -- the members of a HealthCheckConfig: one row each.
 *
 * A row says for which types a member means something, how it is read, and its range.  Type is read
 * first, since the others depend on it; defaults and the rules between fields come last.
 */
#include <arpa/inet.h>
#include <assert.h>
#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "check/definition_reader.h"

#define BIT(type) (1U << (type))
#define HTTP_ALL                                                                                   \
    (BIT(CHECK_HTTP) | BIT(CHECK_HTTPS) | BIT(CHECK_HTTP_STR_MATCH) | BIT(CHECK_HTTPS_STR_MATCH))
#define GRPC_ALL   (BIT(CHECK_GRPC) | BIT(CHECK_GRPCS))
#define TLS_ALL    (BIT(CHECK_HTTPS) | BIT(CHECK_HTTPS_STR_MATCH) | BIT(CHECK_GRPCS))
#define SEARCH_ALL (BIT(CHECK_HTTP_STR_MATCH) | BIT(CHECK_HTTPS_STR_MATCH))
#define TCP_ALL    (BIT(CHECK_TCP) | BIT(CHECK_TCP_HELD))
#define DNS        BIT(CHECK_DNS)
#define CALLS      (HTTP_ALL | GRPC_ALL)
#define ENDPOINT   (CALLS | TCP_ALL | DNS)
#define COMMAND    BIT(CHECK_EXEC)
#define PROBED     (ENDPOINT | COMMAND)
#define HEARTBEAT  BIT(CHECK_HEARTBEAT)
#define ALARM      BIT(CHECK_CLOUDWATCH_METRIC)
#define SWITCH     BIT(CHECK_RECOVERY_CONTROL)
#define CALCULATED BIT(CHECK_CALCULATED)
#define EVERY      (PROBED | HEARTBEAT | ALARM | SWITCH | CALCULATED)

#define INTERVAL_DEFAULT_MS    10000U /* design.md section 4 */
#define THRESHOLD_DEFAULT      3U
#define CONNECT_DEFAULT_MS     4000U /* route53.md 3.1 */
#define CONNECT_TCP_DEFAULT_MS 10000U
#define RESPONSE_DEFAULT_MS    2000U
#define COMMAND_DEFAULT_MS     10000U
#define STATUS_LOW_DEFAULT     200U
#define STATUS_HIGH_DEFAULT    399U
#define STATUS_GRPC            200U /* the one that a call may have */
#define INTERVAL_MAX_S         86400.0
#define CAUTION_MAX_S          86400.0
#define TIMEOUT_MIN_S          0.05
#define TIMEOUT_MAX_S          60.0
#define HEALTH_THRESHOLD_MAX   256
#define METHOD_MAX             16U
#define HEADER_MAX             1024U

static const struct {
    const char *name;
    unsigned port; /* the default, 0 for none */
} types[CHECK_TYPES] = {
        [CHECK_HTTP] = {"HTTP",              80 },
        [CHECK_HTTPS] = {"HTTPS",             443},
        [CHECK_HTTP_STR_MATCH] = {"HTTP_STR_MATCH",    80 },
        [CHECK_HTTPS_STR_MATCH] = {"HTTPS_STR_MATCH",   443},
        [CHECK_TCP] = {"TCP",               0  },
        [CHECK_TCP_HELD] = {"TCP_HELD",          0  },
        [CHECK_DNS] = {"DNS",               53 },
        [CHECK_GRPC] = {"GRPC",              0  },
        [CHECK_GRPCS] = {"GRPCS",             0  },
        [CHECK_EXEC] = {"EXEC",              0  },
        [CHECK_HEARTBEAT] = {"HEARTBEAT",         0  },
        [CHECK_CLOUDWATCH_METRIC] = {"CLOUDWATCH_METRIC", 0  },
        [CHECK_RECOVERY_CONTROL] = {"RECOVERY_CONTROL",  0  },
        [CHECK_CALCULATED] = {"CALCULATED",        0  },
};

const char *check_type_name(enum check_type type)
{
    assert(type < CHECK_TYPES);
    return types[type].name;
}

bool check_type_is_probed(enum check_type type)
{
    return (PROBED & BIT(type)) != 0;
}

bool check_type_is_endpoint(enum check_type type)
{
    return (ENDPOINT & BIT(type)) != 0;
}

bool check_type_is_http(enum check_type type)
{
    return (HTTP_ALL & BIT(type)) != 0;
}

bool check_type_is_grpc(enum check_type type)
{
    return (GRPC_ALL & BIT(type)) != 0;
}

bool check_type_is_tls(enum check_type type)
{
    return (TLS_ALL & BIT(type)) != 0;
}

bool check_type_is_search(enum check_type type)
{
    return (SEARCH_ALL & BIT(type)) != 0;
}

bool check_type_is_held(enum check_type type)
{
    return type == CHECK_TCP_HELD;
}

bool check_type_is_switched(enum check_type type)
{
    return ((ALARM | SWITCH) & BIT(type)) != 0;
}

/* ------------------------------------------------------------------ reading values */

struct field {
    const char *name;
    unsigned types; /* for which the member means something */
    void (*read)(struct definition_reader *reader, const struct field *field, const json_t *value,
            struct definition *ret);
    size_t offset; /* of the member in struct definition, for the plain readers */
    double least, most;
};

#define TARGET(member) offsetof(struct definition, target.member)
#define RULE(member)   offsetof(struct definition, rule.member)
#define OWN(member)    offsetof(struct definition, member)

static void *place_of(const struct field *field, struct definition *definition)
{
    return (char *)definition + field->offset;
}

static const char *get_text(struct definition_reader *reader, const json_t *value)
{
    return definition_text(reader, value, DEFINITION_TEXT_MAX);
}

static bool has_blank(const char *text)
{
    for (; *text != '\0'; text++)
        if ((unsigned char)*text <= ' ' || *text == 0x7f)
            return true;
    return false;
}

static void read_text(struct definition_reader *reader, const struct field *field,
        const json_t *value, struct definition *ret)
{
    const char *text = get_text(reader, value);
    if (text != NULL)
        *(const char **)place_of(field, ret) = arena_string(reader->arena, text);
}

/* A text that goes into a request line or a header. */
static void read_word(struct definition_reader *reader, const struct field *field,
        const json_t *value, struct definition *ret)
{
    const char *text = get_text(reader, value);
    if (text == NULL)
        return;
    if (has_blank(text))
        json_path_fault(&reader->path, "\"%s\" has blanks or control bytes", text);
    else
        *(const char **)place_of(field, ret) = arena_string(reader->arena, text);
}

static void read_path(struct definition_reader *reader, const struct field *field,
        const json_t *value, struct definition *ret)
{
    read_word(reader, field, value, ret);
    const char *path = ret->target.path;
    if (path == NULL || *path == '/')
        return;
    char *slashed = arena_alloc_packed(reader->arena, strlen(path) + 2);
    slashed[0] = '/';
    memcpy(slashed + 1, path, strlen(path) + 1);
    ret->target.path = slashed;
}

static void read_address(struct definition_reader *reader, const struct field *field,
        const json_t *value, struct definition *ret)
{
    unsigned char bytes[sizeof(struct in6_addr)];
    const char *text = get_text(reader, value);
    if (text == NULL)
        return;
    if (inet_pton(AF_INET, text, bytes) != 1 && inet_pton(AF_INET6, text, bytes) != 1)
        json_path_fault(&reader->path, "\"%s\" is no IPv4 or IPv6 address", text);
    else
        *(const char **)place_of(field, ret) = arena_string(reader->arena, text);
}

/* A number within the row's range, or -1 and a fault. */
static double get_number(struct definition_reader *reader, const struct field *field,
        const json_t *value, const char *unit)
{
    if (!json_is_number(value)) {
        json_path_fault(&reader->path, "is %s; wanted a number%s from %g to %g",
                definition_kind(value), unit, field->least, field->most);
        return -1;
    }
    double number = json_number_value(value);
    if (!(number >= field->least && number <= field->most)) {
        json_path_fault(&reader->path, "is %g; wanted a number%s from %g to %g", number, unit,
                field->least, field->most);
        return -1;
    }
    return number;
}

/* A whole number. */
static double get_whole(
        struct definition_reader *reader, const struct field *field, const json_t *value)
{
    double number = get_number(reader, field, value, "");
    if (number >= 0 && number != floor(number)) {
        json_path_fault(&reader->path, "is %g; wanted a whole number", number);
        return -1;
    }
    return number;
}

static void read_number(struct definition_reader *reader, const struct field *field,
        const json_t *value, struct definition *ret)
{
    double number = get_whole(reader, field, value);
    if (number >= 0)
        *(uint32_t *)place_of(field, ret) = (uint32_t)number;
}

static void read_port(struct definition_reader *reader, const struct field *field,
        const json_t *value, struct definition *ret)
{
    double number = get_whole(reader, field, value);
    if (number >= 0)
        ret->target.port = (uint16_t)number;
}

static void read_seconds(struct definition_reader *reader, const struct field *field,
        const json_t *value, struct definition *ret)
{
    double number = get_number(reader, field, value, " of seconds");
    if (number >= 0)
        *(uint32_t *)place_of(field, ret) = (uint32_t)lround(number * 1000);
}

static void read_bool(struct definition_reader *reader, const struct field *field,
        const json_t *value, struct definition *ret)
{
    if (!json_is_boolean(value))
        json_path_fault(&reader->path, "is %s; wanted true or false", definition_kind(value));
    else
        *(bool *)place_of(field, ret) = json_is_true(value);
}

/* Members that mean nothing on one machine, or are for people. */
static void read_nothing(struct definition_reader *reader, const struct field *field,
        const json_t *value, struct definition *ret)
{
    (void)reader, (void)field, (void)value, (void)ret;
}

static void read_method(struct definition_reader *reader, const struct field *field,
        const json_t *value, struct definition *ret)
{
    const char *text = get_text(reader, value);
    if (text == NULL)
        return;
    if (strlen(text) > METHOD_MAX || strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != strlen(text) ||
            strcmp(text, "CONNECT") == 0)
        json_path_fault(&reader->path,
                "\"%s\" is no method to probe with; wanted GET, HEAD, POST ...", text);
    else
        *(const char **)place_of(field, ret) = arena_string(reader->arena, text);
}

static void read_tls_verify(struct definition_reader *reader, const struct field *field,
        const json_t *value, struct definition *ret)
{
    static const char *const words[] = {
            [TLS_VERIFY_WARN] = "warn", [TLS_VERIFY_ON] = "on", [TLS_VERIFY_OFF] = "off"};
    const char *text = get_text(reader, value);
    (void)field;

    if (text == NULL)
        return;
    for (size_t i = 0; i < COUNT(words); i++) {
        if (strcmp(text, words[i]) != 0)
            continue;
        ret->target.tls_verify = (enum tls_verify)i;
        return;
    }
    json_path_fault(&reader->path, "is \"%s\"; wanted \"on\", \"warn\" or \"off\"", text);
}

/* 204, "204" or "200-299".  `%n` says how far the text was read: it must be to its end. */
static bool parse_status(const json_t *value, unsigned *low, unsigned *high)
{
    int end = 0;

    if (json_is_integer(value)) {
        json_int_t number = json_integer_value(value);
        *low = *high = number >= 0 && number <= UINT16_MAX ? (unsigned)number : UINT16_MAX;
        return true;
    }
    const char *text = definition_string(value);
    if (text == NULL)
        return false;
    if (sscanf(text, "%3u%n", low, &end) == 1 && text[end] == '\0') {
        *high = *low;
        return true;
    }
    return sscanf(text, "%3u-%3u%n", low, high, &end) == 2 && text[end] == '\0';
}

static void read_status(struct definition_reader *reader, const struct field *field,
        const json_t *value, struct definition *ret)
{
    unsigned low, high;

    if (!parse_status(value, &low, &high) || low < field->least || high > field->most ||
            low > high) {
        json_path_fault(&reader->path, "wanted a status from %g to %g, or two as \"%s\"",
                field->least, field->most, (field->types & COMMAND) != 0 ? "0-1" : "200-299");
        return;
    }
    ret->target.status_low = (uint16_t)low;
    ret->target.status_high = (uint16_t)high;
}

static void read_command(struct definition_reader *reader, const struct field *field,
        const json_t *value, struct definition *ret)
{
    (void)field;
    definition_read_command(reader, value, &ret->target);
}

/* RFC 9110 5.6.2: what a header's name may consist of. */
static bool is_token(const char *text)
{
    size_t length = strlen(text);
    return length > 0 && strspn(text, "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyz"
                                      "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == length;
}

static bool is_header_value(const json_t *value)
{
    const char *text = definition_string(value);
    if (text == NULL)
        return false;
    for (const char *at = text; *at != '\0'; at++)
        if (((unsigned char)*at < ' ' && *at != '\t') || *at == 0x7f)
            return false;
    return true;
}

/* One "Name: value" line, or NULL and a fault. */
static const char *get_header(
        struct definition_reader *reader, const char *name, const json_t *value)
{
    char line[HEADER_MAX];

    if (!is_token(name)) {
        json_path_fault(&reader->path, "\"%s\" is no name of a header", name);
        return NULL;
    }
    if (str_equal_fold(name, "Host")) {
        json_path_fault(
                &reader->path, "the Host header is made of FullyQualifiedDomainName and Port");
        return NULL;
    }
    if (!is_header_value(value)) {
        json_path_fault(&reader->path, "is %s; wanted a string without control bytes",
                definition_kind(value));
        return NULL;
    }
    int length = snprintf(line, sizeof(line), "%s: %s", name, json_string_value(value));
    if (length < 0 || (size_t)length >= sizeof(line)) {
        json_path_fault(&reader->path, "a header takes at most %u bytes", HEADER_MAX);
        return NULL;
    }
    return arena_string(reader->arena, line);
}

static void read_headers(struct definition_reader *reader, const struct field *field,
        const json_t *value, struct definition *ret)
{
    size_t count = 0;
    const char *name;
    json_t *each;
    (void)field;

    if (!json_is_object(value) || json_object_size(value) > DEFINITION_HEADERS_MAX) {
        json_path_fault(&reader->path, "wanted an object of at most %u names and values",
                DEFINITION_HEADERS_MAX);
        return;
    }
    const char **lines =
            arena_zalloc(reader->arena, (json_object_size(value) + 1) * sizeof(const char *));
    json_object_foreach((json_t *)value, name, each)
    {
        json_path_enter_member(&reader->path, name);
        lines[count] = get_header(reader, name, each);
        count += lines[count] != NULL;
        json_path_leave(&reader->path);
    }
    ret->target.headers = lines;
}

static void read_children(struct definition_reader *reader, const struct field *field,
        const json_t *value, struct definition *ret)
{
    size_t count = json_array_size(value);
    (void)field;

    if (!json_is_array(value) || count > DEFINITION_CHILDREN_MAX) {
        json_path_fault(
                &reader->path, "wanted an array of at most %u ids", DEFINITION_CHILDREN_MAX);
        return;
    }
    const char **children = arena_zalloc(reader->arena, (count + 1) * sizeof(const char *));
    for (size_t i = 0; i < count; i++) {
        json_path_enter_element(&reader->path, i);
        const char *text = get_text(reader, json_array_get(value, i));
        children[i] = arena_string(reader->arena, text != NULL ? text : "");
        json_path_leave(&reader->path);
    }
    ret->children = children;
    ret->children_count = (uint32_t)count;
}

static void read_bytes(struct definition_reader *reader, const struct field *field,
        const json_t *value, struct definition *ret)
{
    definition_read_bytes(reader, value, (size_t)field->most, place_of(field, ret));
}

static void read_question(struct definition_reader *reader, const struct field *field,
        const json_t *value, struct definition *ret)
{
    (void)field;
    definition_read_question(reader, value, &ret->target.dns);
}

static void read_protocol(struct definition_reader *reader, const struct field *field,
        const json_t *value, struct definition *ret)
{
    (void)field;
    definition_read_protocol(reader, value, &ret->target.dns);
}

static void read_rcode(struct definition_reader *reader, const struct field *field,
        const json_t *value, struct definition *ret)
{
    (void)field;
    definition_read_rcode(reader, value, &ret->target.dns);
}

static void read_alarm(struct definition_reader *reader, const struct field *field,
        const json_t *value, struct definition *ret)
{
    (void)field;
    definition_read_alarm(reader, value, &ret->target.push);
}

static void read_insufficient(struct definition_reader *reader, const struct field *field,
        const json_t *value, struct definition *ret)
{
    (void)field;
    definition_read_insufficient(reader, value, &ret->target.push);
}

static void read_control(struct definition_reader *reader, const struct field *field,
        const json_t *value, struct definition *ret)
{
    (void)field;
    definition_read_control(reader, value, &ret->target.push);
}

/* ------------------------------------------------------------------ the table */

#define THRESHOLD_RANGE 1, VERDICT_THRESHOLD_MAX
#define TIMEOUT_RANGE   TIMEOUT_MIN_S, TIMEOUT_MAX_S

enum {
    FIELD_TYPE = 0
}; /* the row that is read before the others */

static const struct field fields[] = {
  /* clang-format off */
        {"Type",                         EVERY,      read_nothing,    0, 0, 0},
        {"IPAddress",                    ENDPOINT,   read_address,    TARGET(address), 0, 0},
        {"Port",                         ENDPOINT,   read_port,       0, 1, 65535},
        {"ResourcePath",                 HTTP_ALL,   read_path,       TARGET(path), 0, 0},
        {"FullyQualifiedDomainName",     ENDPOINT,   read_word,       TARGET(host), 0, 0},
        {"SearchString",                 SEARCH_ALL, read_text,       TARGET(search), 0, 0},
        {"RequestInterval",              PROBED,     read_seconds,    TARGET(interval_ms), 0.1, INTERVAL_MAX_S},
        {"FailureThreshold",             PROBED,     read_number,     RULE(fall), THRESHOLD_RANGE},
        {"SuccessThreshold",             PROBED,     read_number,     RULE(rise), THRESHOLD_RANGE},
        {"ConnectTimeout",               ENDPOINT,   read_seconds,    TARGET(connect_timeout_ms), TIMEOUT_RANGE},
        {"ResponseTimeout",              ENDPOINT,   read_seconds,    TARGET(response_timeout_ms), TIMEOUT_RANGE},
        {"Service",                      GRPC_ALL,   read_word,       TARGET(service), 0, 0},
        {"TLSVerify",                    TLS_ALL,    read_tls_verify, 0, 0, 0},
        {"EnableSNI",                    ENDPOINT,   read_bool,       TARGET(sni), 0, 0},
        {"Method",                       HTTP_ALL,   read_method,     TARGET(method), 0, 0},
        {"Headers",                      HTTP_ALL,   read_headers,    0, 0, 0},
        {"ExpectedStatus",               HTTP_ALL,   read_status,     0, 100, 599},
        {"Send",                         TCP_ALL,    read_bytes,      TARGET(send), 1, DEFINITION_SEND_MAX},
        {"Expect",                       TCP_ALL,    read_bytes,      TARGET(expect), 1, DEFINITION_EXPECT_MAX},
        {"Question",                     DNS,        read_question,   0, 0, 0},
        {"Protocol",                     DNS,        read_protocol,   0, 0, 0},
        {"RecursionDesired",             DNS,        read_bool,       TARGET(dns.recursion_desired), 0, 0},
        {"EDNS",                         DNS,        read_bool,       TARGET(dns.edns), 0, 0},
        {"ExpectedRcode",                DNS,        read_rcode,      0, 0, 0},
        {"ExpectedRdata",                DNS,        read_nothing,    0, 0, 0}, /* definition_finish_dns() */
        {"Command",                      COMMAND,    read_command,    0, 0, 0},
        {"Timeout",                      COMMAND,    read_seconds,    TARGET(timeout_ms), TIMEOUT_RANGE},
        {"ExpectedStatus",               COMMAND,    read_status,     0, 0, 255},
        {"Canary",                       ENDPOINT,   read_bool,       OWN(is_canary), 0, 0},
        {"Shadow",                       EVERY,      read_bool,       RULE(shadow), 0, 0},
        {"HoldDown",                     EVERY,      read_seconds,    RULE(hold_ms), 0, CAUTION_MAX_S},
        {"RampUp",                       EVERY,      read_seconds,    RULE(ramp_ms), 0, CAUTION_MAX_S},
        {"Suspect",                      EVERY,      read_seconds,    RULE(suspect_ms), 0, CAUTION_MAX_S},
        {"Inverted",                     EVERY,      read_bool,       RULE(inverted), 0, 0},
        {"Disabled",                     EVERY,      read_bool,       RULE(disabled), 0, 0},
        {"HealthThreshold",              CALCULATED, read_number,     OWN(threshold), 0, HEALTH_THRESHOLD_MAX},
        {"ChildHealthChecks",            CALCULATED, read_children,   0, 0, 0},
        {"MeasureLatency",               ENDPOINT,   read_nothing,    0, 0, 0},
        {"Regions",                      ENDPOINT,   read_nothing,    0, 0, 0},
        {"TimeToLive",                   HEARTBEAT,  read_seconds,    TARGET(push.ttl_ms), 0.1, INTERVAL_MAX_S},
        {"AlarmIdentifier",              ALARM,      read_alarm,      0, 0, 0},
        {"InsufficientDataHealthStatus", ALARM,      read_insufficient, 0, 0, 0},
        {"RoutingControlArn",            SWITCH,     read_control,    TARGET(push.name), 0, 0},
        {"Comment",                      EVERY,      read_nothing,    0, 0, 0},
  /* clang-format on */
};

/* The row of a member that means something for all of these types, or NULL. */
static const struct field *find_field(const char *name, unsigned wanted)
{
    for (size_t i = 0; i < COUNT(fields); i++)
        if (strcmp(fields[i].name, name) == 0 && (fields[i].types & wanted) == wanted)
            return &fields[i];
    return NULL;
}

static void unknown_field(struct definition_reader *reader, const char *name)
{
    struct str_nearest nearest = {.word = name};
    for (size_t i = 0; i < COUNT(fields); i++)
        str_nearest_offer(&nearest, fields[i].name);
    json_path_unknown(&reader->path, name, nearest.best);
}

/* ------------------------------------------------------------------ the type */

/* Returns whether the type is known. */
static bool read_type(
        struct definition_reader *reader, const json_t *config, struct definition *ret)
{
    const json_t *value = json_object_get(config, fields[FIELD_TYPE].name);
    const char *text = definition_string(value);

    if (value == NULL) {
        json_path_fault(&reader->path, "has no Type");
        return false;
    }
    json_path_enter_member(&reader->path, fields[FIELD_TYPE].name);
    struct str_nearest nearest = {.word = text != NULL ? text : ""};
    for (unsigned i = 0; i < CHECK_TYPES; i++) {
        str_nearest_offer(&nearest, types[i].name);
        if (text == NULL || strcmp(text, types[i].name) != 0)
            continue;
        ret->target.type = (enum check_type)i;
        json_path_leave(&reader->path);
        return true;
    }
    if (text == NULL)
        json_path_fault(&reader->path, "is %s; wanted a string", definition_kind(value));
    else if (nearest.best != NULL)
        json_path_fault(&reader->path, "\"%s\" is no type of check; did you mean \"%s\"?", text,
                nearest.best);
    else
        json_path_fault(&reader->path, "\"%s\" is no type of check", text);
    json_path_leave(&reader->path);
    return false;
}

/* ------------------------------------------------------------------ the whole */

/* What a status must be by default: of HTTP, of a call, of a command. */
static void set_status(struct check_target *target)
{
    bool grpc = check_type_is_grpc(target->type);
    if (target->type == CHECK_EXEC)
        return;
    target->status_low = grpc ? STATUS_GRPC : STATUS_LOW_DEFAULT;
    target->status_high = grpc ? STATUS_GRPC : STATUS_HIGH_DEFAULT;
}

static void set_defaults(struct definition *ret)
{
    static const char *const no_headers[] = {NULL};
    struct check_target *target = &ret->target;
    bool tcp = (TCP_ALL & BIT(target->type)) != 0;

    target->method = "GET";
    target->headers = no_headers;
    target->port = (uint16_t)types[target->type].port;
    set_status(target);
    target->tls_verify = TLS_VERIFY_WARN;
    target->sni = check_type_is_tls(target->type);
    target->interval_ms = INTERVAL_DEFAULT_MS;
    target->connect_timeout_ms = tcp ? CONNECT_TCP_DEFAULT_MS : CONNECT_DEFAULT_MS;
    target->response_timeout_ms = RESPONSE_DEFAULT_MS;
    target->dns.edns = target->type == CHECK_DNS;
    target->timeout_ms = COMMAND_DEFAULT_MS;
    target->check_id = target->type == CHECK_EXEC ? ret->id : NULL;
    ret->rule.fall = THRESHOLD_DEFAULT;
}

/* Before the type is read, so that a misspelt Type is told as that. */
static void check_names(struct definition_reader *reader, const json_t *config)
{
    const char *name;
    json_t *value;

    json_object_foreach((json_t *)config, name, value)
    {
        if (find_field(name, 0) != NULL)
            continue;
        json_path_enter_member(&reader->path, name);
        unknown_field(reader, name);
        json_path_leave(&reader->path);
    }
}

static void read_fields(
        struct definition_reader *reader, const json_t *config, struct definition *ret)
{
    const char *name;
    json_t *value;

    json_object_foreach((json_t *)config, name, value)
    {
        if (find_field(name, 0) == NULL)
            continue;
        const struct field *field = find_field(name, BIT(ret->target.type));
        json_path_enter_member(&reader->path, name);
        if (field == NULL)
            json_path_fault(&reader->path, "means nothing for a check of type %s",
                    check_type_name(ret->target.type));
        else
            field->read(reader, field, value, ret);
        json_path_leave(&reader->path);
    }
}

/* route53.md 3.2, the rules between fields. */
static void check_endpoint(struct definition_reader *reader, const struct definition *definition)
{
    const struct check_target *target = &definition->target;

    if (target->address == NULL && target->host == NULL)
        json_path_fault(&reader->path, "wants IPAddress or FullyQualifiedDomainName");
    if ((CALLS & BIT(target->type)) == 0 && target->address != NULL && target->host != NULL)
        json_path_fault(&reader->path,
                "a %s check with IPAddress takes no FullyQualifiedDomainName: nothing would use it",
                check_type_name(target->type));
    if (target->port == 0)
        json_path_fault(
                &reader->path, "a check of type %s wants a Port", check_type_name(target->type));
}

static void check_search(struct definition_reader *reader, const struct check_target *target)
{
    if (target->search == NULL)
        json_path_fault(&reader->path, "a check of type %s wants a SearchString",
                check_type_name(target->type));
    if (strcmp(target->method, "HEAD") == 0)
        json_path_fault(&reader->path, "the answer to HEAD has no body to search");
}

/* What is said to an endpoint without an ear for what it says back would judge nothing. */
static void check_expect(
        struct definition_reader *reader, const json_t *config, const struct check_target *target)
{
    static const char *const names[] = {"Send", "ResponseTimeout"};
    for (size_t i = 0; i < COUNT(names) && target->expect.length == 0; i++)
        if (json_object_get(config, names[i]) != NULL)
            json_path_fault(&reader->path, "%s without Expect: nothing would use it", names[i]);
}

/* The rules of one type. */
static void check_type(
        struct definition_reader *reader, const json_t *config, struct check_target *target)
{
    if (check_type_is_search(target->type))
        check_search(reader, target);
    if ((TCP_ALL & BIT(target->type)) != 0)
        check_expect(reader, config, target);
    if (target->type == CHECK_DNS)
        definition_finish_dns(reader, config, &target->dns);
    if (check_type_is_http(target->type) && target->path == NULL)
        target->path = "/";
    if (!check_type_is_tls(target->type))
        target->sni = false; /* AWS prints it for every type */
}

void definition_read_config(
        struct definition_reader *reader, const json_t *config, struct definition *ret)
{
    uint32_t errors = diag_errors(reader->path.diag);

    if (!json_is_object(config)) {
        json_path_fault(&reader->path, "is %s; wanted an object", definition_kind(config));
        return;
    }
    check_names(reader, config);
    if (!read_type(reader, config, ret))
        return;
    set_defaults(ret);
    read_fields(reader, config, ret);
    if (diag_errors(reader->path.diag) > errors)
        return;
    if (ret->rule.rise == 0)
        ret->rule.rise = ret->rule.fall;
    if (check_type_is_endpoint(ret->target.type))
        check_endpoint(reader, ret);
    if (ret->target.type == CHECK_EXEC && ret->target.command == NULL)
        json_path_fault(&reader->path, "a check of type EXEC wants a Command");
    if (ret->target.type == CHECK_CALCULATED &&
            (json_object_get(config, "HealthThreshold") == NULL || ret->children == NULL))
        json_path_fault(
                &reader->path, "a CALCULATED check wants HealthThreshold and ChildHealthChecks");
    check_type(reader, config, &ret->target);
    definition_finish_push(reader, ret);
}
