/* verify.c -- see verify.h.
 *
 * One pass goes over the records owner by owner.  Canonical order puts all names below an owner right
 * behind it, so the cut or DNAME the pass is under is one pointer.  A second pass follows names in rdata:
 * it searches an array of the owners the first pass met, which is far denser than the records.
 */
#include "zone/verify.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "dns/name.h"
#include "dns/rr.h"
#include "dns/text.h"

#define WHERE_MAX 300U

/* Records next to each other, of one owner or of one owner and type. */
struct span {
    const struct zone_record *first;
    size_t count;
};

/* One owner of the zone, its name beside it so that a search touches nothing else. */
struct owner {
    const uint8_t *name;
    const struct zone_record *first;
};

struct verifier {
    const uint8_t *apex;
    const struct zone_record *records;
    size_t count;
    struct diag *diag;
    const struct zone_record *hiding; /* the NS or DNAME that hides what lies below, or NULL */
    struct owner *owners;             /* in order */
    size_t owners_count;
};

/* Types whose rdata is a name behind some fixed bytes. */
static const struct {
    uint16_t type;
    uint16_t name_at;
    bool to_host; /* RFC 2181 10.3: may not point to a CNAME */
} named_types[] = {
        {RR_NS,    0, true },
        {RR_CNAME, 0, false},
        {RR_PTR,   0, false},
        {RR_DNAME, 0, false},
        {RR_MX,    2, true },
        {RR_SRV,   6, true },
};

/* The name in a record's rdata, or NULL. */
static const uint8_t *target_of(const struct zone_record *record)
{
    for (size_t i = 0; i < COUNT(named_types); i++)
        if (named_types[i].type == record->type && named_types[i].name_at < record->rdata_bytes)
            return record->rdata + named_types[i].name_at;
    return NULL;
}

int zone_record_compare(const struct zone_record *a, const struct zone_record *b)
{
    int order = name_compare(a->owner, b->owner);
    return order != 0 ? order : (int)a->type - (int)b->type;
}

int zone_record_compare_data(const struct zone_record *a, const struct zone_record *b)
{
    const uint8_t *a_name = target_of(a);
    const uint8_t *b_name = target_of(b);

    if (a->rdata_bytes != b->rdata_bytes)
        return (int)a->rdata_bytes - (int)b->rdata_bytes;
    if (a_name == NULL || b_name == NULL)
        return memcmp(a->rdata, b->rdata, a->rdata_bytes);
    int order = memcmp(a->rdata, b->rdata, (size_t)(a_name - a->rdata));
    return order != 0 ? order : name_compare(a_name, b_name);
}

/* Says where another record stands, as seen from `place`: "line 5", or "FILE:5". */
static const char *where(
        const struct zone_record *record, struct diag_place place, char ret[WHERE_MAX])
{
    const char *file = record->place.file;
    if (file == NULL || (place.file != NULL && strcmp(file, place.file) == 0))
        snprintf(ret, WHERE_MAX, "line %" PRIu32, record->place.line);
    else
        snprintf(ret, WHERE_MAX, "%s:%" PRIu32, file, record->place.line);
    return ret;
}

static struct span take_owner(const struct zone_record *first, const struct zone_record *end)
{
    struct span span = {first, 1};
    while (first + span.count < end && name_equal(first[span.count].owner, first->owner))
        span.count++;
    return span;
}

static struct span take_type(const struct zone_record *first, const struct zone_record *end)
{
    struct span span = {first, 1};
    while (first + span.count < end && first[span.count].type == first->type)
        span.count++;
    return span;
}

/* The records of a type within an owner's; count is 0 if there are none. */
static struct span select_type(struct span owner, uint16_t type)
{
    for (size_t i = 0; i < owner.count; i++)
        if (owner.first[i].type == type)
            return take_type(owner.first + i, owner.first + owner.count);
    return (struct span){owner.first, 0};
}

/* All records of this owner; count is 0 if there are none. */
static struct span find_owner(const struct verifier *verifier, const uint8_t *name)
{
    size_t low = 0;
    size_t high = verifier->owners_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = name_compare(verifier->owners[middle].name, name);
        if (order == 0)
            return take_owner(verifier->owners[middle].first, verifier->records + verifier->count);
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return (struct span){NULL, 0};
}

