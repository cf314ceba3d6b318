/* geo_code.h -- the places that @geo knows: continents, countries, and states of the US.
 *
 * Countries are those of ISO 3166-1 as Route 53 has them (route53.md 1.6): with XK, without BV, CX, EH
 * and HM; territories of the US are countries.  States are the fifty and DC.  Names are there for
 * people who write one in place of its code.  Constant; any thread.
 */
#pragma once

enum geo_kind {
    GEO_CONTINENT,
    GEO_COUNTRY,
    GEO_STATE,
    GEO_KINDS, /* how many there are */
};

struct geo_code {
    char code[3]; /* two letters, upper case */
    const char *name;
};

/* The row of a code, which may be in any case, or NULL. */
const struct geo_code *geo_code_find(enum geo_kind kind, const char *code);

/* The row that was most likely meant by what is no code, or NULL: one whose name is near, or that is
 * known by such a code elsewhere ("UK"). */
const struct geo_code *geo_code_nearest(enum geo_kind kind, const char *word);
