/* ctl.c -- holdfastctl: asks the daemon and shows the answer.
 *
 * Exit status: 0 all is well; 1 the daemon said no, a reload met faults, or a lint warns; 2 there is no
 * daemon to ask, or the command makes no sense.
 */
#include <errno.h>
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "admin/client.h"
#include "admin/protocol.h"
#include "admin/show.h"
#include "base/err.h"
#include "base/file.h"
#include "base/str.h"
#include "config.h"
#include "statedir.h"

#define EXIT_NO_DAEMON 2
#define EXIT_USAGE     2

/* The daemon itself waits 5 s for the responder; reading a million names takes longer. */
#define ANSWER_MS 10000U
#define RELOAD_MS 600000U
#define LINT_MS   60000U

static const struct command {
    const char *name;
    const char *arguments; /* NULL: takes none */
    int least, most;       /* words behind the name */
    const char *help;
} commands[] = {
        {"status",  NULL,              0, 0, "the daemon, its roles, and how many checks are up"      },
        {"checks",  "[ID]",            0, 1, "every check, or all that is known of one"               },
        {"force",   "ID up|down|auto", 2, 2,
         "answer as if a check were up or down, whatever is found"                                    },
        {"zones",   NULL,              0, 0, "every zone being served"                                },
        {"lint",    "[ZONE]",          0, 1, "what will go wrong; exit 1 if there are warnings"       },
        {"reload",  NULL,              0, 0, "read checks and zones again; show faults, exit 1 if any"},
        {"stats",   NULL,              0, 0, "the responder's counters"                               },
        {"version", NULL,              0, 0, "the version of the daemon"                              },
};

struct wishes {
    const char *state_dir;
    bool json, all;
    const struct command *command;
    char *const *words; /* behind the command */
    int count;
    const char *time, *owner, *reason; /* of force; NULL: not given */
};

static void print_help(FILE *to)
{
    fputs("usage: holdfastctl [-s DIR] [--json] COMMAND\n\n"
          "  -s, --state-dir DIR  the daemon's state directory; default " CONFIG_DEFAULT_STATE_DIR
          "\n      --json           the daemon's answer as it came\n\ncommands:\n",
            to);
    for (size_t i = 0; i < COUNT(commands); i++) {
        char words[32];
        snprintf(words, sizeof(words), "%s%s%s", commands[i].name,
                commands[i].arguments != NULL ? " " : "",
                commands[i].arguments != NULL ? commands[i].arguments : "");
        fprintf(to, "  %-21s %s\n", words, commands[i].help);
    }
    fputs("\nforce also takes:\n"
          "      --for TIME       end it after so many s, m, h or d, such as 45m; default: never\n"
          "      --owner NAME     who answers for it; default: the user who asks\n"
          "      --reason TEXT    why, for whoever looks later\n"
          "\nlint also takes:\n"
          "      --all            what is waived, too\n",
            to);
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
    int error = check_text(wishes->reason, false);
    if (error == 0)
        error = check_text(wishes->time, true);
    if (error == 0)
        error = check_text(wishes->owner, true);
    for (int i = 0; error == 0 && i < wishes->count; i++)
        error = check_text(wishes->words[i], true);
    return error;
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
    bool has_flags = ret->time != NULL || ret->owner != NULL || ret->reason != NULL;
    if (has_flags && strcmp(words[0], "force") != 0)
        return refuse("--for, --owner and --reason do not go with", words[0]);
    if (ret->all && strcmp(words[0], "lint") != 0)
        return refuse("--all does not go with", words[0]);
    return check_texts(ret);
}

