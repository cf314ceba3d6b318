/* rules.c -- see rules.h. */
#include "rules.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "admin/status.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/str.h"
#include "check/definition.h"
#include "health/ids.h"

#define WANTED "wanted is NAME: N of ID ID ... [wait TIME]"

struct guarded {
    struct rule rule;
    uint64_t turned_ms; /* a member last was, as far as this process has seen it */
};

struct rules {
    const struct health_table *table;
    const struct forces *forces; /* NULL: not known */
    const struct pushes *pushes;
    struct guarded *list;
    size_t count;
};

/* ---- a rule as text ---- */

static int refuse(struct buf *why, const char *what, const char *word)
{
    buf_printf(why, "%s \"%s\"; " WANTED, what, word);
    return ERR_SYNTAX;
}

static int take_wait(const char *word, struct rule *rule, struct buf *why)
{
    size_t length = strlen(word);
    char digits[16] = "";
    uint64_t number = 0;
    uint32_t unit_s = length > 1 && length <= sizeof(digits) ? str_unit_s(word[length - 1]) : 0;

    if (unit_s != 0)
        memcpy(digits, word, length - 1);
    if (unit_s == 0 || str_parse_number(digits, RULES_WAIT_MAX_S / unit_s, &number) != 0 ||
            number == 0)
        return refuse(why, "a time is from 1s to 1d, and not", word);
    rule->wait_ms = number * unit_s * 1000;
    return 0;
}

static bool has_member(const struct rule *rule, const char *id)
{
    for (uint32_t i = 0; i < rule->count; i++)
        if (strcmp(rule->ids[i], id) == 0)
            return true;
    return false;
}

static int take_member(const char *word, struct rule *rule, struct buf *why)
{
    if (strlen(word) > HEALTH_ID_MAX)
        return refuse(why, "no check has so long an id:", word);
    if (has_member(rule, word))
        return refuse(why, "it names twice", word);
    if (rule->count == RULES_MEMBERS_MAX)
        return refuse(why, "more checks than a rule may have, from", word);
    rule->ids = mem_resize(rule->ids, rule->count + 1, sizeof(*rule->ids));
    snprintf(rule->ids[rule->count++], sizeof(*rule->ids), "%s", word);
    return 0;
}

static int take_name(char *word, struct rule *rule, struct buf *why)
{
    size_t length = word != NULL ? strlen(word) : 0;
    if (length < 2 || word[length - 1] != ':')
        return refuse(why, "it begins with no name and a colon but with", word != NULL ? word : "");
    if (length - 1 > RULES_NAME_MAX)
        return refuse(why, "too long a name:", word);
    memcpy(rule->name, word, length - 1);
    return 0;
}

static int take_least(const char *word, const char *of, struct rule *rule, struct buf *why)
{
    uint64_t number;
    if (word == NULL || str_parse_number(word, RULES_MEMBERS_MAX, &number) != 0)
        return refuse(why, "no number of checks:", word != NULL ? word : "");
    if (of == NULL || strcmp(of, "of") != 0)
        return refuse(why, "no \"of\" but", of != NULL ? of : "");
    rule->at_least = (uint32_t)number;
    return 0;
}

static int take_members(char *at, struct rule *rule, struct buf *why)
{
    int error = 0;
    char *word;
    while (error == 0 && (word = strtok_r(NULL, " ", &at)) != NULL) {
        if (strcmp(word, "wait") != 0) {
            error = take_member(word, rule, why);
            continue;
        }
        word = strtok_r(NULL, " ", &at);
        error = take_wait(word != NULL ? word : "", rule, why);
        if (error == 0 && (word = strtok_r(NULL, " ", &at)) != NULL)
            error = refuse(why, "behind the time stands", word);
    }
    return error;
}

static int check_sense(const struct rule *rule, struct buf *why)
{
    if (rule->count == 0) {
        buf_add_string(why, "it names no check; " WANTED);
        return ERR_SYNTAX;
    }
    if (rule->at_least > rule->count) {
        buf_printf(why, "%u of %u checks cannot be up", rule->at_least, rule->count);
        return ERR_SYNTAX;
    }
    if (rule->at_least == 0 && rule->wait_ms == 0) {
        buf_add_string(why, "0 of them, and no time to wait: it would hold nobody back");
        return ERR_SYNTAX;
    }
    return 0;
}

