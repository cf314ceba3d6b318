/* definition_diff.c -- see definition_diff.h.
 *
 * A row for each field: how it is printed, which is also how two of them are compared where definitions are
 * known to differ.  A field that says nothing for a type prints nothing.
 */
#include "check/definition_diff.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "check/shown.h"
#include "dns/name.h"
#include "dns/rcode.h"
#include "dns/text.h"

#define FIELD_TEXT_MAX  65536U /* above what 256 children or 32 headers take */
#define FIELD_SHOWN_MAX 512    /* bytes of it told */
#define RDATA_TEXT_MAX  (4 * DEFINITION_RDATA_BYTES + 64)

/* ------------------------------------------------------------------ alike */

static bool is_same_list(const struct definition *a, const struct definition *b)
{
    if (a->children_count != b->children_count || a->threshold != b->threshold)
        return false;
    for (uint32_t i = 0; i < a->children_count; i++)
        if (strcmp(a->children[i], b->children[i]) != 0)
            return false;
    return true;
}

bool definition_is_same(const struct definition *a, const struct definition *b)
{
    if (a->is_canary != b->is_canary || a->target.type != b->target.type ||
            a->rule.fall != b->rule.fall || a->rule.rise != b->rule.rise ||
            a->rule.shadow != b->rule.shadow || a->rule.inverted != b->rule.inverted ||
            a->rule.disabled != b->rule.disabled || a->rule.hold_ms != b->rule.hold_ms ||
            a->rule.ramp_ms != b->rule.ramp_ms || a->rule.suspect_ms != b->rule.suspect_ms)
        return false;
    if (a->target.type == CHECK_CALCULATED)
        return is_same_list(a, b);
    return check_target_equal(&a->target, &b->target);
}

/* ------------------------------------------------------------------ fields */

struct field {
    const char *name;
    void (*print)(const struct field *field, const struct definition *definition, struct buf *ret);
    size_t offset; /* of what is printed */
    bool hidden;   /* people are told only that it differs: it may hold a secret */
};

static const void *place_of(const struct field *field, const struct definition *definition)
{
    return (const char *)definition + field->offset;
}

static void print_type(
        const struct field *field, const struct definition *definition, struct buf *ret)
{
    (void)field;
    buf_add_string(ret, check_type_name(definition->target.type));
}

static void print_text(
        const struct field *field, const struct definition *definition, struct buf *ret)
{
    const char *text = *(const char *const *)place_of(field, definition);
    if (text != NULL)
        buf_add_string(ret, text);
}

static void print_number(
        const struct field *field, const struct definition *definition, struct buf *ret)
{
    buf_printf(ret, "%u", *(const uint32_t *)place_of(field, definition));
}

static void add_seconds(
        const struct field *field, const struct definition *definition, struct buf *ret)
{
    buf_printf(ret, "%g", *(const uint32_t *)place_of(field, definition) / 1000.0);
}

static void print_seconds(
        const struct field *field, const struct definition *definition, struct buf *ret)
{
    if (check_type_is_endpoint(definition->target.type))
        add_seconds(field, definition, ret);
}

static void print_interval(
        const struct field *field, const struct definition *definition, struct buf *ret)
{
    if (check_type_is_probed(definition->target.type))
        add_seconds(field, definition, ret);
}

static void print_timeout(
        const struct field *field, const struct definition *definition, struct buf *ret)
{
    if (definition->target.type == CHECK_EXEC)
        add_seconds(field, definition, ret);
}

static void print_bool(
        const struct field *field, const struct definition *definition, struct buf *ret)
{
    buf_add_string(ret, *(const bool *)place_of(field, definition) ? "true" : "false");
}

static void print_port(
        const struct field *field, const struct definition *definition, struct buf *ret)
{
    (void)field;
    if (definition->target.port != 0)
        buf_printf(ret, "%u", definition->target.port);
}