/* Takes one flag; returns as read_arguments() does. */
static int take_flag(int code, struct wishes *ret)
{
    switch (code) {
    case 's':
        ret->state_dir = optarg;
        return 0;
    case 'j':
        ret->json = true;
        return 0;
    case 'a':
        ret->all = true;
        return 0;
    case 'f':
        ret->time = optarg;
        return 0;
    case 'o':
        ret->owner = optarg;
        return 0;
    case 'r':
        ret->reason = optarg;
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
    static const struct option flags[] = {
            {"state-dir", required_argument, NULL, 's'},
            {"json",      no_argument,       NULL, 'j'},
            {"all",       no_argument,       NULL, 'a'},
            {"for",       required_argument, NULL, 'f'},
            {"owner",     required_argument, NULL, 'o'},
            {"reason",    required_argument, NULL, 'r'},
            {"help",      no_argument,       NULL, 'h'},
            {"version",   no_argument,       NULL, 'V'},
            {NULL,        0,                 NULL, 0  },
    };
    int code;
    *ret = (struct wishes){.state_dir = CONFIG_DEFAULT_STATE_DIR};
    while ((code = getopt_long(argc, argv, "s:hV", flags, NULL)) != -1) {
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
    else if (error == ERR_TOO_LARGE)
        fprintf(stderr, "holdfastctl: what is asked or answered is too long\n");
    else
        fprintf(stderr, "holdfastctl: %s: %s\n", path, err_text(error));
}

static int print_answer(const struct wishes *wishes, int status, struct buf *body)
{
    struct buf text;
    if (wishes->json) {
        printf("%s\n", buf_string(body));
        return status == 0 ? 0 : 1;
    }
    const char *request = wishes->command->name;
    if (strcmp(request, "checks") == 0 && wishes->count > 0)
        request = "check";
    if (wishes->all)
        request = "lint-all";
    buf_init(&text, PROTOCOL_REPLY_MAX);
    if (status != 0 && show_refusal(buf_string(body), body->length, &text)) {
        fprintf(stderr, "holdfastctl: %s\n", buf_string(&text));
        buf_done(&text);
        return 1;
    }
    if (show_reply(request, buf_string(body), body->length, &text) == 0)
        fputs(buf_string(&text), stdout);
    else
        fprintf(stderr, "holdfastctl: the daemon's answer is not understood; try --json\n");
    if (strcmp(request, "reload") == 0)
        puts(status == 0 ? "reloaded" : "reloaded with faults");
    buf_done(&text);
    return status == 0 ? 0 : 1;
}

/* Returns 0, or ERR_TOO_LARGE. */
static int print_request(const struct wishes *wishes, struct buf *ret)
{
    buf_add_string(ret, wishes->command->name);
    for (int i = 0; i < wishes->count; i++)
        buf_printf(ret, " %s", wishes->words[i]);
    if (wishes->time != NULL)
        buf_printf(ret, " for=%s", wishes->time);
    if (wishes->owner != NULL)
        buf_printf(ret, " owner=%s", wishes->owner);
    if (wishes->reason != NULL)
        buf_printf(ret, " reason=%s", wishes->reason);
    return ret->cut ? ERR_TOO_LARGE : 0;
}

static uint32_t deadline_ms(const char *command)
{
    if (strcmp(command, "reload") == 0)
        return RELOAD_MS;
    return strcmp(command, "lint") == 0 ? LINT_MS : ANSWER_MS;
}

/* Asks and keeps the answer.  Before a reload, which may take minutes, it asks whether the daemon is
 * alive at all, which takes none. */
static int ask(const char *path, const struct wishes *wishes, int *status, struct buf *body)
{
    const char *command = wishes->command->name;
    struct buf line;
    int error = 0;

    if (strcmp(command, "reload") == 0)
        error = client_ask(path, "version", ANSWER_MS, status, body);
    if (error != 0)
        return error;
    buf_consume(body, body->length);
    buf_init(&line, PROTOCOL_LINE_MAX);
    error = print_request(wishes, &line);
    if (error == 0)
        error = client_ask(path, buf_string(&line), deadline_ms(command), status, body);
    buf_done(&line);
    return error;
}

int main(int argc, char **argv)
{
    struct wishes wishes;
    int nothing = read_arguments(argc, argv, &wishes);
    if (nothing != 0)
        return nothing - 1;

    struct buf body;
    int status;
    buf_init(&body, PROTOCOL_REPLY_MAX);
    char *path = file_path(wishes.state_dir, STATEDIR_CONTROL);
    int error = ask(path, &wishes, &status, &body);
    int exit_status = EXIT_NO_DAEMON;
    if (error != 0)
        explain_no_daemon(path, error);
    else
        exit_status = print_answer(&wishes, status, &body);
    free(path);
    buf_done(&body);
    return exit_status;
}
