/* answer.c -- see answer.h. */
#include "serve/answer.h"

#include <assert.h>
#include <string.h>

#include "base/err.h"
#include "dns/rr.h"
#include "serve/additional.h"
#include "serve/routed.h"
#include "zone/lookup.h"

/* The next step. */
enum step {
    STEP_DONE,
    STEP_FOLLOW,    /* go on with the name in `owner` */
    STEP_TOO_LARGE, /* something required did not fit */
};

/* A CNAME or DNAME that was followed. */
struct link {
    const uint8_t *name;      /* that was looked for */
    const struct node *dname; /* NULL for a CNAME */
    struct name synthesised;  /* a DNAME's target for that name */
};

/* One answer on its way: which name is looked for now, and how it was come to. */
struct answer {
    struct response *response;
    uint16_t qtype;
    const struct zone *zone;
    struct response_owner owner; /* the name looked for */
    uint32_t links;              /* how many CNAMEs and DNAMEs led there */
    struct link *chain;          /* those, and room for ANSWER_LINKS_MAX in all */
    const struct tree_key *key;  /* of the owner's name, on the way to its zone */
};

/* Whether the zone delegates exactly this name. */
static bool has_cut_at(const struct zone *zone, const uint8_t *name)
{
    struct lookup lookup;
    zone_lookup(zone, name, &lookup);
    return lookup.kind == LOOKUP_CUT && name_equal(lookup.node->name, name);
}

static const struct zone *find_zone(const struct zone_set *zones, const struct tree_key *name_key,
        const uint8_t *name, uint16_t qtype)
{
    struct tree_key key;
    const struct zone *zone = zone_set_find(zones, name_key);

    if (qtype != RR_DS || zone == NULL || *name == 0 || !name_equal(zone->apex, name))
        return zone;
    tree_key_from_name(name_skip(name, 1), &key);
    const struct zone *parent = zone_set_find(zones, &key);
    bool knows = parent != NULL && !parent->faulty && has_cut_at(parent, name);
    return knows ? parent : zone;
}

const struct zone *answer_find_zone(
        const struct zone_set *zones, const uint8_t *name, uint16_t qtype)
{
    struct tree_key key;
    tree_key_from_name(name, &key);
    return find_zone(zones, &key, name, qtype);
}

/* NXDOMAIN or NODATA, with the SOA that says for how long (RFC 2308 sections 2.1, 2.2 and 3). */
static enum step deny(struct answer *answer, unsigned rcode)
{
    const struct zone *zone = answer->zone;
    struct response_owner apex = {zone->apex, 0};

    answer->response->rcode = rcode;
    if (answer->links == 0)
        answer->response->header.flags |= MESSAGE_AA;
    return response_add_rrset(
                   answer->response, SECTION_AUTHORITY, &apex, zone->soa, zone->negative_ttl)
                   ? STEP_DONE
                   : STEP_TOO_LARGE;
}

/* A delegation: its NS and the addresses without which they cannot be reached (RFC 1034 4.2.1,
 * RFC 9471).  Not authoritative. */
static enum step refer(struct answer *answer, const struct node *cut)
{
    struct response_owner owner = {cut->name, 0};
    const struct rrset *ns = node_rrset(cut, RR_NS);

    assert(ns != NULL);
    if (!response_add_rrset(answer->response, SECTION_AUTHORITY, &owner, ns, ns->ttl))
        return STEP_TOO_LARGE;
    struct additional additional = {
            .response = answer->response,
            .zone = answer->zone,
            .cut = cut,
    };
    return additional_add(&additional, ns) ? STEP_DONE : STEP_TOO_LARGE;
}

/* Goes on with `target`, to which a CNAME, or this DNAME, has led, unless it has been looked for before or enough is
 * enough. */
static enum step follow(struct answer *answer, const struct node *dname, const uint8_t *target)
{
    struct link *link = &answer->chain[answer->links++];

    link->name = answer->owner.name;
    link->dname = dname;
    response_keep_links(answer->response);
    if (answer->links == ANSWER_LINKS_MAX)
        return STEP_DONE;
    for (uint32_t i = 0; i < answer->links; i++)
        if (name_equal(answer->chain[i].name, target))
            return STEP_DONE;
    answer->owner = (struct response_owner){target, 0};
    return STEP_FOLLOW;
}

/* Adds the records of the name looked for, chosen by policy if they are routed.  *shown is the RRset
 * whose rdata went out: of a routed one the first chosen. */
static bool add_records(
        struct answer *answer, const struct rrset *rrset, const struct rrset **shown)
{
    if (answer->links == 0)
        answer->response->header.flags |= MESSAGE_AA;
    return routed_add(answer->response, SECTION_ANSWER, &answer->owner, rrset, shown);
}

static enum step answer_rrset(struct answer *answer, const struct rrset *rrset)
{
    const struct rrset *shown;

    if (!add_records(answer, rrset, &shown))
        return STEP_TOO_LARGE;
    if (shown == NULL)
        return deny(answer, RCODE_NOERROR); /* not for this client (route53.md 1.6) */
    if (!additional_has(shown->type))
        return STEP_DONE;
    struct additional additional = {
            .response = answer->response,
            .zone = answer->zone,
            .owner = answer->owner.name,
    };
    (void)additional_add(&additional, shown); /* nothing of it is required here */
    return STEP_DONE;
}

static enum step answer_cname(struct answer *answer, const struct rrset *cname)
{
    const struct rrset *shown;

