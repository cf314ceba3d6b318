/* ctl.c -- holdfastctl: asks the daemon and shows the answer.
 *
 * Exit status: 0 all is well; 1 the daemon said no, a reload met faults, or a lint warns; 2 there is no
 * daemon to ask, or the command makes no sense.  That of diff is as diff(1)'s: 1 if something would
 * change, 2 if anything is wrong.
 */
#include <errno.h>
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "admin/client.h"
#include "admin/metrics.h"
#include "admin/protocol.h"
#include "admin/show.h"
#include "base/err.h"
#include "base/file.h"
#include "base/str.h"
#include "config.h"
#include "events.h"
#include "replay.h"
#include "simulate.h"
#include "statedir.h"

#define EXIT_REFUSED   1
#define EXIT_DIFFERENT 1
#define EXIT_NO_DAEMON 2
#define EXIT_USAGE     2
#define EXIT_TROUBLE   2 /* of diff */

/* The daemon itself waits 5 s for the responder; reading a million names takes longer. */
#define ANSWER_MS 10000U
#define RELOAD_MS 600000U
#define LINT_MS   60000U

static const struct command {
    const char *name;
    const char *arguments; /* NULL: takes none */
    int least, most;       /* words behind the name */
    uint32_t deadline_ms;
    const char *help;
} commands[] = {
        {"status",    NULL,              0, 0, ANSWER_MS, "the daemon, its roles, and how many checks are up"},
        {"checks",    "[ID]",            0, 1, ANSWER_MS, "every check, or all that is known of one"         },
        {"force",     "ID up|down|auto", 2, 2, ANSWER_MS,
         "answer as if a check were up or down, whatever is found"                                           },
        {"drain",     "ID|OWNER/SET",    1, 1, ANSWER_MS, "take a check, or a record set, out of answers"    },
        {"undrain",   "ID|OWNER/SET",    1, 1, ANSWER_MS, "and let it in again"                              },
        {"heartbeat", "ID",              1, 1, ANSWER_MS, "a HEARTBEAT check lives"                          },
        {"alarm",     "NAME STATE",      2, 2, ANSWER_MS, "an alarm is OK, ALARM or INSUFFICIENT_DATA"       },
        {"control",   "NAME on|off",     2, 2, ANSWER_MS, "turn a switch: a RECOVERY_CONTROL check"          },
        {"guards",    NULL,              0, 0, ANSWER_MS, "which guards are raised, and what they hold"      },
        {"accept",    "ZONE|all",        1, 1, ANSWER_MS, "what a raised guard holds up is really down"      },
        {"explain",   "NAME TYPE",       2, 2, ANSWER_MS, "why a name is answered as it is"                  },
        {"zones",     NULL,              0, 0, ANSWER_MS, "every zone being served"                          },
        {"lint",      "[ZONE]",          0, 1, LINT_MS,   "what will go wrong; exit 1 if there are warnings" },
        {"reload",    NULL,              0, 0, RELOAD_MS,
         "read checks and zones again; show faults, exit 1 if any"                                           },
        {"diff",      "[ZONE]",          0, 1, RELOAD_MS,
         "what a reload would change; exit 1 if anything, 2 on faults"                                       },
        {"events",    NULL,              0, 0, 0,         "what has happened; asks no daemon"                },
        {"simulate",  "FILE",            1, 1, 0,         "run a timeline of failures; asks no daemon"       },
        {"stats",     NULL,              0, 0, ANSWER_MS, "the responder's counters"                         },
        {"metrics",   NULL,              0, 0, ANSWER_MS, "all that is counted, in Prometheus' text format"  },
        {"version",   NULL,              0, 0, ANSWER_MS, "the version of the daemon"                        },
};

