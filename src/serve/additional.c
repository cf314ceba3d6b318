/* additional.c -- see additional.h. */
#include "serve/additional.h"

#include "dns/rr.h"
#include "serve/routed.h"
#include "zone/lookup.h"

/* Types whose rdata names a host: where the name stands, and what is wanted of it beside addresses
 * (RFC 9460 section 4.1). */
static const struct pointer {
    uint16_t type;
    uint16_t name_at;
    uint16_t wanted;
} pointers[] = {
        {RR_NS,    0, 0       },
        {RR_MX,    2, 0       }, /* behind the preference */
        {RR_SRV,   6, 0       }, /* behind priority, weight and port (RFC 2782) */
        {RR_SVCB,  2, RR_SVCB }, /* behind the priority */
        {RR_HTTPS, 2, RR_HTTPS},
};

static const struct pointer *find_pointer(uint16_t type)
{
    for (size_t i = 0; i < COUNT(pointers); i++)
        if (pointers[i].type == type)
            return &pointers[i];
    return NULL;
}

bool additional_has(uint16_t type)
{
    return find_pointer(type) != NULL;
}

/* The name a record points to.  In SVCB a root name is the owner itself (RFC 9460 section 2.5.2). */
static const uint8_t *target_of(
        const struct additional *additional, const struct pointer *pointer, const uint8_t *record)
{
    const uint8_t *name = rrset_rdata(record) + pointer->name_at;
    return pointer->wanted != 0 && *name == 0 ? additional->owner : name;
}

static bool was_added(const struct additional *additional, const uint8_t *name)
{
    for (uint32_t i = 0; i < additional->added_count; i++)
        if (name_equal(additional->added[i], name))
            return true;
    return false;
}

static bool add_addresses(
        struct additional *additional, const uint8_t *name, const struct node *node)
{
    const uint16_t types[] = {RR_A, RR_AAAA, additional->wanted};
    struct response_owner owner = {name, 0};
    bool fits = true;

    for (size_t i = 0; i < COUNT(types); i++) {
        const struct rrset *rrset = node_rrset(node, types[i]);
        if (rrset != NULL && types[i] == additional->wanted && name_equal(name, additional->owner))
            continue; /* that is the answer */
        if (rrset != NULL &&
                !routed_add(additional->response, SECTION_ADDITIONAL, &owner, rrset, NULL))
            fits = false;
    }
    return fits;
}

/* Adds the addresses of one name if it is of the wanted kind, required or not. */
static bool add_name(struct additional *additional, const uint8_t *name, bool required)
{
    const struct node *cut = additional->cut;

    if ((cut != NULL && name_is_within(name, cut->name)) != required)
        return true;
    if (!name_is_within(name, additional->zone->apex))
        return true;
    if (!required && additional->added_count == ADDITIONAL_NAMES_MAX)
        return true;
    const struct node *node = cut != NULL ? zone_lookup_glue(additional->zone, name)
                                          : zone_lookup_data(additional->zone, name);
    if (node == NULL || was_added(additional, name))
        return true;
    if (additional->added_count < ADDITIONAL_NAMES_MAX)
        additional->added[additional->added_count++] = name;
    return add_addresses(additional, name, node) || !required;
}

bool additional_add(struct additional *additional, const struct rrset *rrset)
{
    static const bool passes[] = {true, false}; /* what is required comes first */
    const struct pointer *pointer = find_pointer(rrset->type);

    if (pointer == NULL)
        return true;
    additional->wanted = pointer->wanted;
    for (size_t pass = 0; pass < COUNT(passes); pass++) {
        if (passes[pass] && additional->cut == NULL)
            continue;
        const uint8_t *record = rrset->wire;
        for (uint32_t i = 0; i < rrset->count; i++) {
            if (!add_name(additional, target_of(additional, pointer, record), passes[pass]))
                return false;
            record = rrset_next(record);
        }
    }
    return true;
}
