/* metrics.c -- see metrics.h.
 *
 * A sample is a row of a table: which member of which reply, and how it becomes a number.  The tables are parted by
 * what has the members: a reply, or each row of an array of it, whose name then is a label.  Samples of one family
 * stand together, as the format wants it.
 */
#include "admin/metrics.h"

#include <jansson.h>
#include <string.h>

#include "admin/show_reply.h"
#include "base/err.h"

enum kind {
    NUMBER,
    MILLISECONDS, /* told in seconds */
    FLAG,         /* true is 1 */
    WORD,         /* 1 if it is `word` */
    LISTED,       /* 1 if `word` is in the array */
};

struct sample {
    const char *family;
    enum kind kind;
    const char *path;  /* of the member: keys with dots between */
    const char *word;  /* that is meant, and the value of the label */
    const char *label; /* that tells the samples of the family apart; NULL if there is but one */
};

static const struct sample daemon[] = {
        {"uptime_seconds",           MILLISECONDS, "uptime_ms",               NULL,            NULL      },
        {"reload_good",              WORD,         "reload.result",           "ok",            NULL      },
        {"checks",                   NUMBER,       "checks.up",               "up",            "state"   },
        {"checks",                   NUMBER,       "checks.down",             "down",          "state"   },
        {"checks_no_data",           NUMBER,       "checks.no_data",          NULL,            NULL      },
        {"checks_forced",            NUMBER,       "checks.forced",           NULL,            NULL      },
        {"checks_held",              NUMBER,       "checks.held",             NULL,            NULL      },
        {"checks_shadow",            NUMBER,       "checks.shadows",          NULL,            NULL      },
        {"checker_wanted",           FLAG,         "checker_wanted",          NULL,            NULL      },
        {"checker_silent",           FLAG,         "heartbeat.silent",        NULL,            NULL      },
        {"checker_beat_age_seconds", MILLISECONDS, "heartbeat.age_ms",        NULL,            NULL      },
        {"cut_off",                  LISTED,       "heartbeat.cut_off",       "canaries-ipv4", "cause"   },
        {"cut_off",                  LISTED,       "heartbeat.cut_off",       "canaries-ipv6", "cause"   },
        {"cut_off",                  LISTED,       "heartbeat.cut_off",       "share",         "cause"   },
        {"cut_off_seconds",          MILLISECONDS, "heartbeat.cut_off_ms",    NULL,            NULL      },
        {"probes_total",             NUMBER,       "probing.probes",          NULL,            NULL      },
        {"probes_running",           NUMBER,       "probing.running",         NULL,            NULL      },
        {"connections_held",         NUMBER,       "probing.held",            NULL,            NULL      },
        {"probe_late_seconds",       MILLISECONDS, "probing.late_ms.p50",     "0.5",           "quantile"},
        {"probe_late_seconds",       MILLISECONDS, "probing.late_ms.p90",     "0.9",           "quantile"},
        {"probe_late_seconds",       MILLISECONDS, "probing.late_ms.p99",     "0.99",          "quantile"},
        {"checker_turn_seconds",     MILLISECONDS, "probing.longest_turn_ms", NULL,            NULL      },
};

static const struct sample roles[] = {
        {"role_up",             WORD,         "state",     "running", NULL},
        {"role_restarts_total", NUMBER,       "restarts",  NULL,      NULL},
        {"role_uptime_seconds", MILLISECONDS, "uptime_ms", NULL,      NULL},
        {"role_files_good",     WORD,         "files",     "good",    NULL},
};

static const struct sample rules[] = {
        {"rule_up",           NUMBER,       "up",           NULL, NULL},
        {"rule_at_least",     NUMBER,       "at_least",     NULL, NULL},
        {"rule_wait_seconds", MILLISECONDS, "wait_left_ms", NULL, NULL},
};

static const struct sample checks[] = {
        {"check_up",                   WORD,         "state",               "up",           NULL      },
        {"check_found_up",             WORD,         "found",               "up",           NULL      },
        {"check_no_data",              FLAG,         "no_data",             NULL,           NULL      },
        {"check_held",                 FLAG,         "held",                NULL,           NULL      },
        {"check_suspect",              FLAG,         "suspect",             NULL,           NULL      },
        {"check_stale",                FLAG,         "stale",               NULL,           NULL      },
        {"check_shadow",               FLAG,         "shadow",              NULL,           NULL      },
        {"check_share_ratio",          NUMBER,       "share",               NULL,           NULL      },
        {"check_state_seconds",        MILLISECONDS, "for_ms",              NULL,           NULL      },
        {"check_probes_total",         NUMBER,       "passes",              "pass",         "outcome" },
        {"check_probes_total",         NUMBER,       "fails",               "fail",         "outcome" },
        {"check_probes_total",         NUMBER,       "inconclusives",       "inconclusive", "outcome" },
        {"check_changes_total",        NUMBER,       "changes",             NULL,           NULL      },
        {"check_answer_changes_total", NUMBER,       "answer_changes",      NULL,           NULL      },
        {"check_latency_seconds",      MILLISECONDS, "latency_ms.p50",      "0.5",          "quantile"},
        {"check_latency_seconds",      MILLISECONDS, "latency_ms.p90",      "0.9",          "quantile"},
        {"check_latency_seconds",      MILLISECONDS, "latency_ms.p99",      "0.99",         "quantile"},
        {"check_certificate_seconds",  MILLISECONDS, "certificate_left_ms", NULL,           NULL      },
};

