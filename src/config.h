/* config.h -- what the user asked for: flags over the configuration file over defaults.
 *
 * libconfuse reads the file; a flag is the key of the same name.  The supervisor hands its whole
 * configuration to a role as such a file through a descriptor, so there is one parser and a role that
 * is restarted sees the same values whatever happened to the file meanwhile.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/buf.h"
#include "base/diag.h"
#include "base/log.h"
#include "base/net.h"
#include "health/guard.h"
#include "lint/waiver.h"
#include "route/route.h"
#include "serve/cookie.h"

#define CONFIG_LISTEN_MAX            64U
#define CONFIG_ZONES_MAX             100000U
#define CONFIG_WORKERS_MAX           256U
#define CONFIG_PROBES_MAX            100000U
#define CONFIG_UDP_SIZE_MIN          512U
#define CONFIG_UDP_SIZE_MAX          4096U
#define CONFIG_FILE_MAX              (16U << 20)
#define CONFIG_DEFAULT_PORT          5300U
#define CONFIG_DEFAULT_PROBES        1000U
#define CONFIG_DEFAULT_COMMANDS      16U
#define CONFIG_LINT_SLOW_MAX_S       86400U
#define CONFIG_JOURNAL_MIB           16U
#define CONFIG_JOURNAL_MAX_MIB       1024U
#define CONFIG_SUSPECT_SHARE         100U
#define CONFIG_CHECKER_TIMEOUT_S     10U
#define CONFIG_CHECKER_TIMEOUT_MAX_S 86400U
#define CONFIG_TTL_FLOOR_MAX_S       86400U
#define CONFIG_DEFAULT_TTL_FLOOR_S   5U
/* The size that passes nearly every path unfragmented (DNS flag day 2020, RFC 9715 section 3). */
#define CONFIG_DEFAULT_UDP_SIZE     1232U
#define CONFIG_DEFAULT_STATE_DIR    "./state"
#define CONFIG_DEFAULT_VERSION_TEXT "holdfast " HOLDFAST_VERSION

/* A list of texts in the order they were given. */
struct config_texts {
    char **list;
    size_t count;
};

struct config {
    union net_address *listen;
    size_t listen_count;
    char *zones_dir;                 /* NULL for none */
    struct config_texts zone;        /* "ORIGIN=FILE" */
    struct config_texts ignore_ecs;  /* origins of zones */
    struct config_texts on_stale;    /* as zone_stale_parse() reads them */
    struct config_texts max_down;    /* as zone_guard_parse() reads them */
    struct config_texts safety_rule; /* as rule_parse() reads them */
    struct config_texts lint_waive;  /* waivers, as lint/waiver.h reads them */
    char *checks_dir;                /* NULL for none; so are the next two */
    char *geoip_file;
    char *latency_file;
    char *state_dir;
    char *ca_file;      /* NULL for the system's */
    char *version_text; /* empty: not told */
    char *server_id;    /* NULL or empty: not told */
    struct cookie_settings cookies;
    bool has_sticky_secret; /* else one is kept in the state directory */
    uint8_t sticky_secret[ROUTE_SECRET_BYTES];
    uint32_t workers;
    uint32_t probes_max;
    uint32_t commands_max; /* meant only with exec_checks */
    uint32_t udp_size_bytes;
    uint32_t tcp_connections_max;
    uint32_t tcp_client_max;
    uint32_t tcp_idle_s;
    enum log_level log_level;
    bool no_checker;
    bool exec_checks; /* definitions may name programs to run */
    uint32_t lint_slow_s;
    uint32_t ttl_floor_s;
    uint32_t journal_mib;
    uint32_t suspect_share;     /* in percent */
    uint32_t checker_timeout_s; /* 0: a checker never hangs */
    /* What follows is no part of a file. */
    bool test; /* -t */
    bool lint; /* with it --lint, and what goes with that */
    bool lint_all;
    bool lint_json;
};

/* Reads flags and, with -c, the file.  Prints help or version itself (then *exit_now is true and the
 * result 0).
 *
 * Returns 0 and a new configuration in *ret, ended with config_free(); or ERR_FAULTY with every fault in
 * `diag`, those of the file by line. */
MUST_CHECK int config_from_arguments(
        int argc, char **argv, struct config **ret, bool *exit_now, struct diag *diag);

/* The same out of the text of a configuration file alone, called `file` in messages. */
MUST_CHECK int config_from_text(
        const char *file, const char *text, size_t length, struct config **ret, struct diag *diag);

/* Appends the whole configuration as such a text; what is read back from it is the same. */
void config_print(const struct config *config, struct buf *ret);

/* Writes a configuration to a new descriptor, and reads it back from one; for the roles.
 *
 * config_save returns the descriptor, close-on-exec and sealed, or -errno. It can be read many times:
 * config_load does not use its offset.  config_load returns 0 and *ret, or ERR_FAULTY. */
MUST_CHECK int config_save(const struct config *config);
MUST_CHECK int config_load(int fd, struct config **ret, struct diag *diag);

/* The limit of the guard over all checks, as the last text that names no zone has it; a share of 0: none.  And whether
 * any text names zones. */
struct guard_limit config_guard(const struct config *config);
bool config_guards_zones(const struct config *config);

/* NULL does nothing. */
void config_free(struct config *config);
