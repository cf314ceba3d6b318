/* past.c -- see past.h. */
#include "admin/past.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "admin/show_reply.h"
#include "base/intern.h"
#include "base/mem.h"
#include "health/table.h"

#define DEPTH_MAX  64U
#define CHECKS_MAX 200000U

enum state {
    NOT_KNOWN,
    UP,
    DOWN,
    AUTO, /* of a force: none, what is found counts */
};

/* One check: as the last event up to the time left it, and as the first one after it found it. */
struct check {
    enum state then, found_later;
    enum state forced, forced_later; /* by an operator, likewise */
    bool is_told;                    /* in an explanation already */
};

struct past {
    uint64_t at_ms, first_ms;
    bool was_silent; /* the checker, at that time */
    struct intern *ids;
    struct check *checks; /* by number of its id */
    uint32_t room;
};

struct past *past_new(uint64_t at_ms)
{
    struct past *past = mem_zalloc(1, sizeof(*past));
    past->at_ms = at_ms;
    past->ids = intern_new();
    return past;
}

void past_free(struct past *past)
{
    if (past == NULL)
        return;
    intern_free(past->ids);
    free(past->checks);
    free(past);
}

static enum state read_state(const json_t *object, const char *key)
{
    const char *text = text_of(object, key);
    if (text == NULL)
        return NOT_KNOWN;
    return strcmp(text, "down") == 0   ? DOWN
           : strcmp(text, "up") == 0   ? UP
           : strcmp(text, "auto") == 0 ? AUTO
                                       : NOT_KNOWN;
}

static struct check *check_of(struct past *past, const char *id)
{
    if (intern_count(past->ids) == CHECKS_MAX)
        return NULL;
    uint32_t number = intern_add(past->ids, id, (uint32_t)strlen(id));
    if (number >= past->room) {
        uint32_t room = 2 * number + 16;
        past->checks = mem_resize(past->checks, room, sizeof(*past->checks));
        memset(past->checks + past->room, 0, (room - past->room) * sizeof(*past->checks));
        past->room = room;
    }
    return &past->checks[number];
}

/* What answers went by from an event on. */
static enum state read_end(const json_t *event)
{
    return is_set(event, "held") ? UP : read_state(event, "to");
}

/* And before it: a guard that begins to hold finds the check down, and one that ends it has held it. */
static enum state read_begin(const json_t *event)
{
    if (strcmp(text_of(event, "kind"), "guard") == 0)
        return is_set(event, "held") ? DOWN : UP;
    return text_of(event, "from") != NULL ? read_state(event, "from") : UP;
}

static void take_force(struct check *check, const json_t *event, bool is_before)
{
    if (is_before)
        check->forced = read_state(event, "to");
    else if (check->forced_later == NOT_KNOWN)
        check->forced_later = read_state(event, "from");
}

/* What an operator had set counts, else what was found. */
static enum state state_then(const struct check *check)
{
    enum state forced = check->forced != NOT_KNOWN ? check->forced : check->forced_later;
    if (forced == UP || forced == DOWN)
        return forced;
    return check->then != NOT_KNOWN ? check->then : check->found_later;
}

static void take_role(struct past *past, const char *role, const char *kind)
{
    if (strcmp(role, "checker") == 0)
        past->was_silent =
                strcmp(kind, "silent") == 0 || (past->was_silent && strcmp(kind, "ended") == 0);
}

/* A check without data counts as up. */
static void take(struct past *past, const json_t *event)
{
    uint64_t ms = duration_of(event, "ms");
    const char *id = text_of(event, "check");
    const char *kind = text_of(event, "kind");
    const char *role = text_of(event, "role");

    if (past->first_ms == 0)
        past->first_ms = ms;
    if (role != NULL && kind != NULL && ms <= past->at_ms)
        take_role(past, role, kind);
    bool is_force = kind != NULL && strcmp(kind, "force") == 0;
    if (id == NULL || kind == NULL ||
            (!is_force && strcmp(kind, "verdict") != 0 && strcmp(kind, "guard") != 0))
        return;
    struct check *check = check_of(past, id);
    if (check == NULL)
        return;
    if (is_force)
        take_force(check, event, ms <= past->at_ms);
    else if (ms <= past->at_ms)
        check->then = read_end(event);
    else if (check->found_later == NOT_KNOWN)
        check->found_later = read_begin(event);
}

void past_take(struct past *past, const char *event)
{
    json_t *root = json_loads(event, 0, NULL);
    if (json_is_object(root) && duration_of(root, "ms") > 0)
        take(past, root);
    json_decref(root);
}

bool past_reaches(const struct past *past, uint64_t *first_ms)
{
    *first_ms = past->first_ms;
    return past->first_ms > 0 && past->first_ms <= past->at_ms;
}

bool past_was_silent(const struct past *past)
{
    return past->was_silent;
}

/* What the asker assumes himself stands. */
static bool is_assumed(struct buf *request, const char *id)
{
    char words[sizeof(" assume=") + HEALTH_ID_MAX + sizeof("=")];
    snprintf(words, sizeof(words), " assume=%s=", id);
    return strstr(buf_string(request), words) != NULL;
}

/* Returns whether the check was otherwise. */
static bool assume(const struct past *past, const json_t *check, struct buf *ret)
{
    const char *id = text_of(check, "id");
    uint32_t number = id != NULL ? intern_find(past->ids, id, (uint32_t)strlen(id)) : INTERN_NONE;

    if (number == INTERN_NONE || past->checks[number].is_told)
        return false;
    struct check *known = &past->checks[number];
    enum state was = state_then(known);
    known->is_told = true;
    /* Forced now, and no event of it is left: it has been so for longer than the journal is. */
    if (is_set(check, "forced") && known->forced == NOT_KNOWN && known->forced_later == NOT_KNOWN)
        return false;
    if (was == NOT_KNOWN || was == read_state(check, "state") || is_assumed(ret, id))
        return false;
    buf_printf(ret, " assume=%s=%s", id, was == DOWN ? "down" : "up");
    return true;
}

/* Every member "check" anywhere in the tree. */
static uint32_t walk(const struct past *past, const json_t *node, uint32_t depth, struct buf *ret)
{
    uint32_t count = 0;
    const char *key;
    json_t *value;
    size_t i;

    if (depth == DEPTH_MAX)
        return 0;
    json_object_foreach((json_t *)node, key, value)
    {
        if (strcmp(key, "check") == 0)
            count += assume(past, value, ret);
        count += walk(past, value, depth + 1, ret);
    }
    json_array_foreach(node, i, value)
    {
        count += walk(past, value, depth + 1, ret);
    }
    return count;
}

uint32_t past_assume(
        const struct past *past, const char *explanation, size_t length, struct buf *ret)
{
    json_t *root = json_loadb(explanation, length, 0, NULL);
    for (uint32_t i = 0; i < past->room; i++)
        past->checks[i].is_told = false;
    uint32_t count = walk(past, root, 0, ret);
    json_decref(root);
    return count;
}