/* Flags of some commands; each goes into its request as NAME=VALUE, a text last. */
static const struct flag {
    const char *commands; /* that take it, with blanks between */
    const char *name;
    const char *argument; /* NULL: takes none, and stays here */
    bool repeatable;
    bool is_text; /* may have blanks; stands last */
    bool stays;   /* is no part of the request */
    const char *help;
} flags[] = {
        {"force drain",                 "for",      "TIME",       false, false, false,
         "end it after so many s, m, h or d, such as 45m; default: never"                                            },
        {"force drain undrain",         "owner",    "NAME",       false, false, false,
         "who answers for it; default: the user who asks"                                                            },
        {"force drain undrain",         "reason",   "TEXT",       false, true,  false,
         "why, for whoever looks later"                                                                              },
        {"force drain undrain control", "override", "RULE",       true,  false, false,
         "though this safety rule speaks against it; repeatable"                                                     },
        {"alarm",                       "region",   "REGION",     false, false, false,
         "of the alarm, where several have the name"                                                                 },
        {"explain",                     "client",   "PREFIX",     false, false, false,
         "for this client: an address or ADDRESS/BITS"                                                               },
        {"explain",                     "assume",   "ID=up|down", true,  false, false,
         "as if this check were so; repeatable"                                                                      },
        {"explain",                     "at",       "TIME",       false, false, true,
         "as it was at a time, by the journal and the zones as they are"                                             },
        {"lint",                        "all",      NULL,         false, false, false, "what is waived, too"         },
        {"events",                      "since",    "TIME",       false, false, false,
         "from a time on, or so long ago, such as 45m"                                                               },
        {"events",                      "check",    "ID",         false, false, false, "of this check alone"         },
        {"events",                      "evidence", NULL,         false, false, false, "with what the probes saw"    },
        {"events",                      "follow",   NULL,         false, false, false, "and what comes, until Ctrl-C"},
        {"simulate",                    "config",   "FILE",       false, false, false, "the daemon's configuration"  },
        {"simulate",                    "zones",    "DIR",        false, false, false,
         "zones, before those of the configuration"                                                                  },
        {"simulate",                    "checks",   "DIR",        false, false, false,
         "checks, before those of the configuration"                                                                 },
};

#define IS_FLAG    0x100 /* getopt gives this plus the index of a row of flags[] */
#define VALUES_MAX 80U

struct value {
    const struct flag *flag;
    const char *text;
};

struct wishes {
    const char *state_dir;
    bool json;
    const struct command *command;
    char *const *words; /* behind the command */
    int count;
    struct value values[VALUES_MAX];
    size_t values_count;
};

static void print_row(FILE *to, const char *name, const char *argument, const char *help)
{
    char words[48];
    snprintf(words, sizeof(words), "%s%s%s", name, argument != NULL ? " " : "",
            argument != NULL ? argument : "");
    fprintf(to, "  %-21s %s\n", words, help);
}

/* "force, drain also take:" */
static void print_takers(FILE *to, const char *commands_taking)
{
    bool many = strchr(commands_taking, ' ') != NULL;
    fputs("\n", to);
    for (const char *at = commands_taking; *at != '\0'; at++)
        fprintf(to, *at == ' ' ? ", " : "%c", *at);
    fputs(many ? " also take:\n" : " also takes:\n", to);
}

static void print_help(FILE *to)
{
    fputs("usage: holdfastctl [-s DIR] [--json] COMMAND\n\n"
          "  -s, --state-dir DIR  the daemon's state directory; default " CONFIG_DEFAULT_STATE_DIR
          "\n      --json           the daemon's answer as it came\n\ncommands:\n",
            to);
    for (size_t i = 0; i < COUNT(commands); i++)
        print_row(to, commands[i].name, commands[i].arguments, commands[i].help);
    for (size_t i = 0; i < COUNT(flags); i++) {
        char name[32];
        if (i == 0 || strcmp(flags[i].commands, flags[i - 1].commands) != 0)
            print_takers(to, flags[i].commands);
        snprintf(name, sizeof(name), "--%s", flags[i].name);
        print_row(to, name, flags[i].argument, flags[i].help);
    }
}

static const struct command *find_command(const char *word)
{
    struct str_nearest nearest = {.word = word};
    for (size_t i = 0; i < COUNT(commands); i++) {
        if (strcmp(commands[i].name, word) == 0)
            return &commands[i];
        str_nearest_offer(&nearest, commands[i].name);
    }
    if (nearest.best != NULL)
        fprintf(stderr, "holdfastctl: no command \"%s\"; did you mean \"%s\"?\n", word,
                nearest.best);
    else
        fprintf(stderr, "holdfastctl: no command \"%s\"; see holdfastctl --help\n", word);
    return NULL;
}

static int refuse(const char *why, const char *what)
{
    fprintf(stderr, "holdfastctl: %s \"%s\"\n", why, what);
    return -EINVAL;
}

/* The words of a request are parted by blanks, and its line ends at the first newline. */
static int check_text(const char *text, bool is_word)
{
    for (const char *at = text != NULL ? text : ""; *at != '\0'; at++) {
        if ((unsigned char)*at < ' ')
            return refuse("a control character in", text);
        if (is_word && *at == ' ')
            return refuse("a blank in", text);
    }
    return 0;
}