static const struct sample stats[] = {
        {"queries_total",             NUMBER, "udp_queries", "udp",         "transport"},
        {"queries_total",             NUMBER, "tcp_queries", "tcp",         "transport"},
        {"queries_dropped_total",     NUMBER, "overflow",    "overflow",    "reason"   },
        {"queries_dropped_total",     NUMBER, "stale",       "stale",       "reason"   },
        {"queries_dropped_total",     NUMBER, "dropped",     "not_a_query", "reason"   },
        {"responses_truncated_total", NUMBER, "truncated",   NULL,          NULL       },
        {"responses_fail_open_total", NUMBER, "fail_open",   NULL,          NULL       },
        {"tcp_evicted_total",         NUMBER, "tcp_evicted", NULL,          NULL       },
};

static const struct sample zone_counts[] = {
        {"zones_served", NUMBER, "served", NULL, NULL},
        {"zones_failed", NUMBER, "failed", NULL, NULL},
};

static const struct sample zones[] = {
        {"zone_good",     WORD,   "state",    "loaded", NULL},
        {"zone_serial",   NUMBER, "serial",   NULL,     NULL},
        {"zone_records",  NUMBER, "records",  NULL,     NULL},
        {"zone_warnings", NUMBER, "warnings", NULL,     NULL},
};

static const struct sample guards[] = {
        {"guard_checks",  NUMBER, "checks",  NULL, NULL},
        {"guard_allowed", NUMBER, "allowed", NULL, NULL},
        {"guard_down",    NUMBER, "down",    NULL, NULL},
        {"guard_held",    NUMBER, "held",    NULL, NULL},
};

/* What has members: a reply, or each row of an array of it. */
static const struct group {
    enum metrics_reply reply;
    const char *array; /* NULL: the reply itself */
    const char *label; /* of a row, */
    const char *name;  /* and the member that is its value */
    const struct sample *samples;
    size_t count;
} groups[] = {
        {METRICS_STATUS, NULL,     NULL,    NULL,     daemon,      COUNT(daemon)     },
        {METRICS_STATUS, "roles",  "role",  "name",   roles,       COUNT(roles)      },
        {METRICS_STATUS, "rules",  "rule",  "name",   rules,       COUNT(rules)      },
        {METRICS_CHECKS, "checks", "check", "id",     checks,      COUNT(checks)     },
        {METRICS_STATS,  NULL,     NULL,    NULL,     stats,       COUNT(stats)      },
        {METRICS_ZONES,  NULL,     NULL,    NULL,     zone_counts, COUNT(zone_counts)},
        {METRICS_ZONES,  "zones",  "zone",  "origin", zones,       COUNT(zones)      },
        {METRICS_GUARDS, "guards", "guard", "name",   guards,      COUNT(guards)     },
};

