/* simple.c -- one set, always the answer (route53.md 1.2).  Its health matters only to an alias. */
#include "route/policy.h"

static uint32_t pick(struct candidates *candidates, struct rand *rand)
{
    (void)candidates;
    (void)rand;
    return 1;
}

const struct policy policy_simple = {"simple", pick};
