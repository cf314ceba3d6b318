/* definition_target.c -- see definition.h: targets compared, hashed, copied and described.  Whoever gives
 * struct check_target a member finds the places here.
 */
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "check/definition.h"
#include "dns/name.h"
#include "dns/text.h"

/* ------------------------------------------------------------------ equality */

static bool same_text(const char *a, const char *b)
{
    if (a == NULL || b == NULL)
        return a == b;
    return strcmp(a, b) == 0;
}

static bool same_lines(const char *const *a, const char *const *b)
{
    if (a == NULL || b == NULL)
        return a == b;
    for (; *a != NULL && *b != NULL; a++, b++)
        if (strcmp(*a, *b) != 0)
            return false;
    return *a == *b;
}

static bool same_bytes(const struct check_bytes *a, const struct check_bytes *b)
{
    return a->length == b->length && (a->length == 0 || memcmp(a->bytes, b->bytes, a->length) == 0);
}

static bool same_dns(const struct check_dns *a, const struct check_dns *b)
{
    if (a->name == NULL || b->name == NULL)
        return a->name == b->name;
    if (!name_equal(a->name, b->name) || a->type != b->type || a->over_tcp != b->over_tcp ||
            a->recursion_desired != b->recursion_desired || a->edns != b->edns ||
            a->rcode != b->rcode || a->rdata_count != b->rdata_count)
        return false;
    for (uint32_t i = 0; i < a->rdata_count; i++)
        if (!same_bytes(&a->rdata[i], &b->rdata[i]))
            return false;
    return true;
}

static bool same_push(const struct check_push *a, const struct check_push *b)
{
    return same_text(a->name, b->name) && same_text(a->region, b->region) &&
           a->insufficient == b->insufficient && a->ttl_ms == b->ttl_ms;
}

bool check_target_equal(const struct check_target *a, const struct check_target *b)
{
    return a->type == b->type && a->port == b->port && a->status_low == b->status_low &&
           a->status_high == b->status_high && a->tls_verify == b->tls_verify && a->sni == b->sni &&
           a->interval_ms == b->interval_ms && a->connect_timeout_ms == b->connect_timeout_ms &&
           a->response_timeout_ms == b->response_timeout_ms && same_text(a->address, b->address) &&
           same_text(a->host, b->host) && same_text(a->path, b->path) &&
           same_text(a->search, b->search) && same_text(a->method, b->method) &&
           same_lines(a->headers, b->headers) && same_bytes(&a->send, &b->send) &&
           same_bytes(&a->expect, &b->expect) && same_dns(&a->dns, &b->dns) &&
           same_text(a->service, b->service) && same_lines(a->command, b->command) &&
           same_text(a->check_id, b->check_id) && a->timeout_ms == b->timeout_ms &&
           same_push(&a->push, &b->push);
}

/* ------------------------------------------------------------------ the hash */

/* FNV-1a over the parts that tell targets apart in practice.  ASCII case is left out, so that targets
 * which are equal in another case fall together. */
static uint64_t hash_bytes(uint64_t hash, const void *bytes, size_t length)
{
    const uint8_t *at = bytes;
    for (size_t i = 0; i < length; i++)
        hash = (hash ^ (at[i] | 0x20U)) * 0x100000001b3U;
    return (hash ^ 0xffU) * 0x100000001b3U;
}

static uint64_t hash_text(uint64_t hash, const char *text)
{
    return hash_bytes(hash, text, text != NULL ? strlen(text) : 0);
}

uint64_t check_target_hash(const struct check_target *target)
{
    uint64_t hash = (0xcbf29ce484222325U ^ target->port) * 0x100000001b3U;
    hash = hash_text(hash, target->address);
    hash = hash_text(hash, target->host);
    hash = hash_text(hash, target->check_id);
    hash = hash_text(hash, target->service);
    if (target->dns.name != NULL)
        return hash_bytes(hash ^ target->dns.type, target->dns.name, name_length(target->dns.name));
    return check_type_is_http(target->type) ? hash_text(hash, target->path) : hash;
}

/* ------------------------------------------------------------------ copies */

static const char *copy_text(struct arena *arena, const char *text)
{
    return text != NULL ? arena_string(arena, text) : NULL;
}

static const char *const *copy_lines(struct arena *arena, const char *const *lines)
{
    size_t count = 0;
    if (lines == NULL)
        return NULL;
    while (lines[count] != NULL)
        count++;
    const char **copy = arena_alloc(arena, (count + 1) * sizeof(*copy));
    for (size_t i = 0; i < count; i++)
        copy[i] = arena_string(arena, lines[i]);
    copy[count] = NULL;
    return copy;
}

static const uint8_t *copy_packed(struct arena *arena, const uint8_t *bytes, size_t length)
{
    if (bytes == NULL)
        return NULL;
    return memcpy(arena_alloc_packed(arena, length), bytes, length);
}

static struct check_bytes copy_bytes(struct arena *arena, const struct check_bytes *from)
{
    return (struct check_bytes){copy_packed(arena, from->bytes, from->length), from->length};
}