/* Orders plain lines by data, and equal ones as they stand in the file. */
static int compare_plain(const void *a, const void *b)
{
    const struct zone_record *x = *(const struct zone_record *const *)a;
    const struct zone_record *y = *(const struct zone_record *const *)b;
    int order = zone_record_compare_data(x, y);
    if (order != 0)
        return order;
    if (x->place.line != y->place.line)
        return x->place.line < y->place.line ? -1 : 1;
    return x < y ? -1 : x > y;
}

/* Warns of lines that say the same twice.  Returns how many different ones there are. */
static size_t check_duplicates(
        struct verifier *verifier, const struct zone_record **plain, size_t count)
{
    char name[NAME_TEXT_MAX], type[TEXT_TYPE_MAX], at[WHERE_MAX];
    size_t different = 1;

    qsort(plain, count, sizeof(const struct zone_record *), compare_plain);
    for (size_t i = 1; i < count; i++) {
        if (zone_record_compare_data(plain[i - 1], plain[i]) != 0) {
            different++;
            continue;
        }
        diag_warning(verifier->diag, plain[i]->place, "%s %s repeats the record of %s",
                name_to_text(plain[i]->owner, name), text_type_format(plain[i]->type, type),
                where(plain[i - 1], plain[i]->place, at));
    }
    return different;
}

/* RFC 2181 5.2.  An RRSIG's TTL is that of what it signs, so those of one owner differ. */
static void check_ttls(struct verifier *verifier, struct span rrset)
{
    char name[NAME_TEXT_MAX], type[TEXT_TYPE_MAX], at[WHERE_MAX];
    const struct zone_record *first = rrset.first;

    if (first->type == RR_RRSIG)
        return;
    for (size_t i = 1; i < rrset.count; i++) {
        const struct zone_record *record = rrset.first + i;
        if (record->ttl == first->ttl)
            continue;
        diag_error(verifier->diag, record->place,
                "%s %s has TTL %" PRIu32 " here and %" PRIu32
                " at %s; records of one name and type have one TTL (RFC 2181 5.2)",
                name_to_text(record->owner, name), text_type_format(record->type, type),
                record->ttl, first->ttl, where(first, record->place, at));
        return;
    }
}

/* Types of which a name has one record, and why. */
static const struct {
    uint16_t type;
    const char *rule;
} single_types[] = {
        {RR_CNAME, "RFC 2181 10.1"},
        {RR_DNAME, "RFC 6672 2.4" },
        {RR_SOA,   "RFC 1035 5.2" },
};

static void check_single(
        struct verifier *verifier, const struct zone_record *const *plain, size_t count)
{
    char name[NAME_TEXT_MAX], type[TEXT_TYPE_MAX], at[WHERE_MAX];
    const struct zone_record *first = plain[0];
    const struct zone_record *other = NULL;

    for (size_t i = 1; i < count; i++) {
        if (zone_record_compare_data(first, plain[i]) == 0)
            continue;
        if (other == NULL || plain[i]->place.line > other->place.line)
            other = plain[i];
    }
    if (other == NULL)
        return;
    if (first->place.line > other->place.line) {
        const struct zone_record *later = first;
        first = other;
        other = later;
    }
    for (size_t i = 0; i < COUNT(single_types); i++)
        if (single_types[i].type == first->type)
            diag_error(verifier->diag, other->place,
                    "%s has a second %s, the first is at %s; a name has one (%s)",
                    name_to_text(other->owner, name), text_type_format(other->type, type),
                    where(first, other->place, at), single_types[i].rule);
}

/* What lines of one owner and type owe each other where they are plain. */
static void check_rrset(struct verifier *verifier, struct span rrset)
{
    const struct zone_record *few[16];
    const struct zone_record **plain = few;
    size_t count = 0;

    if (rrset.count == 1)
        return;
    if (rrset.count > COUNT(few))
        plain = mem_zalloc(rrset.count, sizeof(const struct zone_record *));
    for (size_t i = 0; i < rrset.count; i++)
        if (rrset.first[i].annotation == NULL)
            plain[count++] = rrset.first + i;
    if (count == rrset.count)
        check_ttls(verifier, rrset);
    if (count > 1 && check_duplicates(verifier, plain, count) > 1)
        check_single(verifier, plain, count);
    if (plain != few)
        free(plain);
}