static const struct {
    const char *family;
    const char *text;
} helps[] = {
        {"info",                       "1, with the version of the daemon."                            },
        {"uptime_seconds",             "How long the daemon runs."                                     },
        {"reload_good",                "Whether the last reload met no fault."                         },
        {"checks",                     "Checks by what answers go by."                                 },
        {"checks_no_data",             "Checks without a first result."                                },
        {"checks_forced",              "Checks that an operator has forced."                           },
        {"checks_held",                "Checks found down that a guard holds up."                      },
        {"checks_shadow",              "Checks that are tried out and never used."                     },
        {"checker_wanted",             "Whether there is to be a checker."                             },
        {"checker_silent",             "Whether the checker gives no sign of life: verdicts are stale."},
        {"checker_beat_age_seconds",   "Since the checker's last sign of life."                        },
        {"cut_off",                    "Whether this host may be cut off: silence counts for nothing." },
        {"cut_off_seconds",            "For how long this host may be cut off."                        },
        {"probes_total",               "Probes begun since the checker began."                         },
        {"probes_running",             "Probes that run."                                              },
        {"connections_held",           "Connections of TCP_HELD checks."                               },
        {"probe_late_seconds",         "So long after they were due the latest probes began."          },
        {"checker_turn_seconds",       "The longest turn of the checker's loop."                       },
        {"role_up",                    "Whether the process runs and is ready."                        },
        {"role_restarts_total",        "How often it was started again."                               },
        {"role_uptime_seconds",        "How long the process runs."                                    },
        {"role_files_good",            "Whether its files were without fault when last read."          },
        {"rule_up",                    "Checks of the safety rule that are up."                        },
        {"rule_at_least",              "How many of its checks are to stay up."                        },
        {"rule_wait_seconds",          "Until one of its checks may be turned again."                  },
        {"check_up",                   "Whether answers go by it as up."                               },
        {"check_found_up",             "Whether it is found up, forced or held or not."                },
        {"check_no_data",              "Whether it has no result yet."                                 },
        {"check_held",                 "Whether a guard holds it up."                                  },
        {"check_suspect",              "Whether answers that rest on it are kept short."               },
        {"check_stale",                "Whether nobody has looked for longer than it should take."     },
        {"check_shadow",               "Whether it is tried out and never used."                       },
        {"check_share_ratio",          "What its sets have of their whole share."                      },
        {"check_state_seconds",        "For how long it is in its state."                              },
        {"check_probes_total",         "Probes that ended, by outcome."                                },
        {"check_changes_total",        "Changes of what it finds."                                     },
        {"check_answer_changes_total", "Changes of a shadow that would have changed an answer."        },
        {"check_latency_seconds",      "So long the latest passes took."                               },
        {"check_certificate_seconds",  "For how long the certificate seen last is good."               },
        {"queries_total",              "Queries by transport."                                         },
        {"queries_dropped_total",      "Queries that were not answered, by reason."                    },
        {"responses_total",            "Answers by RCODE."                                             },
        {"responses_truncated_total",  "Answers that did not fit."                                     },
        {"responses_fail_open_total",  "Answers from a group of which nothing is healthy."             },
        {"tcp_evicted_total",          "Connections closed to make room for others."                   },
        {"zones_served",               "Zones that are answered."                                      },
        {"zones_failed",               "Zones whose files are faulty."                                 },
        {"zone_good",                  "Whether the zone is served as its file says."                  },
        {"zone_serial",                "The serial of its SOA."                                        },
        {"zone_records",               "Its records."                                                  },
        {"zone_warnings",              "Warnings of its file."                                         },
        {"guard_checks",               "Checks that the guard watches."                                },
        {"guard_allowed",              "How many may go down within its window."                       },
        {"guard_down",                 "How many are down."                                            },
        {"guard_held",                 "How many it holds up; above 0 it is raised."                   },
};

/* ---- one sample ---- */

static const char *help_of(const char *family)
{
    for (size_t i = 0; i < COUNT(helps); i++)
        if (strcmp(helps[i].family, family) == 0)
            return helps[i].text;
    return "";
}

/* A summary may do without sum and count; quantiles are what makes it one. */
static const char *type_of(const char *family, const char *label)
{
    size_t length = strlen(family);
    if (label != NULL && strcmp(label, "quantile") == 0)
        return "summary";
    return length > 6 && strcmp(family + length - 6, "_total") == 0 ? "counter" : "gauge";
}

static void print_head(const char *family, const char *label, struct buf *ret)
{
    buf_printf(ret, "# HELP holdfast_%s %s\n# TYPE holdfast_%s %s\n", family, help_of(family),
            family, type_of(family, label));
}

static void print_label(const char *label, const char *value, const char *before, struct buf *ret)
{
    buf_printf(ret, "%s%s=\"", before, label);
    for (const char *at = value; *at != '\0'; at++) {
        if (*at == '\n')
            buf_add_string(ret, "\\n");
        else
            buf_printf(ret, *at == '\\' || *at == '"' ? "\\%c" : "%c", *at);
    }
    buf_add_string(ret, "\"");
}

static bool lists(const json_t *array, const char *word)
{
    size_t i;
    json_t *element;
    json_array_foreach(array, i, element)
    {
        if (json_is_string(element) && strcmp(json_string_value(element), word) == 0)
            return true;
    }
    return false;
}

/* Returns whether the member is of the kind, and then its number. */
static bool read_value(const struct sample *sample, const json_t *member, double *ret)
{
    switch (sample->kind) {
    case NUMBER:
        *ret = json_number_value(member);
        return json_is_number(member);
    case MILLISECONDS:
        *ret = json_number_value(member) / 1000;
        return json_is_number(member);
    case FLAG:
        *ret = json_is_true(member);
        return json_is_boolean(member);
    case WORD:
        *ret = json_is_string(member) && strcmp(json_string_value(member), sample->word) == 0;
        return json_is_string(member);
    case LISTED:
        *ret = lists(member, sample->word);
        return json_is_array(member);
    }
    return false;
}