static struct check_dns copy_dns(struct arena *arena, const struct check_dns *from)
{
    struct check_dns copy = *from;
    if (from->name == NULL)
        return copy;
    struct check_bytes *rdata = arena_zalloc(arena, (from->rdata_count + 1) * sizeof(*rdata));
    for (uint32_t i = 0; i < from->rdata_count; i++)
        rdata[i] = copy_bytes(arena, &from->rdata[i]);
    copy.name = copy_packed(arena, from->name, name_length(from->name));
    copy.rdata = rdata;
    return copy;
}

struct check_target check_target_copy(struct arena *arena, const struct check_target *from)
{
    struct check_target copy = *from;
    copy.address = copy_text(arena, from->address);
    copy.host = copy_text(arena, from->host);
    copy.path = copy_text(arena, from->path);
    copy.search = copy_text(arena, from->search);
    copy.method = copy_text(arena, from->method);
    copy.headers = copy_lines(arena, from->headers);
    copy.send = copy_bytes(arena, &from->send);
    copy.expect = copy_bytes(arena, &from->expect);
    copy.dns = copy_dns(arena, &from->dns);
    copy.service = copy_text(arena, from->service);
    copy.command = copy_lines(arena, from->command);
    copy.check_id = copy_text(arena, from->check_id);
    copy.push.name = copy_text(arena, from->push.name);
    copy.push.region = copy_text(arena, from->push.region);
    return copy;
}

/* ------------------------------------------------------------------ for people */

static const char *scheme_of(enum check_type type)
{
    if (type == CHECK_DNS)
        return "dns";
    if (check_type_is_grpc(type))
        return check_type_is_tls(type) ? "grpcs" : "grpc";
    if (!check_type_is_http(type))
        return "tcp";
    return check_type_is_tls(type) ? "https" : "http";
}

/* What stands behind the address. */
static void describe_rest(const struct check_target *target, char *ret, size_t room)
{
    char name[NAME_TEXT_MAX];
    char type[TEXT_TYPE_MAX];
    bool named = target->address != NULL && target->host != NULL;

    if (target->type == CHECK_DNS)
        snprintf(ret, room, "/%s?type=%s%s", name_to_text(target->dns.name, name),
                text_type_format(target->dns.type, type), target->dns.over_tcp ? " (TCP)" : "");
    else if (check_type_is_held(target->type))
        snprintf(ret, room, " (held)");
    else
        snprintf(ret, room, "%s%s%s%s%s%s", target->path != NULL ? target->path : "",
                target->service != NULL ? "/" : "", target->service != NULL ? target->service : "",
                named ? " (" : "", named ? target->host : "", named ? ")" : "");
}

/* Arguments may hold anything; what they are shown in is one line. */
static void describe_command(const char *const *command, char ret[HEALTH_TARGET_MAX + 1])
{
    struct buf text;
    buf_init(&text, HEALTH_TARGET_MAX);
    buf_add_string(&text, "exec:");
    for (const char *const *argument = command; *argument != NULL; argument++)
        buf_printf(&text, "%s%s", argument == command ? "" : " ", *argument);
    snprintf(ret, HEALTH_TARGET_MAX + 1, "%s", buf_string(&text));
    buf_done(&text);
    for (char *at = ret; *at != '\0'; at++)
        if ((unsigned char)*at < ' ' || *at == 0x7f)
            *at = '?';
}

/* Returns whether it is told and not probed. */
static bool describe_push(const struct check_target *target, char ret[HEALTH_TARGET_MAX + 1])
{
    const struct check_push *push = &target->push;
    char ttl[CLOCK_TEXT_MAX];
    size_t room = HEALTH_TARGET_MAX + 1;

    if (target->type == CHECK_HEARTBEAT)
        snprintf(ret, room, "heartbeat within %s", clock_format_duration(push->ttl_ms, ttl));
    else if (target->type == CHECK_CLOUDWATCH_METRIC)
        snprintf(ret, room, "alarm:%s/%s", push->region, push->name);
    else if (target->type == CHECK_RECOVERY_CONTROL)
        snprintf(ret, room, "control:%s", push->name);
    else
        return false;
    return true;
}

void definition_describe(const struct definition *definition, char ret[HEALTH_TARGET_MAX + 1])
{
    const struct check_target *target = &definition->target;
    size_t room = HEALTH_TARGET_MAX + 1;

    if (target->type == CHECK_CALCULATED) {
        snprintf(ret, room, "%u of %u children", definition->threshold, definition->children_count);
        return;
    }
    if (target->type == CHECK_EXEC) {
        describe_command(target->command, ret);
        return;
    }
    if (describe_push(target, ret))
        return;
    const char *where = target->address != NULL ? target->address : target->host;
    bool brackets = strchr(where, ':') != NULL;
    snprintf(ret, room, "%s://%s%s%s:%u", scheme_of(target->type), brackets ? "[" : "", where,
            brackets ? "]" : "", target->port);
    size_t length = strlen(ret);
    describe_rest(target, ret + length, room - length);
}
