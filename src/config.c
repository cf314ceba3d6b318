/* config.c -- see config.h.  What keys there are is in config_key.c, the file's syntax in
 * config_file.c; here are the flags, the defaults and what must hold for the whole. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <uv.h>

#include "base/err.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"
#include "config_file.h"
#include "config_key.h"
#include "serve/tcp.h"

#define FLAGS_MAX   48U
#define MESSAGE_MAX 1024U

/* Flags without a letter have one of these in its place. */
enum letterless {
    FLAG_LINT = 1,
    FLAG_ALL,
    FLAG_JSON,
};

/* Flags that are no keys. */
static const struct {
    const char *name;
    char letter;
    const char *argument;
    const char *help;
} actions[] = {
        {"config",  'c',       "FILE", "read this file first; every flag below is also a key in it"},
        {"test",    't',       NULL,   "load everything, print every fault, exit 0 or 1"           },
        {"lint",    FLAG_LINT, NULL,   "with --test: tell what will go wrong; exit 1 on warnings"  },
        {"all",     FLAG_ALL,  NULL,   "with --lint: what is waived, too"                          },
        {"json",    FLAG_JSON, NULL,   "with --lint: as JSON"                                      },
        {"help",    'h',       NULL,   "print this text"                                           },
        {"version", 'V',       NULL,   "print the version"                                         },
};

#define IS_KEY 0x100 /* getopt gives this plus the index of a row of config_keys */

struct flags {
    struct option list[FLAGS_MAX];
    char letters[3 * FLAGS_MAX];
};

static void add_letter(struct flags *flags, char letter, bool argument)
{
    size_t length = strlen(flags->letters);
    flags->letters[length++] = letter;
    if (argument)
        flags->letters[length++] = ':';
    flags->letters[length] = '\0';
}

/* Turns both tables into what getopt_long() wants.  The leading ':' tells a missing value from an
 * unknown flag. */
static void fill_flags(struct flags *flags)
{
    size_t count = 0;
    *flags = (struct flags){.letters = ":"};
    for (size_t i = 0; i < COUNT(actions); i++) {
        flags->list[count++] = (struct option){
                actions[i].name, actions[i].argument != NULL, NULL, actions[i].letter};
        if (actions[i].letter >= ' ')
            add_letter(flags, actions[i].letter, actions[i].argument != NULL);
    }
    for (size_t i = 0; config_keys[i].name != NULL; i++) {
        const struct config_key *key = &config_keys[i];
        flags->list[count++] =
                (struct option){key->name, key->argument != NULL, NULL, IS_KEY + (int)i};
        if (key->letter != 0)
            add_letter(flags, key->letter, key->argument != NULL);
    }
}

static const struct config_key *key_of(int code)
{
    if (code >= IS_KEY)
        return &config_keys[code - IS_KEY];
    for (const struct config_key *key = config_keys; key->name != NULL; key++)
        if (key->letter != 0 && key->letter == code)
            return key;
    return NULL;
}

static const char *name_of(const struct flags *flags, int code)
{
    const struct config_key *key = key_of(code);
    if (key != NULL)
        return key->name;
    for (const struct option *flag = flags->list; flag->name != NULL; flag++)
        if (flag->val == code)
            return flag->name;
    return NULL;
}

static void report_unknown(const struct flags *flags, const char *read, struct diag *diag)
{
    const struct diag_place nowhere = {0};
    const char *name = optopt != 0 ? name_of(flags, optopt) : NULL;
    if (name != NULL) {
        diag_error(diag, nowhere, "--%s takes no value", name);
        return;
    }
    if (optopt != 0) {
        diag_error(diag, nowhere, "no flag -%c; see holdfastd --help", optopt);
        return;
    }
    char *word = mem_string(read + 2);
    word[strcspn(word, "=")] = '\0';
    struct str_nearest nearest = {.word = word};
    for (const struct option *flag = flags->list; flag->name != NULL; flag++)
        str_nearest_offer(&nearest, flag->name);
    if (nearest.best != NULL)
        diag_error(diag, nowhere, "no flag --%s; did you mean --%s?", word, nearest.best);
    else
        diag_error(diag, nowhere, "no flag --%s; see holdfastd --help", word);
    free(word);
}

/* The first walk over the arguments: what is said about the run, not about a key. */
struct wishes {
    const char *file;
    bool test, lint, all, json, help, version;
};

/* Takes a flag that is no key; false if it is something else. */
static bool take_wish(int code, struct wishes *ret)
{
    switch (code) {
    case 'c':
        ret->file = optarg;
        return true;
    case 't':
        return ret->test = true;
    case FLAG_LINT:
        return ret->lint = true;
    case FLAG_ALL:
        return ret->all = true;
    case FLAG_JSON:
        return ret->json = true;
    case 'h':
        return ret->help = true;
    case 'V':
        return ret->version = true;
    default:
        return false;
    }
}