static void print_status(
        const struct field *field, const struct definition *definition, struct buf *ret)
{
    (void)field;
    if (check_type_is_http(definition->target.type) || definition->target.type == CHECK_EXEC)
        buf_printf(ret, "%u-%u", definition->target.status_low, definition->target.status_high);
}

static void print_tls_verify(
        const struct field *field, const struct definition *definition, struct buf *ret)
{
    static const char *const words[] = {
            [TLS_VERIFY_WARN] = "warn", [TLS_VERIFY_ON] = "on", [TLS_VERIFY_OFF] = "off"};
    (void)field;
    if (check_type_is_tls(definition->target.type))
        buf_add_string(ret, words[definition->target.tls_verify]);
}

static void print_lines(
        const struct field *field, const struct definition *definition, struct buf *ret)
{
    const char *const *line = *(const char *const *const *)place_of(field, definition);
    for (; line != NULL && *line != NULL; line++)
        buf_printf(ret, "%s%s", ret->length > 0 ? ", " : "", *line);
}

static void print_bytes(
        const struct field *field, const struct definition *definition, struct buf *ret)
{
    const struct check_bytes *bytes = place_of(field, definition);
    shown_all(bytes->bytes, bytes->length, ret);
}

static void print_question(
        const struct field *field, const struct definition *definition, struct buf *ret)
{
    const struct check_dns *dns = &definition->target.dns;
    char name[NAME_TEXT_MAX];
    char type[TEXT_TYPE_MAX];
    (void)field;
    if (dns->name != NULL)
        buf_printf(ret, "%s %s", name_to_text(dns->name, name), text_type_format(dns->type, type));
}

static void print_protocol(
        const struct field *field, const struct definition *definition, struct buf *ret)
{
    (void)field;
    if (definition->target.type == CHECK_DNS)
        buf_add_string(ret, definition->target.dns.over_tcp ? "TCP" : "UDP");
}

static void print_dns_bool(
        const struct field *field, const struct definition *definition, struct buf *ret)
{
    if (definition->target.type == CHECK_DNS)
        print_bool(field, definition, ret);
}

static void print_rcode(
        const struct field *field, const struct definition *definition, struct buf *ret)
{
    char word[RCODE_TEXT_MAX];
    (void)field;
    if (definition->target.type == CHECK_DNS)
        buf_add_string(ret, rcode_format(definition->target.dns.rcode, word));
}

static void print_rdata(
        const struct field *field, const struct definition *definition, struct buf *ret)
{
    const struct check_dns *dns = &definition->target.dns;
    char text[RDATA_TEXT_MAX];
    (void)field;
    for (uint32_t i = 0; i < dns->rdata_count; i++) {
        (void)text_rdata_format(
                dns->type, dns->rdata[i].bytes, dns->rdata[i].length, text, sizeof(text));
        buf_printf(ret, "%s%s", i > 0 ? ", " : "", text);
    }
}

static void print_rule_seconds(
        const struct field *field, const struct definition *definition, struct buf *ret)
{
    uint32_t ms = *(const uint32_t *)place_of(field, definition);
    if (ms > 0)
        buf_printf(ret, "%g", ms / 1000.0);
}

static void print_threshold(
        const struct field *field, const struct definition *definition, struct buf *ret)
{
    (void)field;
    if (definition->target.type == CHECK_CALCULATED)
        buf_printf(ret, "%u", definition->threshold);
}

static void print_children(
        const struct field *field, const struct definition *definition, struct buf *ret)
{
    (void)field;
    for (uint32_t i = 0; i < definition->children_count; i++)
        buf_printf(ret, "%s%s", i > 0 ? ", " : "", definition->children[i]);
}

static void print_ttl(
        const struct field *field, const struct definition *definition, struct buf *ret)
{
    if (definition->target.type == CHECK_HEARTBEAT)
        add_seconds(field, definition, ret);
}

static void print_alarm(
        const struct field *field, const struct definition *definition, struct buf *ret)
{
    const struct check_push *push = &definition->target.push;
    (void)field;
    if (definition->target.type == CHECK_CLOUDWATCH_METRIC)
        buf_printf(ret, "%s/%s", push->region, push->name);
}