int rule_parse(const char *text, struct rule *ret, struct buf *why)
{
    struct rule rule = {.name = ""};
    char *copy = mem_string(text), *at = NULL;
    int error = take_name(strtok_r(copy, " ", &at), &rule, why);
    if (error == 0) {
        const char *least = strtok_r(NULL, " ", &at);
        error = take_least(least, strtok_r(NULL, " ", &at), &rule, why);
    }
    if (error == 0)
        error = take_members(at, &rule, why);
    if (error == 0)
        error = check_sense(&rule, why);
    free(copy);
    if (error != 0)
        rule_done(&rule);
    else
        *ret = rule;
    return error;
}

void rule_done(struct rule *rule)
{
    free(rule->ids);
    rule->ids = NULL;
    rule->count = 0;
}

/* ---- the set ---- */

struct rules *rules_new(char *const *texts, size_t count, const struct health_table *table)
{
    struct rules *rules = mem_zalloc(1, sizeof(*rules));
    rules->table = table;
    rules->list = mem_zalloc(count, sizeof(*rules->list));
    for (size_t i = 0; i < count; i++) {
        struct buf why;
        buf_init(&why, 1024);
        if (rule_parse(texts[i], &rules->list[rules->count].rule, &why) == 0)
            rules->count++; /* what is no rule was refused before */
        buf_done(&why);
    }
    return rules;
}

void rules_free(struct rules *rules)
{
    if (rules == NULL)
        return;
    for (size_t i = 0; i < rules->count; i++)
        rule_done(&rules->list[i].rule);
    free(rules->list);
    free(rules);
}

void rules_know_forces(struct rules *rules, const struct forces *forces)
{
    rules->forces = forces;
}

void rules_know_pushes(struct rules *rules, const struct pushes *pushes)
{
    rules->pushes = pushes;
}

/* ---- what is, and what would be ---- */

static const struct push *push_of(const struct rules *rules, const struct health_detail *detail)
{
    if (rules->pushes == NULL || strcmp(detail->type, check_type_name(CHECK_RECOVERY_CONTROL)) != 0)
        return NULL;
    return pushes_find(rules->pushes, detail->target);
}

/* How a check is that nobody forces.  A switch is as it was turned last, even if the checker has not heard of it yet:
 * two that are turned in the same moment must not both be the other's reason. */
static enum health_state unforced(const struct rules *rules, uint32_t slot)
{
    const uint32_t never_turns = HEALTH_DISABLED | HEALTH_SHADOW;
    struct health_verdict found = health_table_found(rules->table, slot);
    struct health_detail detail;
    const struct push *push = NULL;
    if (health_table_read(rules->table, slot, &detail) == 0 && (detail.flags & never_turns) == 0)
        push = push_of(rules, &detail);
    if (push != NULL)
        return (push->state == HEALTH_UP) != ((detail.flags & HEALTH_INVERTED) != 0) ? HEALTH_UP
                                                                                     : HEALTH_DOWN;
    return found.held ? HEALTH_UP : found.state;
}

/* How a check is for rules: as answers go by it, but what is up by a force that ends by itself is only lent. */
static enum health_state state_of(
        const struct rules *rules, const struct health_ids *ids, const char *id)
{
    uint32_t slot = health_ids_find(ids, id);
    if (slot == HEALTH_SLOT_NONE)
        return HEALTH_UNKNOWN;
    struct health_verdict now = health_table_get(rules->table, slot);
    const struct force *force = rules->forces != NULL ? forces_find(rules->forces, id) : NULL;
    bool is_lent = force != NULL && force->until_ms != 0 && now.state == HEALTH_UP;
    return now.forced && !is_lent ? now.state : unforced(rules, slot);
}

static const struct rules_change *change_of(const struct rules_wish *wish, const char *id)
{
    for (uint32_t i = 0; i < wish->count; i++)
        if (strcmp(wish->changes[i].id, id) == 0)
            return &wish->changes[i];
    return NULL;
}

/* How a rule's checks are, and would be. */
struct outlook {
    bool is_touched; /* one of them would be turned */
    uint32_t up_now, up_then;
};

