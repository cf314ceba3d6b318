/* query.c -- one kind of query, answered again and again: bytes to bytes, without a socket.
 *
 *   bench_query KIND [COUNT] [half-down]   for a profiler, or contrib/bench/instructions, to look at
 *   bench_query --kinds                    the kinds, one on a line
 *   bench_query --smoke                    some of each, and each in silence (silence.h)
 *
 * What is counted is query_answer(), by answer_one(), which is all that a worker does for a datagram but to receive and
 * send it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "query_world.h"
#include "silence.h"

#define COUNT_SMOKE 100U
#define COUNT_FIRST 10000U
#define COUNT_MAX   100000000U

struct silent {
    struct world *world;
    const struct kind *kind;
};

static void ask_silently(void *context)
{
    const struct silent *silent = context;
    world_ask(silent->world->askers[0], silent->kind, COUNT_SMOKE);
}

static void smoke(void)
{
    struct world *world = world_new(true, true);
    for (size_t i = 0; kinds[i].word != NULL; i++) {
        world_prepare(world, &kinds[i]);
        world_ask(world->askers[0], &kinds[i], COUNT_SMOKE);
        const char *broken = silence_break(ask_silently, &(struct silent){world, &kinds[i]});
        if (broken != NULL)
            world_die(kinds[i].word, broken);
    }
    world_free(world);
}

static void run(const struct kind *kind, uint64_t count, bool half_down)
{
    struct world *world = world_new(half_down, kind->places);
    world_prepare(world, kind);
    world_ask(world->askers[0], kind, count);
    world_free(world);
}

int main(int argc, char **argv)
{
    uint64_t count = COUNT_FIRST;
    if (argc == 2 && strcmp(argv[1], "--kinds") == 0) {
        for (size_t i = 0; kinds[i].word != NULL; i++)
            puts(kinds[i].word);
        return EXIT_SUCCESS;
    }
    if (argc == 2 && strcmp(argv[1], "--smoke") == 0) {
        smoke();
        return EXIT_SUCCESS;
    }
    if (argc < 2 || argc > 4 || (argc > 2 && str_parse_number(argv[2], COUNT_MAX, &count) != 0)) {
        fputs("usage: bench_query KIND [COUNT] [half-down]\n", stderr);
        return EXIT_FAILURE;
    }
    run(world_find_kind(argv[1]), count, argc == 4);
    return EXIT_SUCCESS;
}