static void read_wishes(
        int argc, char **argv, const struct flags *flags, struct wishes *ret, struct diag *diag)
{
    const struct diag_place nowhere = {0};
    int code;
    opterr = 0;
    optind = 0; /* glibc: start over */
    while ((code = getopt_long(argc, argv, flags->letters, flags->list, NULL)) != -1) {
        if (take_wish(code, ret))
            continue;
        if (code == ':')
            diag_error(diag, nowhere, "--%s needs a value", name_of(flags, optopt));
        else if (code == '?')
            report_unknown(flags, argv[optind - 1], diag);
    }
    for (int i = optind; i < argc; i++)
        diag_error(diag, nowhere, "\"%s\" belongs to no flag", argv[i]);
    if (ret->lint && !ret->test)
        diag_error(diag, nowhere,
                "--lint goes with --test; a running daemon is asked by holdfastctl lint");
    if ((ret->all || ret->json) && !ret->lint)
        diag_error(diag, nowhere, "--%s goes with --lint", ret->all ? "all" : "json");
}

/* The second walk: the keys, over what the file said.  The first value of a list drops the file's. */
static void apply_flags(
        int argc, char **argv, const struct flags *flags, struct config *config, struct diag *diag)
{
    bool seen[FLAGS_MAX] = {false};
    struct buf why;
    int code;

    buf_init(&why, MESSAGE_MAX);
    optind = 0;
    while ((code = getopt_long(argc, argv, flags->letters, flags->list, NULL)) != -1) {
        const struct config_key *key = code != '?' && code != ':' ? key_of(code) : NULL;
        if (key == NULL)
            continue;
        if (config_key_is_list(key) && !seen[key - config_keys])
            config_key_clear(key, config);
        seen[key - config_keys] = true;
        if (config_key_apply(key, config, optarg != NULL ? optarg : "true", &why) != 0)
            diag_error(diag, (struct diag_place){0}, "--%s: %s", key->name, buf_string(&why));
        buf_consume(&why, why.length);
    }
    buf_done(&why);
}

static void print_flag(char letter, const char *name, const char *argument, const char *help)
{
    char flag[64];
    bool has_letter = letter >= ' ';
    snprintf(flag, sizeof(flag), "%c%c%s --%s %s", has_letter ? '-' : ' ',
            has_letter ? letter : ' ', has_letter ? "," : " ", name,
            argument != NULL ? argument : "");
    printf("  %-28s %s\n", flag, help);
}

static void print_help(void)
{
    puts("holdfastd -- an authoritative DNS server whose answers follow health\n\nflags:");
    for (size_t i = 0; i < COUNT(actions); i++)
        print_flag(actions[i].letter, actions[i].name, actions[i].argument, actions[i].help);
    for (const struct config_key *key = config_keys; key->name != NULL; key++)
        print_flag(key->letter, key->name, key->argument, key->help);
    printf("\nwithout --listen it answers on 127.0.0.1:%u and [::1]:%u\n", CONFIG_DEFAULT_PORT,
            CONFIG_DEFAULT_PORT);
}

struct guard_limit config_guard(const struct config *config)
{
    struct guard_limit limit = {0};
    for (size_t i = 0; i < config->max_down.count; i++) {
        struct buf why;
        struct guard_limit read;
        buf_init(&why, 1);
        if (strchr(config->max_down.list[i], '=') == NULL &&
                guard_limit_parse(config->max_down.list[i], &read, &why) == 0)
            limit = read;
        buf_done(&why);
    }
    return limit;
}

bool config_guards_zones(const struct config *config)
{
    for (size_t i = 0; i < config->max_down.count; i++)
        if (strchr(config->max_down.list[i], '=') != NULL)
            return true;
    return false;
}

static struct config *config_new(void)
{
    struct config *config = mem_zalloc(1, sizeof(*config));
    config->probes_max = CONFIG_DEFAULT_PROBES;
    config->commands_max = CONFIG_DEFAULT_COMMANDS;
    config->udp_size_bytes = CONFIG_DEFAULT_UDP_SIZE;
    config->tcp_connections_max = TCP_CONNECTIONS_DEFAULT;
    config->tcp_client_max = TCP_CLIENT_DEFAULT;
    config->tcp_idle_s = TCP_IDLE_DEFAULT_S;
    config->lint_slow_s = LINT_SLOW_S;
    config->journal_mib = CONFIG_JOURNAL_MIB;
    config->suspect_share = CONFIG_SUSPECT_SHARE;
    config->checker_timeout_s = CONFIG_CHECKER_TIMEOUT_S;
    config->ttl_floor_s = CONFIG_DEFAULT_TTL_FLOOR_S;
    config->log_level = LOG_LEVEL_INFO;
    config->version_text = mem_string(CONFIG_DEFAULT_VERSION_TEXT);
    return config;
}

void config_free(struct config *config)
{
    if (config == NULL)
        return;
    for (const struct config_key *key = config_keys; key->name != NULL; key++)
        if (config_key_is_list(key))
            config_key_clear(key, config);
    free(config->zones_dir);
    free(config->checks_dir);
    free(config->geoip_file);
    free(config->latency_file);
    free(config->state_dir);
    free(config->ca_file);
    free(config->version_text);
    free(config->server_id);
    free(config);
}

