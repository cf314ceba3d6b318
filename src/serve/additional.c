/* additional.c -- see additional.h. */
#include "serve/additional.h"

#include "dns/rr.h"
#include "serve/routed.h"
#include "zone/lookup.h"

#define NO_NAME UINT32_MAX

/* Where in the rdata of a type the name stands whose addresses are of use. */
static uint32_t name_at(uint16_t type)
{
    switch (type) {
    case RR_NS:
        return 0;
    case RR_MX:
        return 2; /* behind the preference */
    case RR_SRV:
        return 6; /* behind priority, weight and port */
    default:
        return NO_NAME;
    }
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
    static const uint16_t types[] = {RR_A, RR_AAAA};
    struct response_owner owner = {name, 0};
    bool fits = true;

    for (size_t i = 0; i < COUNT(types); i++) {
        const struct rrset *rrset = node_rrset(node, types[i]);
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
    const struct node *node = zone_lookup_data(additional->zone, name);
    if (node == NULL || was_added(additional, name))
        return true;
    if (additional->added_count < ADDITIONAL_NAMES_MAX)
        additional->added[additional->added_count++] = name;
    return add_addresses(additional, name, node) || !required;
}

bool additional_add(struct additional *additional, const struct rrset *rrset)
{
    static const bool passes[] = {true, false}; /* what is required comes first */
    uint32_t offset = name_at(rrset->type);

    if (offset == NO_NAME)
        return true;
    for (size_t pass = 0; pass < COUNT(passes); pass++) {
        if (passes[pass] && additional->cut == NULL)
            continue;
        const uint8_t *record = rrset->wire;
        for (uint32_t i = 0; i < rrset->count; i++) {
            if (!add_name(additional, rrset_rdata(record) + offset, passes[pass]))
                return false;
            record = rrset_next(record);
        }
    }
    return true;
}