static const json_t *find_member(const json_t *row, const char *path)
{
    while (path != NULL) {
        const char *dot = strchr(path, '.');
        size_t length = dot != NULL ? (size_t)(dot - path) : strlen(path);
        row = json_object_getn(row, path, length);
        path = dot != NULL ? dot + 1 : NULL;
    }
    return row;
}

static void print_sample(
        const struct group *group, const struct sample *sample, const json_t *row, struct buf *ret)
{
    const char *name = group->label != NULL ? text_of(row, group->name) : NULL;
    const char *before = "{";
    double value;

    if (group->label != NULL && name == NULL)
        return;
    if (!read_value(sample, find_member(row, sample->path), &value))
        return;
    buf_printf(ret, "holdfast_%s", sample->family);
    if (name != NULL) {
        print_label(group->label, name, before, ret);
        before = ",";
    }
    if (sample->label != NULL)
        print_label(sample->label, sample->word, before, ret);
    buf_printf(ret, "%s %.15g\n", name != NULL || sample->label != NULL ? "}" : "", value);
}

/* ---- all ---- */

/* The samples of a family, of `count` rows of a table, for one object. */
static void print_samples(const struct group *group, const struct sample *samples, size_t count,
        const json_t *row, struct buf *ret)
{
    for (size_t i = 0; i < count; i++)
        print_sample(group, &samples[i], row, ret);
}

static size_t count_family(const struct sample *samples, size_t most)
{
    size_t count = 1;
    while (count < most && strcmp(samples[count].family, samples[0].family) == 0)
        count++;
    return count;
}

static void print_group(const struct group *group, const json_t *reply, struct buf *ret)
{
    const json_t *rows = group->array != NULL ? json_object_get(reply, group->array) : NULL;
    size_t count;

    for (size_t i = 0; i < group->count; i += count) {
        const struct sample *samples = &group->samples[i];
        size_t at;
        json_t *row;
        count = count_family(samples, group->count - i);
        print_head(samples[0].family, samples[0].label, ret);
        if (group->array == NULL)
            print_samples(group, samples, count, reply, ret);
        json_array_foreach(rows, at, row) print_samples(group, samples, count, row, ret);
    }
}

/* A sample that no table has. */
static void print_other(
        const char *family, const char *label, const char *value, double number, struct buf *ret)
{
    buf_printf(ret, "holdfast_%s", family);
    print_label(label, value, "{", ret);
    buf_printf(ret, "} %.15g\n", number);
}

/* RCODEs are told under their own names, whichever there are. */
static void print_rcodes(const json_t *reply, struct buf *ret)
{
    json_t *rcodes = json_object_get(reply, "rcodes");
    const char *rcode;
    json_t *count;

    print_head("responses_total", "rcode", ret);
    json_object_foreach(rcodes, rcode, count)
    {
        if (json_is_number(count))
            print_other("responses_total", "rcode", rcode, json_number_value(count), ret);
    }
}

/* The version is a label, so that what runs where can be asked of the metrics. */
static void print_version(const json_t *status, struct buf *ret)
{
    const char *version = text_of(status, "version");

    print_head("info", "version", ret);
    if (version != NULL)
        print_other("info", "version", version, 1, ret);
}

const char *metrics_request(enum metrics_reply reply)
{
    static const char *const requests[METRICS_REPLIES] = {
            [METRICS_STATUS] = "status",
            [METRICS_CHECKS] = "checks",
            [METRICS_STATS] = "stats",
            [METRICS_ZONES] = "zones",
            [METRICS_GUARDS] = "guards",
    };
    return requests[reply];
}

static void print_all(json_t *const replies[METRICS_REPLIES], struct buf *ret)
{
    if (replies[METRICS_STATUS] != NULL)
        print_version(replies[METRICS_STATUS], ret);
    for (size_t i = 0; i < COUNT(groups); i++)
        if (replies[groups[i].reply] != NULL)
            print_group(&groups[i], replies[groups[i].reply], ret);
    if (replies[METRICS_STATS] != NULL)
        print_rcodes(replies[METRICS_STATS], ret);
}

int metrics_print(const struct buf replies[METRICS_REPLIES], struct buf *ret)
{
    json_t *read[METRICS_REPLIES] = {NULL};
    int error = 0;

    for (size_t i = 0; i < METRICS_REPLIES; i++) {
        if (replies[i].length == 0)
            continue;
        read[i] = json_loadb(replies[i].data, replies[i].length, 0, NULL);
        if (!json_is_object(read[i]))
            error = ERR_SYNTAX;
    }
    if (error == 0)
        print_all(read, ret);
    for (size_t i = 0; i < METRICS_REPLIES; i++)
        json_decref(read[i]);
    return error;
}