/* RFC 1034 3.6.2; a signed zone has its own records beside it (RFC 4035 2.5). */
static void check_cname(struct verifier *verifier, struct span owner)
{
    char name[NAME_TEXT_MAX], type[TEXT_TYPE_MAX], at[WHERE_MAX];
    struct span cname = select_type(owner, RR_CNAME);

    if (cname.count == 0)
        return;
    for (size_t i = 0; i < owner.count; i++) {
        const struct zone_record *other = owner.first + i;
        if (other->type == RR_CNAME || other->type == RR_RRSIG || other->type == RR_NSEC)
            continue;
        diag_error(verifier->diag, cname.first->place,
                "%s has a CNAME, so it can have nothing else, but has %s at %s (RFC 1034 3.6.2)",
                name_to_text(owner.first->owner, name), text_type_format(other->type, type),
                where(other, cname.first->place, at));
        return;
    }
}

/* No name but the apex has a SOA (RFC 2181 6.1). */
static void check_soa(struct verifier *verifier, struct span owner)
{
    char name[NAME_TEXT_MAX];
    struct span soa = select_type(owner, RR_SOA);

    if (soa.count > 0 && !name_equal(owner.first->owner, verifier->apex))
        diag_error(verifier->diag, soa.first->place,
                "a SOA at %s, which is not the top of the zone",
                name_to_text(owner.first->owner, name));
}

/* The apex has a SOA and name servers (RFC 1035 5.2); that it has no second SOA is check_single()'s. */
static void check_apex(struct verifier *verifier)
{
    static const uint16_t needed[] = {RR_SOA, RR_NS};
    char name[NAME_TEXT_MAX], type[TEXT_TYPE_MAX];
    struct diag_place place = {verifier->count > 0 ? verifier->records[0].place.file : NULL, 0, 0};
    struct span owner = find_owner(verifier, verifier->apex);

    for (size_t i = 0; i < COUNT(needed); i++)
        if (select_type(owner, needed[i]).count == 0)
            diag_error(verifier->diag, place, "the zone %s has no %s record at its top",
                    name_to_text(verifier->apex, name), text_type_format(needed[i], type));
}

static bool is_address(uint16_t type)
{
    return type == RR_A || type == RR_AAAA;
}

/* Whether a type is seen at a cut itself (RFC 4035 2.2 and 2.4), addresses being glue. */
static bool is_seen_at_cut(uint16_t type)
{
    return type == RR_NS || type == RR_DS || type == RR_RRSIG || type == RR_NSEC ||
           is_address(type);
}

static void warn_hidden(struct verifier *verifier, const struct zone_record *record)
{
    char name[NAME_TEXT_MAX], type[TEXT_TYPE_MAX], by[NAME_TEXT_MAX], at[WHERE_MAX];
    const struct zone_record *hiding = verifier->hiding;

    diag_warning(verifier->diag, record->place,
            "%s %s is never answered: it is hidden by the %s of %s at %s",
            name_to_text(record->owner, name), text_type_format(record->type, type),
            hiding->type == RR_NS ? "NS" : "DNAME", name_to_text(hiding->owner, by),
            where(hiding, record->place, at));
}

/* Finds data that no query reaches: at or below a cut all but glue, below a DNAME everything. */
static void check_hidden(struct verifier *verifier, struct span owner)
{
    const uint8_t *name = owner.first->owner;
    const struct zone_record *above = verifier->hiding;

    if (above != NULL && name_is_within(name, above->owner)) {
        for (size_t i = 0; i < owner.count; i++)
            if (above->type != RR_NS || !is_address(owner.first[i].type))
                warn_hidden(verifier, owner.first + i);
        return;
    }
    struct span ns = select_type(owner, RR_NS);
    struct span dname = select_type(owner, RR_DNAME);
    if (ns.count > 0 && !name_equal(name, verifier->apex)) {
        verifier->hiding = ns.first;
        for (size_t i = 0; i < owner.count; i++)
            if (!is_seen_at_cut(owner.first[i].type))
                warn_hidden(verifier, owner.first + i);
    } else if (dname.count > 0) {
        verifier->hiding = dname.first;
    }
}

