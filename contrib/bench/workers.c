/* workers.c -- what an answer costs while another worker answers too: bytes to bytes, without a socket.
 *
 *   bench_workers [ROUNDS]    processor nanoseconds of an answer, the median of 15 rounds, and the ratio to one alone:
 *                             one worker; two threads over the same zones, as workers are; two processes over zones of
 *                             their own.  Each of two is kept on a processor.
 *   bench_workers --smoke     a moment of it
 *
 * Two processes share no memory that is written.  If two threads cost more than they do, it is because one waits for cache
 * lines that the other writes; what both cost more than one alone is the machine's (cores of one core, memory, clock).
 */
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/str.h"
#include "query_world.h"

#define ROUNDS_FIRST 15U
#define ROUNDS_MAX   1000U
#define COUNT_ANSWER 1000000U
#define COUNT_SMOKE  1000U
#define WAYS         3U

static const char *const words[] = {"static-edns", "failover", "weighted-1000"};
static const char *const ways[WAYS] = {"one", "two threads", "two processes"};

/* One that answers, and what it has spent. */
struct runner {
    struct asker *asker;
    const struct kind *kind;
    pthread_barrier_t *start;
    uint32_t index;
    uint64_t count;
    double spent_ns;
};

static double thread_ns(void)
{
    struct timespec spent;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &spent);
    return (double)spent.tv_sec * 1e9 + (double)spent.tv_nsec;
}

/* On the processor of this index among those this process may have. */
static void pin(uint32_t index)
{
    cpu_set_t all, one;
    if (sched_getaffinity(0, sizeof(all), &all) != 0)
        world_die("the processors", "are not told");
    index %= (uint32_t)CPU_COUNT(&all);
    for (size_t i = 0; i < CPU_SETSIZE; i++) {
        if (!CPU_ISSET(i, &all) || index-- > 0)
            continue;
        CPU_ZERO(&one);
        CPU_SET(i, &one);
        if (sched_setaffinity(0, sizeof(one), &one) != 0)
            world_die("a processor", "is not to be had");
        return;
    }
}

static void *answer(void *context)
{
    struct runner *runner = context;
    pin(runner->index);
    world_ask(runner->asker, runner->kind, runner->count / 10); /* to warm up */
    pthread_barrier_wait(runner->start);
    double start_ns = thread_ns();
    world_ask(runner->asker, runner->kind, runner->count);
    runner->spent_ns = (thread_ns() - start_ns) / (double)runner->count;
    return NULL;
}

static void answer_in_threads(struct runner *runners, uint32_t count)
{
    pthread_t threads[WORLD_WORKERS];
    for (uint32_t i = 0; i < count; i++)
        if (pthread_create(&threads[i], NULL, answer, &runners[i]) != 0)
            world_die("a thread", "is not to be had");
    for (uint32_t i = 0; i < count; i++)
        pthread_join(threads[i], NULL);
}

/* Each child has its own copy of all that is written; only what it tells is shared. */
static void answer_in_processes(struct runner *runners)
{
    for (uint32_t i = 0; i < WORLD_WORKERS; i++) {
        pid_t pid = fork();
        if (pid == 0) {
            answer(&runners[i]);
            _exit(EXIT_SUCCESS);
        }
        if (pid < 0)
            world_die("a process", "is not to be had");
    }
    for (uint32_t i = 0; i < WORLD_WORKERS; i++) {
        int status;
        if (wait(&status) < 0 || status != 0)
            world_die("a process", "has failed");
    }
}

/* Memory that processes share, a page for each runner. */
static void *share(size_t bytes)
{
    void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED)
        world_die("shared memory", "is not to be had");
    return memory;
}

/* One round one way: nanoseconds of an answer. */
static double measure(struct world *world, const struct kind *kind, unsigned way, uint64_t count)
{
    uint32_t runs = way == 0 ? 1 : WORLD_WORKERS;
    size_t bytes = sizeof(struct runner) * WORLD_WORKERS + sizeof(pthread_barrier_t);
    struct runner *runners = share(bytes);
    pthread_barrier_t *start = (pthread_barrier_t *)(void *)(runners + WORLD_WORKERS);
    pthread_barrierattr_t attributes;
    double sum = 0;
    pthread_barrierattr_init(&attributes);
    pthread_barrierattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
    pthread_barrier_init(start, &attributes, runs);
    for (uint32_t i = 0; i < runs; i++)
        runners[i] = (struct runner){.asker = world->askers[i],
                .kind = kind,
                .start = start,
                .index = i,
                .count = count};
    if (way == 2)
        answer_in_processes(runners);
    else
        answer_in_threads(runners, runs);
    for (uint32_t i = 0; i < runs; i++)
        sum += runners[i].spent_ns;
    pthread_barrier_destroy(start);
    munmap(runners, bytes);
    return sum / runs;
}

static int by_size(const void *a, const void *b)
{
    double left = *(const double *)a, right = *(const double *)b;
    return left < right ? -1 : left > right;
}

static double median(double *values, uint64_t count)
{
    qsort(values, count, sizeof(*values), by_size);
    return values[count / 2];
}

static void compare(struct world *world, const struct kind *kind, uint64_t rounds, uint64_t count)
{
    static double spent[WAYS][ROUNDS_MAX], ratio[WAYS][ROUNDS_MAX];
    world_prepare(world, kind);
    for (uint64_t round = 0; round < rounds; round++) {
        for (unsigned way = 0; way < WAYS; way++)
            spent[way][round] = measure(world, kind, way, count);
        for (unsigned way = 0; way < WAYS; way++)
            ratio[way][round] = spent[way][round] / spent[0][round];
    }
    for (unsigned way = 0; way < WAYS; way++)
        printf("| %s | %s | %.0f | %.2f |\n", kind->word, ways[way], median(spent[way], rounds),
                median(ratio[way], rounds));
}

int main(int argc, char **argv)
{
    uint64_t rounds = ROUNDS_FIRST, count = COUNT_ANSWER;
    if (argc == 2 && strcmp(argv[1], "--smoke") == 0) {
        rounds = 1;
        count = COUNT_SMOKE;
    } else if (argc > 2 || (argc == 2 && (str_parse_number(argv[1], ROUNDS_MAX, &rounds) != 0 ||
                                                 rounds == 0))) {
        fputs("usage: bench_workers [ROUNDS]\n", stderr);
        return EXIT_FAILURE;
    }
    puts("| answer | workers | CPU of an answer, ns | of one's |\n|---|---|---|---|");
    struct world *world = world_new(false, false);
    for (size_t i = 0; i < COUNT(words); i++)
        compare(world, world_find_kind(words[i]), rounds, count);
    world_free(world);
    return EXIT_SUCCESS;
}
