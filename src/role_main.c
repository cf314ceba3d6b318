/* role_main.c -- see role_main.h. */
#include "role_main.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>

#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/role.h"
#include "check/checker.h"
#include "check/comparer.h"
#include "config.h"
#include "exec/helper.h"
#include "serve/responder.h"
#include "statedir.h"

static int run_responder(const struct config *config)
{
    size_t sockets = config->workers * config->listen_count;
    int *fds = mem_zalloc(2 * sockets, sizeof(int));
    for (size_t i = 0; i < 2 * sockets; i++)
        fds[i] = ROLE_FD_SOCKETS + (int)i;
    char *last_good_dir = file_path(config->state_dir, STATEDIR_LAST_GOOD);
    const struct responder_settings settings = {
            .zones_dir = config->zones_dir,
            .last_good_dir = last_good_dir,
            .explicit_zones = config->zone.list,
            .explicit_count = config->zone.count,
            .ignore_ecs = config->ignore_ecs.list,
            .ignore_ecs_count = config->ignore_ecs.count,
            .on_stale = config->on_stale.list,
            .on_stale_count = config->on_stale.count,
            .max_down = config->max_down.list,
            .max_down_count = config->max_down.count,
            .geoip_file = config->geoip_file,
            .latency_file = config->latency_file,
            .workers = config->workers,
            .addresses = (uint32_t)config->listen_count,
            .udp_fds = fds,
            .tcp_fds = fds + sockets,
            .channel_fd = ROLE_FD_CHANNEL,
            .table_fd = ROLE_FD_TABLE,
            .sticky_secret = config->sticky_secret,
            .udp_size_bytes = (uint16_t)config->udp_size_bytes,
            .ttl_floor_s = config->ttl_floor_s,
            .tcp_connections_max = config->tcp_connections_max,
            .tcp_client_max = config->tcp_client_max,
            .tcp_idle_s = config->tcp_idle_s,
            .version_text = config->version_text,
            .server_id = config->server_id,
            .cookies = &config->cookies,
            .lint_waive = config->lint_waive.list,
            .lint_waive_count = config->lint_waive.count,
            .lint_slow_s = config->lint_slow_s,
    };
    int exit_status = responder_run(&settings);
    free(last_good_dir);
    free(fds);
    return exit_status;
}

static int run_with_checks(
        const struct config *config, int (*run)(const struct checker_settings *settings))
{
    char *last_good_dir = file_path(config->state_dir, STATEDIR_LAST_GOOD);
    char *pushes_path = file_path(config->state_dir, STATEDIR_PUSHES);
    bool guards_zones = config_guards_zones(config);
    const struct checker_settings settings = {
            .checks_dir = config->checks_dir,
            .last_good_dir = last_good_dir,
            .pushes_path = pushes_path,
            .ca_file = config->ca_file,
            .probes_max = config->probes_max,
            .suspect_share = config->suspect_share,
            .guard = config_guard(config),
            .guards_zones = guards_zones,
            .commands_max = config->exec_checks ? config->commands_max : 0,
            .define_only = config->no_checker,
            .channel_fd = ROLE_FD_CHANNEL,
            .table_fd = ROLE_FD_TABLE,
    };
    int exit_status = run(&settings);
    free(pushes_path);
    free(last_good_dir);
    return exit_status;
}

static int run_checker(const struct config *config)
{
    return run_with_checks(config, checker_run);
}

static int run_comparer(const struct config *config)
{
    return run_with_checks(config, comparer_run);
}

static const struct kind {
    const char *title;                       /* argv[0] */
    const char *name;                        /* in the log */
    const char *comm;                        /* at most 15 bytes */
    int (*run)(const struct config *config); /* NULL: it is given no configuration */
} kinds[] = {
        {"holdfastd: responder", "responder", "hf-responder", run_responder},
        {"holdfastd: checker",   "checker",   "hf-checker",   run_checker  },
        {"holdfastd: comparer",  "comparer",  "hf-comparer",  run_comparer },
        {EXEC_TITLE,             "exec",      "hf-exec",      NULL         },
};

static const struct kind *find_kind(int argc, char **argv)
{
    for (size_t i = 0; argc == 1 && i < COUNT(kinds); i++)
        if (strcmp(argv[0], kinds[i].title) == 0)
            return &kinds[i];
    return NULL;
}

/* A role ends with its parent, even if it is stopped or hangs; if the parent died before this line, the
 * channel's end tells it.  Signals that a terminal sends to all of us are the parent's to act on, and
 * an endpoint or a parent that has gone is told by write(). */
static void adapt_process(const struct kind *kind)
{
    mem_set_large_apart();
    prctl(PR_SET_NAME, kind->comm);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    signal(SIGPIPE, SIG_IGN);
    signal(SIGINT, SIG_IGN);
    signal(SIGHUP, SIG_IGN);
}

int role_main(int argc, char **argv)
{
    const struct kind *kind = find_kind(argc, argv);
    if (kind == NULL)
        return -1;
    adapt_process(kind);
    if (kind->run == NULL)
        return exec_helper_run(ROLE_FD_CHANNEL);

    struct config *config = NULL;
    struct diag *diag = diag_new();
    int error = config_load(ROLE_FD_CONFIG, &config, diag);
    diag_free(diag);
    if (error != 0) {
        fprintf(stderr, "%s: not started by holdfastd\n", kind->title);
        return 1;
    }
    log_open(kind->name, config->log_level);
    int exit_status = kind->run(config);
    config_free(config);
    return exit_status;
}
