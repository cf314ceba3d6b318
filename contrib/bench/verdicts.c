/* verdicts.c -- stands in for the checker of a daemon that runs without one: sets the verdicts of its checks, and beats.
 *
 *   bench_verdicts PID [OPTION]...   of the supervisor PID: --half-down, --rate N (0): so many flips a second
 *   bench_verdicts --smoke           the same with a table of its own, for a moment
 *
 * The table is opened behind the supervisor's descriptor, as the checker opens it, and written by the checker's own
 * functions; a daemon started with --no-checker has no other writer.  All checks are up at first, or every other one is
 * down; flips go through all of them in an order that is not that of the slots, and turn each round, so that as many
 * stay up.  It says "ready" when all verdicts stand, and how many flips a second there were when SIGTERM ends it.
 */
#include <dirent.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/str.h"
#include "health/table.h"

#define PID_MAX      4194304U /* the kernel's own limit */
#define RATE_MAX     100000U
#define STEP         7919U /* from one check to the next that flips; a prime */
#define TURN_NS      1000000U
#define SMOKE_CHECKS 10U
#define SMOKE_RATE   1000U
#define SMOKE_TURNS  20U

struct stand_in {
    struct health_table *table;
    uint32_t checks;
    bool half_down;
    uint32_t rate;
    uint64_t flips;
    struct timespec start;
};

static volatile sig_atomic_t ended;

static void end(int number)
{
    (void)number;
    ended = 1;
}

static void die(const char *what)
{
    perror(what);
    exit(EXIT_FAILURE);
}

static double passed_s(const struct timespec *since)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)(now.tv_sec - since->tv_sec) + (double)(now.tv_nsec - since->tv_nsec) / 1e9;
}

static void put(struct stand_in *self, uint32_t slot, bool up)
{
    health_table_put(self->table, slot,
            (struct health_verdict){
                    .state = up ? HEALTH_UP : HEALTH_DOWN, .since_s = (uint32_t)time(NULL)});
}

/* The descriptor of the table among those of another process. */
static int find_table(unsigned long pid)
{
    char path[64], target[64];
    snprintf(path, sizeof(path), "/proc/%lu/fd", pid);
    int dir_fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *dir = dir_fd >= 0 ? fdopendir(dir_fd) : NULL;
    if (dir == NULL)
        die(path);
    int fd = -1;
    for (struct dirent *entry; fd < 0 && (entry = readdir(dir)) != NULL;) {
        ssize_t length = readlinkat(dir_fd, entry->d_name, target, sizeof(target) - 1);
        target[length > 0 ? length : 0] = '\0';
        if (strstr(target, "memfd:holdfast-health") != NULL)
            fd = openat(dir_fd, entry->d_name, O_RDWR | O_CLOEXEC);
    }
    closedir(dir);
    return fd;
}

static void start(struct stand_in *self)
{
    self->checks = health_table_used(self->table);
    for (uint32_t slot = 0; slot < self->checks; slot++)
        put(self, slot, !self->half_down || slot % 2 != 0);
    health_table_beat(self->table, (uint64_t)time(NULL) * 1000);
    clock_gettime(CLOCK_MONOTONIC, &self->start);
    puts("ready");
    fflush(stdout);
}

/* Flips what is due. */
static void turn(struct stand_in *self)
{
    const uint64_t due = (uint64_t)(passed_s(&self->start) * self->rate);
    for (; self->flips < due; self->flips++) {
        uint32_t slot = (uint32_t)(self->flips * STEP % self->checks);
        put(self, slot, health_table_get(self->table, slot).state == HEALTH_DOWN);
    }
    health_table_beat(self->table, (uint64_t)time(NULL) * 1000);
    nanosleep(&(struct timespec){.tv_nsec = TURN_NS}, NULL);
}

static void report(const struct stand_in *self)
{
    printf("{\"checks\": %u, \"flips_per_s\": %.1f}\n", self->checks,
            (double)self->flips / passed_s(&self->start));
}

static int smoke(void)
{
    struct stand_in self = {.half_down = true, .rate = SMOKE_RATE};
    struct health_table *own;
    if (health_table_create(&own) != 0)
        die("the health table");
    for (uint32_t slot = 0; slot < SMOKE_CHECKS; slot++) {
        struct health_detail detail = {.flags = HEALTH_DEFINED};
        snprintf(detail.id, sizeof(detail.id), "c%u", slot);
        health_table_write(own, slot, &detail);
    }
    int fd = find_table((unsigned long)getpid());
    if (fd < 0 || health_table_open(&self.table, fd, HEALTH_WRITE) != 0)
        die("the table of this process");
    start(&self);
    const uint64_t before = health_table_changes_now(own);
    for (unsigned i = 0; i < SMOKE_TURNS; i++)
        turn(&self);
    report(&self);
    bool flipped = self.flips > 0 && health_table_changes_now(own) - before == self.flips;
    health_table_close(self.table);
    health_table_close(own);
    close(fd);
    return flipped ? EXIT_SUCCESS : EXIT_FAILURE;
}

/* Returns false if the command line is not to be understood. */
static bool parse(struct stand_in *self, uint64_t *pid, int argc, char **argv)
{
    static const struct option options[] = {
            {"half-down", no_argument,       NULL, 'd'},
            {"rate",      required_argument, NULL, 'r'},
            {NULL,        0,                 NULL, 0  },
    };
    uint64_t rate = 0;
    int option;
    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (option == 'd')
            self->half_down = true;
        else if (option != 'r' || str_parse_number(optarg, RATE_MAX, &rate) != 0)
            return false;
    }
    self->rate = (uint32_t)rate;
    return optind + 1 == argc && str_parse_number(argv[optind], PID_MAX, pid) == 0;
}

int main(int argc, char **argv)
{
    struct stand_in self = {.rate = 0};
    uint64_t pid;
    if (argc == 2 && strcmp(argv[1], "--smoke") == 0)
        return smoke();
    if (!parse(&self, &pid, argc, argv)) {
        fputs("usage: bench_verdicts PID [--half-down] [--rate N]\n", stderr);
        return EXIT_FAILURE;
    }
    int fd = find_table(pid);
    if (fd < 0)
        die("the table of that process");
    if (health_table_open(&self.table, fd, HEALTH_WRITE) != 0 ||
            health_table_used(self.table) == 0) {
        fputs("bench_verdicts: that process has no table with checks\n", stderr);
        return EXIT_FAILURE;
    }
    signal(SIGTERM, end);
    start(&self);
    while (!ended)
        turn(&self);
    report(&self);
    health_table_close(self.table);
    return EXIT_SUCCESS;
}