static struct outlook look(const struct rules *rules, const struct health_ids *ids,
        const struct rule *rule, const struct rules_wish *wish)
{
    struct outlook outlook = {.is_touched = false};
    for (uint32_t i = 0; i < rule->count; i++) {
        enum health_state now = state_of(rules, ids, rule->ids[i]);
        const struct rules_change *change = change_of(wish, rule->ids[i]);
        enum health_state then = change != NULL ? change->to : now;
        outlook.up_now += now == HEALTH_UP;
        outlook.up_then += then == HEALTH_UP;
        outlook.is_touched |= change != NULL && then != now;
    }
    return outlook;
}

static uint64_t later(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

/* When a check was turned, as far as what is forced and switched now tells.  A force that says what is found anyway
 * has turned nothing. */
static uint64_t known_turned_ms(const struct rules *rules, uint32_t slot, const char *id)
{
    const struct force *force = rules->forces != NULL ? forces_find(rules->forces, id) : NULL;
    struct health_detail detail;
    const struct push *push = NULL;
    if (health_table_read(rules->table, slot, &detail) == 0)
        push = push_of(rules, &detail);
    bool has_turned = force != NULL && force->state != unforced(rules, slot);
    return later(has_turned ? force->since_ms : 0, push != NULL ? push->since_ms : 0);
}

static uint64_t turned_ms(
        const struct rules *rules, const struct health_ids *ids, const struct guarded *guarded)
{
    uint64_t last_ms = guarded->turned_ms;
    for (uint32_t i = 0; i < guarded->rule.count; i++) {
        const char *id = guarded->rule.ids[i];
        uint32_t slot = health_ids_find(ids, id);
        if (slot != HEALTH_SLOT_NONE)
            last_ms = later(last_ms, known_turned_ms(rules, slot, id));
    }
    return last_ms;
}

/* How long none of its checks may be turned yet. */
static uint64_t wait_left_ms(const struct rules *rules, const struct health_ids *ids,
        const struct guarded *guarded, uint64_t now_ms)
{
    uint64_t turned = turned_ms(rules, ids, guarded);
    uint64_t wait_ms = guarded->rule.wait_ms;
    if (wait_ms == 0 || turned == 0 || now_ms < turned || now_ms - turned >= wait_ms)
        return 0;
    return wait_ms - (now_ms - turned);
}

static bool is_overridden(const struct rules_wish *wish, const char *name)
{
    for (uint32_t i = 0; i < wish->overrides_count; i++)
        if (strcmp(wish->overrides[i], name) == 0)
            return true;
    return false;
}

static int check_overrides(
        const struct rules *rules, const struct rules_wish *wish, struct buf *why)
{
    for (uint32_t i = 0; i < wish->overrides_count; i++) {
        struct str_nearest nearest = {.word = wish->overrides[i]};
        bool found = false;
        for (size_t j = 0; j < rules->count; j++) {
            found |= strcmp(rules->list[j].rule.name, wish->overrides[i]) == 0;
            str_nearest_offer(&nearest, rules->list[j].rule.name);
        }
        if (found)
            continue;
        buf_printf(why, "no rule \"%s\"", wish->overrides[i]);
        if (nearest.best != NULL)
            buf_printf(why, "; did you mean \"%s\"?", nearest.best);
        return -ENOENT;
    }
    return 0;
}

static int check_rule(const struct rules *rules, const struct health_ids *ids,
        const struct guarded *guarded, const struct rules_wish *wish, struct buf *why)
{
    const struct rule *rule = &guarded->rule;
    struct outlook outlook = look(rules, ids, rule, wish);
    char left[CLOCK_TEXT_MAX];

    if (!outlook.is_touched)
        return 0;
    if (outlook.up_then < rule->at_least && outlook.up_then < outlook.up_now) {
        buf_printf(why,
                "rule %s: of its %u checks %u are up and %u must be, and then %u would be; "
                "--override %s does it all the same",
                rule->name, rule->count, outlook.up_now, rule->at_least, outlook.up_then,
                rule->name);
        return -EPERM;
    }
    uint64_t left_ms = wait_left_ms(rules, ids, guarded, wish->now_ms);
    if (left_ms == 0)
        return 0;
    buf_printf(why,
            "rule %s: one of its checks was turned lately; in %s it may be again, and --override "
            "%s does it now",
            rule->name, clock_format_duration(left_ms, left), rule->name);
    return -EPERM;
}

int rules_allow(const struct rules *rules, const struct rules_wish *wish, struct buf *why)
{
    int error = check_overrides(rules, wish, why);
    struct health_ids *ids = health_ids_new_with_leaving(rules->table);
    for (uint32_t i = 0; i < wish->count; i++)
        wish->changes[i].turns = state_of(rules, ids, wish->changes[i].id) != wish->changes[i].to;
    for (size_t i = 0; i < rules->count && error == 0; i++)
        if (!is_overridden(wish, rules->list[i].rule.name))
            error = check_rule(rules, ids, &rules->list[i], wish, why);
    health_ids_free(ids);
    return error;
}

void rules_note(struct rules *rules, const struct rules_wish *wish)
{
    for (size_t i = 0; i < rules->count; i++)
        for (uint32_t j = 0; j < wish->count; j++)
            if (wish->changes[j].turns && has_member(&rules->list[i].rule, wish->changes[j].id))
                rules->list[i].turned_ms = wish->now_ms;
}

void rules_warn(const struct rules *rules)
{
    struct health_ids *ids = health_ids_new_with_leaving(rules->table);
    struct health_detail detail;
    for (size_t i = 0; i < rules->count; i++) {
        const struct rule *rule = &rules->list[i].rule;
        for (uint32_t j = 0; j < rule->count; j++) {
            struct buf why;
            buf_init(&why, STATUS_WHY_MAX);
            if (status_find_check(rules->table, rule->ids[j], &why) != 0)
                log_warning("safety-rule %s: %s; it counts as down", rule->name, buf_string(&why));
            else if (health_table_read(rules->table, health_ids_find(ids, rule->ids[j]), &detail) ==
                             0 &&
                     strcmp(detail.type, check_type_name(CHECK_CALCULATED)) == 0)
                log_warning("safety-rule %s: check %s is CALCULATED; what is done to it through "
                            "its children is held back only by a rule over them",
                        rule->name, rule->ids[j]);
            buf_done(&why);
        }
    }
    health_ids_free(ids);
}

int rules_take_override(
        const char *name, char (*list)[RULES_NAME_MAX + 1], uint32_t *count, struct buf *why)
{
    size_t length = strlen(name);
    if (length == 0 || length > RULES_NAME_MAX || !str_is_printable(name)) {
        buf_printf(why, "override takes the name of a rule, up to %u bytes", RULES_NAME_MAX);
        return ERR_SYNTAX;
    }
    if (*count == RULES_OVERRIDE_MAX) {
        buf_printf(why, "at most %u rules are overridden at once", RULES_OVERRIDE_MAX);
        return ERR_SYNTAX;
    }
    memcpy(list[(*count)++], name, length + 1);
    return 0;
}

/* ---- for people ---- */

static struct doc *rule_doc(const struct rules *rules, const struct health_ids *ids,
        const struct guarded *guarded, uint64_t now_ms)
{
    const struct rules_wish nothing = {.now_ms = now_ms};
    const struct rule *rule = &guarded->rule;
    struct doc *doc = doc_new();
    doc_set_text(doc, "name", rule->name);
    doc_set_number(doc, "at_least", rule->at_least);
    doc_set_number(doc, "up", look(rules, ids, rule, &nothing).up_now);
    doc_set_number(doc, "wait_ms", rule->wait_ms);
    doc_set_number(doc, "wait_left_ms", wait_left_ms(rules, ids, guarded, now_ms));
    doc_set_array(doc, "checks");
    doc_set_array(doc, "missing");
    for (uint32_t i = 0; i < rule->count; i++) {
        doc_append_text(doc, "checks", rule->ids[i]);
        if (health_ids_find(ids, rule->ids[i]) == HEALTH_SLOT_NONE)
            doc_append_text(doc, "missing", rule->ids[i]);
    }
    return doc;
}

void rules_set_doc(const struct rules *rules, struct doc *doc, uint64_t now_ms)
{
    struct health_ids *ids = health_ids_new_with_leaving(rules->table);
    doc_set_array(doc, "rules");
    for (size_t i = 0; i < rules->count; i++)
        doc_append(doc, "rules", rule_doc(rules, ids, &rules->list[i], now_ms));
    health_ids_free(ids);
}
