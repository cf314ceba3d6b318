/* config_key.h -- every key of the configuration as a row of one table.
 *
 * A row serves the file, the flag of the same name, the help text and the writer; so all four agree.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/buf.h"
#include "config.h"

enum config_kind {
    CONFIG_ADDRESSES, /* list of listen addresses */
    CONFIG_ZONES,     /* list of "ORIGIN=FILE" */
    CONFIG_NAMES,     /* list of domain names */
    CONFIG_STALE,     /* list of ORIGIN=hold|open */
    CONFIG_RULES,     /* list of what rule_parse() reads */
    CONFIG_GUARDS,    /* list of what zone_guard_parse() reads */
    CONFIG_WAIVERS,   /* list of what lint/waiver.h reads */
    CONFIG_TEXT,
    CONFIG_SHORT_TEXT, /* may be empty */
    CONFIG_NUMBER,
    CONFIG_LEVEL,
    CONFIG_SECRETS, /* list of secrets in hex digits */
    CONFIG_STICKY_SECRET,
    CONFIG_COOKIES,
    CONFIG_SWITCH, /* true or false in the file; as a flag it takes no value and means true */
};

struct config_key {
    const char *name;
    char letter; /* of the short flag; 0 for none */
    enum config_kind kind;
    size_t offset; /* in struct config, for CONFIG_ZONES, _NAMES, _TEXT, _SHORT_TEXT, _NUMBER and _SWITCH */
    uint32_t min, max;    /* of a number; max also: values of a list, bytes of a short text */
    const char *argument; /* for the help text; NULL for a switch */
    const char *help;
};

/* The table, ended by a row without a name. */
extern const struct config_key config_keys[];

/* The row of a key, or NULL. */
const struct config_key *config_key_find(const char *name);

/* Whether it takes several values. */
bool config_key_is_list(const struct config_key *key);

/* Drops all values of a list. */
void config_key_clear(const struct config_key *key, struct config *config);

/* Sets a key, or appends to a list, from text.
 *
 * Returns 0, or ERR_FAULTY with the reason in `why` and the configuration unchanged. */
MUST_CHECK int config_key_apply(
        const struct config_key *key, struct config *config, const char *value, struct buf *why);

/* Appends the value as config_key_apply() reads it: the i-th of a list, for others i is 0.  Returns
 * false if there is none. */
bool config_key_value(
        const struct config_key *key, const struct config *config, size_t i, struct buf *ret);