static void print_insufficient(
        const struct field *field, const struct definition *definition, struct buf *ret)
{
    static const char *const words[] = {
            [INSUFFICIENT_LAST_KNOWN] = "LastKnownStatus",
            [INSUFFICIENT_HEALTHY] = "Healthy",
            [INSUFFICIENT_UNHEALTHY] = "Unhealthy",
    };
    (void)field;
    if (definition->target.type == CHECK_CLOUDWATCH_METRIC)
        buf_add_string(ret, words[definition->target.push.insufficient]);
}

static void print_control(
        const struct field *field, const struct definition *definition, struct buf *ret)
{
    (void)field;
    if (definition->target.type == CHECK_RECOVERY_CONTROL)
        buf_add_string(ret, definition->target.push.name);
}

#define TARGET(member) offsetof(struct definition, target.member)
#define RULE(member)   offsetof(struct definition, rule.member)
#define OWN(member)    offsetof(struct definition, member)

static const struct field fields[] = {
        {"Type",                         print_type,         0,                             false},
        {"IPAddress",                    print_text,         TARGET(address),               false},
        {"FullyQualifiedDomainName",     print_text,         TARGET(host),                  false},
        {"Port",                         print_port,         0,                             false},
        {"ResourcePath",                 print_text,         TARGET(path),                  false},
        {"SearchString",                 print_text,         TARGET(search),                false},
        {"RequestInterval",              print_interval,     TARGET(interval_ms),           false},
        {"FailureThreshold",             print_number,       RULE(fall),                    false},
        {"SuccessThreshold",             print_number,       RULE(rise),                    false},
        {"ConnectTimeout",               print_seconds,      TARGET(connect_timeout_ms),    false},
        {"ResponseTimeout",              print_seconds,      TARGET(response_timeout_ms),   false},
        {"TLSVerify",                    print_tls_verify,   0,                             false},
        {"EnableSNI",                    print_bool,         TARGET(sni),                   false},
        {"Method",                       print_text,         TARGET(method),                false},
        {"Headers",                      print_lines,        TARGET(headers),               true },
        {"Service",                      print_text,         TARGET(service),               false},
        {"Command",                      print_lines,        TARGET(command),               false},
        {"Timeout",                      print_timeout,      TARGET(timeout_ms),            false},
        {"ExpectedStatus",               print_status,       0,                             false},
        {"Send",                         print_bytes,        TARGET(send),                  true },
        {"Expect",                       print_bytes,        TARGET(expect),                false},
        {"Question",                     print_question,     0,                             false},
        {"Protocol",                     print_protocol,     0,                             false},
        {"RecursionDesired",             print_dns_bool,     TARGET(dns.recursion_desired), false},
        {"EDNS",                         print_dns_bool,     TARGET(dns.edns),              false},
        {"ExpectedRcode",                print_rcode,        0,                             false},
        {"ExpectedRdata",                print_rdata,        0,                             false},
        {"TimeToLive",                   print_ttl,          TARGET(push.ttl_ms),           false},
        {"AlarmIdentifier",              print_alarm,        0,                             false},
        {"InsufficientDataHealthStatus", print_insufficient, 0,                             false},
        {"RoutingControlArn",            print_control,      0,                             false},
        {"HealthThreshold",              print_threshold,    0,                             false},
        {"ChildHealthChecks",            print_children,     0,                             false},
        {"Canary",                       print_bool,         OWN(is_canary),                false},
        {"Shadow",                       print_bool,         RULE(shadow),                  false},
        {"HoldDown",                     print_rule_seconds, RULE(hold_ms),                 false},
        {"RampUp",                       print_rule_seconds, RULE(ramp_ms),                 false},
        {"Suspect",                      print_rule_seconds, RULE(suspect_ms),              false},
        {"Inverted",                     print_bool,         RULE(inverted),                false},
        {"Disabled",                     print_bool,         RULE(disabled),                false},
};