static int check_texts(const struct wishes *wishes)
{
    int error = 0;
    for (size_t i = 0; error == 0 && i < wishes->values_count; i++)
        error = check_text(wishes->values[i].text, !wishes->values[i].flag->is_text);
    for (int i = 0; error == 0 && i < wishes->count; i++)
        error = check_text(wishes->words[i], true);
    return error;
}

static bool is_taken(const struct flag *flag, const char *command)
{
    size_t length = strlen(command);
    for (const char *at = flag->commands; at != NULL; at = strchr(at, ' ')) {
        at += *at == ' ';
        if (strncmp(at, command, length) == 0 && (at[length] == ' ' || at[length] == '\0'))
            return true;
    }
    return false;
}

/* Holds the flags to the command.  Returns 0, or -EINVAL with the fault told. */
static int check_flags(const struct wishes *wishes)
{
    for (size_t i = 0; i < wishes->values_count; i++) {
        const struct flag *flag = wishes->values[i].flag;
        if (!is_taken(flag, wishes->command->name)) {
            fprintf(stderr, "holdfastctl: --%s goes with \"%s\", not with \"%s\"\n", flag->name,
                    flag->commands, wishes->command->name);
            return -EINVAL;
        }
        for (size_t j = 0; j < i && !flag->repeatable; j++)
            if (wishes->values[j].flag == flag)
                return refuse("given twice:", flag->name);
    }
    return 0;
}

/* Takes the words behind the flags.  Returns 0, or -EINVAL with the fault told. */
static int read_words(char *const *words, int count, struct wishes *ret)
{
    if (count == 0) {
        print_help(stderr);
        return -EINVAL;
    }
    ret->command = find_command(words[0]);
    if (ret->command == NULL)
        return -EINVAL;
    ret->words = words + 1;
    ret->count = count - 1;
    if (ret->count > ret->command->most)
        return refuse("too many words behind", words[0]);
    if (ret->count < ret->command->least) {
        fprintf(stderr, "holdfastctl: wanted: %s %s\n", words[0], ret->command->arguments);
        return -EINVAL;
    }
    int error = check_flags(ret);
    return error == 0 ? check_texts(ret) : error;
}

/* Takes a flag that is a row; returns as read_arguments() does. */
static int take_value(const struct flag *flag, struct wishes *ret)
{
    if (ret->values_count == VALUES_MAX) {
        refuse("too many flags:", flag->name);
        return EXIT_USAGE + 1;
    }
    ret->values[ret->values_count++] = (struct value){flag, optarg};
    return 0;
}

/* Takes one flag; returns as read_arguments() does. */
static int take_flag(int code, struct wishes *ret)
{
    if (code >= IS_FLAG)
        return take_value(&flags[code - IS_FLAG], ret);
    switch (code) {
    case 's':
        ret->state_dir = optarg;
        return 0;
    case 'j':
        ret->json = true;
        return 0;
    case 'h':
        print_help(stdout);
        return 1;
    case 'V':
        puts("holdfastctl " HOLDFAST_VERSION);
        return 1;
    default:
        return EXIT_USAGE + 1; /* getopt has told why */
    }
}

/* Returns 0 with the wishes, or the exit status plus one if there is nothing to ask. */
static int read_arguments(int argc, char **argv, struct wishes *ret)
{
    static const struct option common[] = {
            {"state-dir", required_argument, NULL, 's'},
            {"json",      no_argument,       NULL, 'j'},
            {"help",      no_argument,       NULL, 'h'},
            {"version",   no_argument,       NULL, 'V'},
    };
    struct option all[COUNT(common) + COUNT(flags) + 1] = {0};
    int code;

    memcpy(all, common, sizeof(common));
    for (size_t i = 0; i < COUNT(flags); i++)
        all[COUNT(common) + i] =
                (struct option){flags[i].name, flags[i].argument != NULL, NULL, IS_FLAG + (int)i};
    *ret = (struct wishes){.state_dir = CONFIG_DEFAULT_STATE_DIR};
    while ((code = getopt_long(argc, argv, "s:hV", all, NULL)) != -1) {
        int nothing = take_flag(code, ret);
        if (nothing != 0)
            return nothing;
    }
    return read_words(argv + optind, argc - optind, ret) == 0 ? 0 : EXIT_USAGE + 1;
}