/* Many a container has no IPv6 at all; nobody asked for ::1 by name, so there it is left out. */
static bool has_ipv6(void)
{
    struct sockaddr_in6 address = {.sin6_family = AF_INET6, .sin6_addr = in6addr_loopback};
    int fd = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd == -1)
        return false;
    bool bound = bind(fd, (const struct sockaddr *)&address, sizeof(address)) == 0;
    close(fd);
    return bound;
}

static void set_default_listen(struct config *config)
{
    config->listen_count = has_ipv6() ? 2 : 1;
    config->listen = mem_zalloc(2, sizeof(*config->listen));
    config->listen[0].v4 = (struct sockaddr_in){
            .sin_family = AF_INET,
            .sin_port = htons(CONFIG_DEFAULT_PORT),
            .sin_addr = {htonl(INADDR_LOOPBACK)},
    };
    config->listen[1].v6 = (struct sockaddr_in6){
            .sin6_family = AF_INET6,
            .sin6_port = htons(CONFIG_DEFAULT_PORT),
            .sin6_addr = in6addr_loopback,
    };
}

/* Fills in what nobody gave and checks what must hold for the whole. */
static void finish(struct config *config, const char *file, struct diag *diag)
{
    if (config->listen_count == 0)
        set_default_listen(config);
    if (config->state_dir == NULL)
        config->state_dir = mem_string(CONFIG_DEFAULT_STATE_DIR);
    if (config->workers == 0) {
        unsigned processors = uv_available_parallelism();
        config->workers = processors < CONFIG_WORKERS_MAX ? processors : CONFIG_WORKERS_MAX;
    }
    /* If anything else is wrong, that may be why. */
    if (config->zones_dir == NULL && config->zone.count == 0 && diag_errors(diag) == 0)
        diag_error(diag, (struct diag_place){file, 0, 0},
                "no zones are configured: give --zones DIR or --zone ORIGIN=FILE");
}

static void read_file(const char *path, struct config *config, struct diag *diag)
{
    char *text;
    size_t length;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    int error = fd >= 0 ? file_read(fd, CONFIG_FILE_MAX, &text, &length) : -errno;
    if (fd >= 0)
        close(fd);
    if (error != 0) {
        diag_error(diag, (struct diag_place){path, 0, 0}, "cannot be read: %s", err_text(error));
        return;
    }
    /* Its faults are in diag. */
    (void)!config_file_read(path, text, length, config, diag);
    free(text);
}

int config_from_arguments(
        int argc, char **argv, struct config **ret, bool *exit_now, struct diag *diag)
{
    struct flags flags;
    struct wishes wishes = {0};
    uint32_t errors = diag_errors(diag);

    fill_flags(&flags);
    read_wishes(argc, argv, &flags, &wishes, diag);
    *exit_now = diag_errors(diag) == errors && (wishes.help || wishes.version);
    if (*exit_now) {
        if (wishes.help)
            print_help();
        else
            puts("holdfastd " HOLDFAST_VERSION);
        return 0;
    }
    struct config *config = config_new();
    config->test = wishes.test;
    config->lint = wishes.lint;
    config->lint_all = wishes.all;
    config->lint_json = wishes.json;
    if (wishes.file != NULL)
        read_file(wishes.file, config, diag);
    apply_flags(argc, argv, &flags, config, diag);
    finish(config, NULL, diag);
    if (diag_errors(diag) != errors) {
        config_free(config);
        return ERR_FAULTY;
    }
    *ret = config;
    return 0;
}

int config_from_text(
        const char *file, const char *text, size_t length, struct config **ret, struct diag *diag)
{
    uint32_t errors = diag_errors(diag);
    struct config *config = config_new();
    int error = config_file_read(file, text, length, config, diag);
    finish(config, file, diag);
    if (error != 0 || diag_errors(diag) != errors) {
        config_free(config);
        return ERR_FAULTY;
    }
    *ret = config;
    return 0;
}

void config_print(const struct config *config, struct buf *ret)
{
    config_file_print(config, ret);
}

int config_save(const struct config *config)
{
    struct buf text;
    int fd = memfd_create("holdfast-configuration", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (fd == -1)
        return -errno;
    buf_init(&text, CONFIG_FILE_MAX);
    config_print(config, &text);
    int error = text.cut ? ERR_TOO_LARGE : file_write(fd, text.data, text.length);
    if (error == 0 && fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW) == -1)
        error = -errno;
    buf_done(&text);
    if (error != 0) {
        close(fd);
        return error;
    }
    return fd;
}

int config_load(int fd, struct config **ret, struct diag *diag)
{
    static const char name[] = "configuration";
    char *text;
    size_t length;
    int error = file_read(fd, CONFIG_FILE_MAX, &text, &length);
    if (error != 0) {
        diag_error(diag, (struct diag_place){name, 0, 0}, "cannot be read: %s", err_text(error));
        return ERR_FAULTY;
    }
    error = config_from_text(name, text, length, ret, diag);
    free(text);
    return error;
}