static void check_owner(struct verifier *verifier, struct span owner)
{
    char name[NAME_TEXT_MAX], apex[NAME_TEXT_MAX];

    if (!name_is_within(owner.first->owner, verifier->apex)) {
        for (size_t i = 0; i < owner.count; i++)
            diag_error(verifier->diag, owner.first[i].place, "%s lies outside the zone %s",
                    name_to_text(owner.first->owner, name), name_to_text(verifier->apex, apex));
        return;
    }
    const struct zone_record *end = owner.first + owner.count;
    for (const struct zone_record *at = owner.first; at < end;) {
        struct span rrset = take_type(at, end);
        check_rrset(verifier, rrset);
        at += rrset.count;
    }
    check_cname(verifier, owner);
    check_soa(verifier, owner);
    check_hidden(verifier, owner);
}

static bool has_address(struct span owner)
{
    return select_type(owner, RR_A).count > 0 || select_type(owner, RR_AAAA).count > 0;
}

/* Whether a wildcard gives a name addresses: one at any of its ancestors in the zone is taken to. */
static bool has_wildcard_address(const struct verifier *verifier, const uint8_t *name)
{
    uint32_t depth = name_labels(name) - name_labels(verifier->apex);
    for (uint32_t i = 1; i <= depth; i++) {
        struct name wildcard = {
                .bytes = {1, '*'}
        };
        const uint8_t *ancestor = name_skip(name, i);
        memcpy(wildcard.bytes + 2, ancestor, name_length(ancestor));
        if (has_address(find_owner(verifier, wildcard.bytes)))
            return true;
    }
    return false;
}

/* Whether a name lies at or below a cut of this zone. */
static bool is_delegated(const struct verifier *verifier, const uint8_t *name)
{
    uint32_t depth = name_labels(name) - name_labels(verifier->apex);
    for (uint32_t i = 0; i < depth; i++)
        if (select_type(find_owner(verifier, name_skip(name, i)), RR_NS).count > 0)
            return true;
    return false;
}

/* A name server within the zone has an address here, below a cut as glue (RFC 1034 4.2.1, RFC 9471). */
static void warn_server(
        struct verifier *verifier, const struct zone_record *record, const uint8_t *target)
{
    char name[NAME_TEXT_MAX];

    name_to_text(target, name);
    if (is_delegated(verifier, target))
        diag_warning(verifier->diag, record->place,
                "the name server %s needs glue: it lies below a delegation and has no A or AAAA "
                "record here",
                name);
    else if (!has_wildcard_address(verifier, target))
        diag_warning(verifier->diag, record->place,
                "the name server %s lies in this zone and has no A or AAAA record", name);
}

static void check_target(struct verifier *verifier, const struct zone_record *record)
{
    char name[NAME_TEXT_MAX], type[TEXT_TYPE_MAX], at[WHERE_MAX];
    const uint8_t *target = target_of(record);

    if (target == NULL || !name_is_within(target, verifier->apex))
        return;
    struct span owner = find_owner(verifier, target);
    struct span cname = select_type(owner, RR_CNAME);
    if (cname.count > 0)
        diag_warning(verifier->diag, record->place,
                "this %s points to %s, which is a CNAME at %s (RFC 2181 10.3)",
                text_type_format(record->type, type), name_to_text(target, name),
                where(cname.first, record->place, at));
    else if (record->type == RR_NS && !has_address(owner))
        warn_server(verifier, record, target);
}

static bool points_to_host(uint16_t type)
{
    for (size_t i = 0; i < COUNT(named_types); i++)
        if (named_types[i].type == type)
            return named_types[i].to_host;
    return false;
}

int zone_verify(
        const uint8_t *apex, const struct zone_record *records, size_t count, struct diag *diag)
{
    uint32_t errors = diag_errors(diag);
    struct verifier verifier = {.apex = apex, .records = records, .count = count, .diag = diag};
    const struct zone_record *end = records + count;

    verifier.owners = mem_zalloc(count, sizeof(struct owner));
    for (const struct zone_record *at = records; at < end;) {
        struct span owner = take_owner(at, end);
        verifier.owners[verifier.owners_count++] = (struct owner){at->owner, at};
        check_owner(&verifier, owner);
        at += owner.count;
    }
    check_apex(&verifier);
    for (const struct zone_record *at = records; at < end; at++)
        if (points_to_host(at->type))
            check_target(&verifier, at);
    free(verifier.owners);
    return diag_errors(diag) > errors ? ERR_FAULTY : 0;
}