static void explain_no_daemon(const char *path, int error)
{
    if (error == -ENOENT || error == -ECONNREFUSED)
        fprintf(stderr, "holdfastctl: no daemon answers at %s; does -s name its state directory?\n",
                path);
    else if (error == -ENAMETOOLONG)
        fprintf(stderr, "holdfastctl: the path %s is too long for a socket; use a relative one\n",
                path);
    else if (error == -ETIMEDOUT)
        fprintf(stderr, "holdfastctl: the daemon at %s does not answer; is it stopped?\n", path);
    else if (error == ERR_TRUNCATED)
        fprintf(stderr, "holdfastctl: the daemon ended before it answered\n");
    else if (error == ERR_FAULTY)
        return; /* why has been told */
    else if (error == ERR_TOO_LARGE)
        fprintf(stderr, "holdfastctl: what is asked or answered is too long\n");
    else
        fprintf(stderr, "holdfastctl: %s: %s\n", path, err_text(error));
}

static int exit_status_of(const struct wishes *wishes, int status)
{
    if (status == 0)
        return 0;
    if (strcmp(wishes->command->name, "diff") != 0)
        return EXIT_REFUSED;
    return status == ERR_DIFFERENT ? EXIT_DIFFERENT : EXIT_TROUBLE;
}

static void print_answer(const struct wishes *wishes, int status, struct buf *body)
{
    struct buf text;
    if (wishes->json) {
        printf("%s\n", buf_string(body));
        return;
    }
    const char *request = wishes->command->name;
    if (strcmp(request, "checks") == 0 && wishes->count > 0)
        request = "check";
    if (strcmp(request, "lint") == 0 && wishes->values_count > 0)
        request = "lint-all";
    buf_init(&text, PROTOCOL_REPLY_MAX);
    if (status != 0 && show_refusal(buf_string(body), body->length, &text)) {
        fprintf(stderr, "holdfastctl: %s\n", buf_string(&text));
        buf_done(&text);
        return;
    }
    if (show_reply(request, buf_string(body), body->length, &text) == 0)
        fputs(buf_string(&text), stdout);
    else
        fprintf(stderr, "holdfastctl: the daemon's answer is not understood; try --json\n");
    if (strcmp(request, "reload") == 0)
        puts(status == 0 ? "reloaded" : "reloaded with faults");
    buf_done(&text);
}

static void print_values(const struct wishes *wishes, bool texts, struct buf *ret)
{
    for (size_t i = 0; i < wishes->values_count; i++)
        if (wishes->values[i].flag->argument != NULL && !wishes->values[i].flag->stays &&
                wishes->values[i].flag->is_text == texts)
            buf_printf(ret, " %s=%s", wishes->values[i].flag->name, wishes->values[i].text);
}

/* Returns 0, or ERR_TOO_LARGE. */
static int print_request(const struct wishes *wishes, struct buf *ret)
{
    buf_add_string(ret, wishes->command->name);
    for (int i = 0; i < wishes->count; i++)
        buf_printf(ret, " %s", wishes->words[i]);
    print_values(wishes, false, ret);
    print_values(wishes, true, ret);
    return ret->cut ? ERR_TOO_LARGE : 0;
}

static const char *value_of(const struct wishes *wishes, const char *name)
{
    for (size_t i = 0; i < wishes->values_count; i++)
        if (strcmp(wishes->values[i].flag->name, name) == 0)
            return wishes->values[i].text;
    return NULL;
}

static bool is_given(const struct wishes *wishes, const char *name)
{
    for (size_t i = 0; i < wishes->values_count; i++)
        if (strcmp(wishes->values[i].flag->name, name) == 0)
            return true;
    return false;
}

/* What the first answer names was otherwise at the time that is asked for: asks again, with that assumed. */
static int ask_of_past(const char *path, const struct wishes *wishes, struct buf *line, int *status,
        struct buf *body)
{
    const char *at = value_of(wishes, "at");
    size_t before = line->length;

    if (at == NULL || *status != 0)
        return 0;
    int error = replay_assume(wishes->state_dir, at, body, line);
    if (error != 0 || line->length == before)
        return error;
    if (line->cut)
        return ERR_TOO_LARGE;
    buf_consume(body, body->length);
    return client_ask(path, buf_string(line), wishes->command->deadline_ms, status, body);
}

/* Asks and keeps the answer.  Before what may take minutes it asks whether the daemon is alive at all, which
 * takes none. */