    if (!add_records(answer, cname, &shown))
        return STEP_TOO_LARGE;
    if (shown == NULL)
        return deny(answer, RCODE_NOERROR);
    return follow(answer, NULL, rrset_rdata(shown->wire));
}

/* The name exists or a wildcard stands for it.  For ANY one RRset is enough (RFC 8482 section 4.1): the
 * first, which is the one of the lowest type and so often A; nobody can have the rest for the asking. */
static enum step answer_node(struct answer *answer, const struct node *node)
{
    const struct rrset *rrset = node_rrset(node, answer->qtype);

    if (answer->qtype == RR_ANY && node->rrsets_count > 0)
        rrset = &node->rrsets[0];
    if (rrset != NULL)
        return answer_rrset(answer, rrset);
    const struct rrset *cname = node_rrset(node, RR_CNAME);
    if (cname != NULL)
        return answer_cname(answer, cname);
    return deny(answer, RCODE_NOERROR);
}

/* Replaces the end of the name by the DNAME's target (RFC 6672 section 2.2).  False if the name becomes
 * too long. */
static bool substitute(
        const uint8_t *name, const struct node *dname, const uint8_t *target, struct name *ret)
{
    size_t kept = name_length(name) - name_length(dname->name);
    size_t added = name_length(target);

    if (kept + added > NAME_MAX_BYTES)
        return false;
    memcpy(ret->bytes, name, kept);
    memcpy(ret->bytes + kept, target, added);
    ret->length = (uint8_t)(kept + added);
    return true;
}

/* Whether an earlier link has shown this DNAME: no record stands twice (RFC 2181 section 5). */
static bool was_shown(const struct answer *answer, const struct node *dname)
{
    for (uint32_t i = 0; i < answer->links; i++)
        if (answer->chain[i].dname == dname)
            return true;
    return false;
}

static enum step answer_dname(struct answer *answer, const struct node *node)
{
    const struct rrset *dname = node_rrset(node, RR_DNAME);
    struct response_owner owner = {node->name, 0};
    struct name *target = &answer->chain[answer->links].synthesised;
    struct response *response = answer->response;

    assert(dname != NULL);
    if (answer->links == 0)
        response->header.flags |= MESSAGE_AA;
    if (!was_shown(answer, node) &&
            !response_add_rrset(response, SECTION_ANSWER, &owner, dname, dname->ttl))
        return STEP_TOO_LARGE;
    if (!substitute(answer->owner.name, node, rrset_rdata(dname->wire), target)) {
        response->rcode = RCODE_YXDOMAIN;
        return STEP_DONE;
    }
    if (!response_add_cname(response, &answer->owner, target->bytes, dname->ttl))
        return STEP_TOO_LARGE;
    /* Who asks for the CNAME has it; ANY goes on (RFC 6672 section 3.2, step 3C). */
    if (answer->qtype == RR_CNAME)
        return STEP_DONE;
    /* A DNAME that leads below itself would be met again and again, by ever longer names. */
    if (name_is_within(rrset_rdata(dname->wire), node->name))
        return STEP_DONE;
    return follow(answer, node, target->bytes);
}

static enum step take_step(struct answer *answer)
{
    struct lookup lookup;
    zone_lookup_key(answer->zone, answer->key, &lookup);

    switch (lookup.kind) {
    case LOOKUP_CUT:
        /* At the cut itself DS is the parent's (RFC 4035 section 3.1.4.1). */
        if (answer->qtype == RR_DS && name_equal(lookup.node->name, answer->owner.name))
            return answer_node(answer, lookup.node);
        return refer(answer, lookup.node);
    case LOOKUP_DNAME:
        return answer_dname(answer, lookup.node);
    case LOOKUP_NODE:
    case LOOKUP_WILDCARD:
        return answer_node(answer, lookup.node);
    case LOOKUP_NONE:
        break;
    }
    return deny(answer, RCODE_NXDOMAIN);
}

/* The question is for a zone not served here, or one whose file is at fault (RFC 8914 sections 4.15 and
 * 4.21). */
static void refuse(const struct answer *answer)
{
    struct response *response = answer->response;

    if (answer->zone == NULL) {
        response->rcode = RCODE_REFUSED;
        response_explain(response, EDNS_ERROR_NOT_AUTHORITATIVE, "");
        return;
    }
    response->rcode = RCODE_SERVFAIL;
    response_explain(response, EDNS_ERROR_NOT_READY, "zone not loaded");
}

int answer_question(const struct message_question *question, struct response *response)
{
    struct link chain[ANSWER_LINKS_MAX]; /* not cleared: it is big and seldom used */
    struct tree_key key;
    struct answer answer = {
            .key = &key,
            .response = response,
            .qtype = question->type,
            .owner = {question->name, MESSAGE_HEADER_BYTES},
            .chain = chain,
    };
    enum step step = STEP_FOLLOW;

    while (step == STEP_FOLLOW) {
        tree_key_from_name(answer.owner.name, &key);
        answer.zone = find_zone(response->context->zones, &key, answer.owner.name, answer.qtype);
        /* A chain that leaves what is served ends there; the client goes on. */
        if (answer.zone == NULL || answer.zone->faulty)
            break;
        response->ignore_subnet = answer.zone->ignore_ecs;
        response->opens = response->context->health_is_silent && answer.zone->open_on_stale;
        step = take_step(&answer);
    }
    if (step == STEP_FOLLOW && answer.links == 0)
        refuse(&answer);
    return step == STEP_TOO_LARGE ? ERR_TOO_LARGE : 0;
}