/* ------------------------------------------------------------------ documents */

static void set_value(struct doc *row, const char *key, const struct field *field, struct buf *text)
{
    char shown[FIELD_SHOWN_MAX + sizeof("...")];

    snprintf(shown, sizeof(shown), "%.*s%s", FIELD_SHOWN_MAX, buf_string(text),
            text->length > FIELD_SHOWN_MAX ? "..." : "");
    if (text->length == 0)
        doc_set_text(row, key, NULL);
    else
        doc_set_text(row, key, field->hidden ? "(not shown)" : shown);
}

static void add_field(struct doc *doc, const struct field *field, const struct definition *old,
        const struct definition *fresh)
{
    struct buf before, after;

    buf_init(&before, FIELD_TEXT_MAX);
    buf_init(&after, FIELD_TEXT_MAX);
    field->print(field, old, &before);
    field->print(field, fresh, &after);
    if (strcmp(buf_string(&before), buf_string(&after)) != 0) {
        struct doc *row = doc_new();
        doc_set_text(row, "field", field->name);
        set_value(row, "old", field, &before);
        set_value(row, "new", field, &after);
        doc_append(doc, "fields", row);
    }
    buf_done(&before);
    buf_done(&after);
}

static struct doc *changed_doc(const struct definition *old, const struct definition *fresh)
{
    struct doc *doc = doc_new();

    doc_set_text(doc, "id", fresh->id);
    doc_set_array(doc, "fields");
    for (size_t i = 0; i < COUNT(fields); i++)
        add_field(doc, &fields[i], old, fresh);
    return doc;
}

static struct doc *whole_doc(const struct definition *definition)
{
    char target[HEALTH_TARGET_MAX + 1];
    struct doc *doc = doc_new();

    definition_describe(definition, target);
    doc_set_text(doc, "id", definition->id);
    doc_set_text(doc, "type", check_type_name(definition->target.type));
    doc_set_text(doc, "target", target);
    return doc;
}

/* One document on its way. */
struct comparison {
    struct doc *doc;
    struct buf *ids;
    uint64_t differ;
};

/* Takes one id of which at least one side is there. */
static void take(
        struct comparison *comparison, const struct definition *old, const struct definition *fresh)
{
    if (old != NULL && fresh != NULL && definition_is_same(old, fresh))
        return;
    if (old == NULL || fresh == NULL)
        buf_printf(comparison->ids, "%s%c%s", comparison->ids->length > 0 ? " " : "",
                old == NULL ? '+' : '-', old == NULL ? fresh->id : old->id);
    if (comparison->differ++ >= DEFINITION_DIFF_MAX)
        return;
    if (old == NULL)
        doc_append(comparison->doc, "added", whole_doc(fresh));
    else if (fresh == NULL)
        doc_append(comparison->doc, "removed", whole_doc(old));
    else
        doc_append(comparison->doc, "changed", changed_doc(old, fresh));
}

bool definitions_diff(const struct definitions *old, const struct definitions *fresh,
        struct doc *doc, struct buf *ids)
{
    struct comparison comparison = {.doc = doc, .ids = ids};
    size_t old_count = old != NULL ? old->count : 0;
    size_t i = 0, j = 0;

    doc_set_array(doc, "added");
    doc_set_array(doc, "removed");
    doc_set_array(doc, "changed");
    while (i < old_count || j < fresh->count) {
        int order = i == old_count      ? 1
                    : j == fresh->count ? -1
                                        : strcmp(old->list[i].id, fresh->list[j].id);
        take(&comparison, order <= 0 ? &old->list[i] : NULL, order >= 0 ? &fresh->list[j] : NULL);
        i += order <= 0;
        j += order >= 0;
    }
    uint64_t told =
            comparison.differ < DEFINITION_DIFF_MAX ? comparison.differ : DEFINITION_DIFF_MAX;
    doc_set_number(doc, "unnamed", comparison.differ - told);
    return comparison.differ > 0;
}