static int ask(const char *path, const struct wishes *wishes, int *status, struct buf *body)
{
    struct buf line;
    int error = 0;

    if (wishes->command->deadline_ms > ANSWER_MS)
        error = client_ask(path, "version", ANSWER_MS, status, body);
    if (error != 0)
        return error;
    buf_consume(body, body->length);
    buf_init(&line, PROTOCOL_LINE_MAX);
    error = print_request(wishes, &line);
    if (error == 0)
        error = client_ask(path, buf_string(&line), wishes->command->deadline_ms, status, body);
    if (error == 0)
        error = ask_of_past(path, wishes, &line, status, body);
    buf_done(&line);
    return error;
}

static int simulate(const struct wishes *wishes)
{
    const struct simulate_wishes simulation = {
            .timeline_file = wishes->words[0],
            .config_file = value_of(wishes, "config"),
            .zones_dir = value_of(wishes, "zones"),
            .checks_dir = value_of(wishes, "checks"),
            .json = wishes->json,
    };
    return simulate_run(&simulation);
}

static int tell_events(const struct wishes *wishes)
{
    const struct events_wishes events = {
            .state_dir = wishes->state_dir,
            .since = value_of(wishes, "since"),
            .check = value_of(wishes, "check"),
            .evidence = is_given(wishes, "evidence"),
            .follow = is_given(wishes, "follow"),
            .json = wishes->json,
    };
    return events_run(&events);
}

/* Asks for each reply in turn.  One that a role cannot give stays empty: what the others know is wanted all the
 * more then.  Returns 0, or the error of the supervisor, which always has a status. */
static int collect(const char *path, struct buf replies[METRICS_REPLIES])
{
    for (enum metrics_reply i = 0; i < METRICS_REPLIES; i++) {
        int status;
        int error = client_ask(path, metrics_request(i), ANSWER_MS, &status, &replies[i]);
        if (error != 0 && i == METRICS_STATUS)
            return error;
        if (error != 0 || status != 0)
            buf_done(&replies[i]);
    }
    return 0;
}

static int print_metrics(const struct buf replies[METRICS_REPLIES])
{
    struct buf text;
    buf_init(&text, PROTOCOL_REPLY_MAX);
    int error = metrics_print(replies, &text);
    if (error == 0 && text.cut)
        error = ERR_TOO_LARGE;
    if (error == 0)
        fputs(buf_string(&text), stdout);
    buf_done(&text);
    return error;
}

static int tell_metrics(const struct wishes *wishes)
{
    struct buf replies[METRICS_REPLIES];
    char *path = file_path(wishes->state_dir, STATEDIR_CONTROL);

    for (size_t i = 0; i < METRICS_REPLIES; i++)
        buf_init(&replies[i], PROTOCOL_REPLY_MAX);
    int error = collect(path, replies);
    if (error == 0)
        error = print_metrics(replies);
    if (error != 0)
        explain_no_daemon(path, error);
    for (size_t i = 0; i < METRICS_REPLIES; i++)
        buf_done(&replies[i]);
    free(path);
    return error == 0 ? 0 : EXIT_NO_DAEMON;
}

/* What is no question to the daemon whose answer is shown. */
static const struct {
    const char *name;
    bool has_json;
    int (*run)(const struct wishes *wishes);
} locals[] = {
        {"simulate", true,  simulate    },
        {"events",   true,  tell_events },
        {"metrics",  false, tell_metrics},
};

static int run_local(size_t local, const struct wishes *wishes)
{
    if (wishes->json && !locals[local].has_json) {
        fprintf(stderr, "holdfastctl: \"%s\" is not told as JSON\n", wishes->command->name);
        return EXIT_USAGE;
    }
    return locals[local].run(wishes);
}

int main(int argc, char **argv)
{
    struct wishes wishes;
    int nothing = read_arguments(argc, argv, &wishes);
    if (nothing != 0)
        return nothing - 1;
    for (size_t i = 0; i < COUNT(locals); i++)
        if (strcmp(wishes.command->name, locals[i].name) == 0)
            return run_local(i, &wishes);

    struct buf body;
    int status;
    buf_init(&body, PROTOCOL_REPLY_MAX);
    char *path = file_path(wishes.state_dir, STATEDIR_CONTROL);
    int error = ask(path, &wishes, &status, &body);
    int exit_status = EXIT_NO_DAEMON;
    if (error != 0) {
        explain_no_daemon(path, error);
    } else {
        print_answer(&wishes, status, &body);
        exit_status = exit_status_of(&wishes, status);
    }
    free(path);
    buf_done(&body);
    return exit_status;
}
