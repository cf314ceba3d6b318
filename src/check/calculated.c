/* calculated.c -- see calculated.h.
 *
 * A walk in depth from each check to its children.  A child that stands on the way there closes a circle; a
 * check whose children are all done is done itself, and next in the order.
 */
#include "check/calculated.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/mem.h"

#define CIRCLE_TEXT_MAX 768U

enum mark {
    FRESH,
    ON_THE_WAY,
    DONE,
};

/* One check on the way, and the child that is looked at next. */
struct place {
    uint32_t check;
    uint32_t next_child;
};

struct walk {
    const struct definitions *definitions;
    struct diag *diag;
    uint8_t *marks;    /* enum mark, by check */
    uint32_t *depths;  /* CALCULATED checks from here down, by check */
    struct place *way; /* from where the walk began to where it is */
    uint32_t way_count;
    uint32_t *order;
    uint32_t order_count;
};

static void tell_circle(const struct walk *walk, const struct place *last, uint32_t child)
{
    const struct definition *list = walk->definitions->list;
    const struct definition *parent = &list[last->check];
    struct buf text;
    uint32_t first = 0;

    while (walk->way[first].check != child)
        first++;
    buf_init(&text, CIRCLE_TEXT_MAX);
    for (uint32_t i = first; i < walk->way_count; i++)
        buf_printf(&text, "%s -> ", list[walk->way[i].check].id);
    buf_add_string(&text, list[child].id);
    diag_error(walk->diag, parent->place,
            "%sHealthCheckConfig.ChildHealthChecks[%u]: CALCULATED checks count each other in a "
            "circle: %s",
            parent->path, last->next_child - 1, buf_string(&text));
    buf_done(&text);
}

static void enter(struct walk *walk, uint32_t check)
{
    walk->marks[check] = ON_THE_WAY;
    walk->depths[check] = walk->definitions->list[check].target.type == CHECK_CALCULATED;
    walk->way[walk->way_count++] = (struct place){.check = check};
}

static void leave(struct walk *walk)
{
    uint32_t check = walk->way[--walk->way_count].check;
    const struct definition *definition = &walk->definitions->list[check];

    /* Those that count it are too deep as well; one message is enough. */
    if (walk->depths[check] == CALCULATED_DEPTH_MAX + 1)
        diag_error(walk->diag, definition->place,
                "%sHealthCheckConfig.ChildHealthChecks: \"%s\" is the top of more than %u "
                "CALCULATED "
                "checks that count one another",
                definition->path, definition->id, CALCULATED_DEPTH_MAX);
    walk->marks[check] = DONE;
    walk->order[walk->order_count++] = check;
    if (walk->way_count == 0)
        return;
    uint32_t *above = &walk->depths[walk->way[walk->way_count - 1].check];
    if (*above < walk->depths[check] + 1)
        *above = walk->depths[check] + 1;
}

static void look_at_child(struct walk *walk, struct place *place)
{
    const struct definition *list = walk->definitions->list;
    const struct definition *child =
            definitions_find(walk->definitions, list[place->check].children[place->next_child++]);
    if (child == NULL)
        return;
    uint32_t check = (uint32_t)(child - list);
    if (walk->marks[check] == ON_THE_WAY)
        tell_circle(walk, place, check);
    else if (walk->marks[check] == FRESH)
        enter(walk, check);
    else if (walk->depths[place->check] < walk->depths[check] + 1)
        walk->depths[place->check] = walk->depths[check] + 1;
}

static void walk_from(struct walk *walk, uint32_t check)
{
    if (walk->marks[check] != FRESH)
        return;
    enter(walk, check);
    while (walk->way_count > 0) {
        struct place *place = &walk->way[walk->way_count - 1];
        if (place->next_child < walk->definitions->list[place->check].children_count)
            look_at_child(walk, place);
        else
            leave(walk);
    }
}

int calculated_order(const struct definitions *definitions, uint32_t *ret, struct diag *diag)
{
    uint32_t errors = diag_errors(diag);
    struct walk walk = {
            .definitions = definitions,
            .diag = diag,
            .marks = mem_zalloc(definitions->count, sizeof(*walk.marks)),
            .depths = mem_zalloc(definitions->count, sizeof(*walk.depths)),
            .way = mem_zalloc(definitions->count, sizeof(*walk.way)),
            .order = ret,
    };

    for (uint32_t check = 0; check < definitions->count; check++)
        walk_from(&walk, check);
    free(walk.marks);
    free(walk.depths);
    free(walk.way);
    return diag_errors(diag) > errors ? ERR_FAULTY : 0;
}
