/* guard_list.c -- see guard_list.h. */
#include "check/guard_list.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/str.h"
#include "health/table.h"

/* The next word of a line, ended with a NUL, or NULL if there is none. */
static char *next_word(char **line)
{
    char *word = *line;
    if (*word == '\0')
        return NULL;
    size_t length = strcspn(word, " ");
    *line = word + length + (word[length] == ' ');
    word[length] = '\0';
    return word;
}

static int take_number(char **line, uint64_t min, uint64_t max, uint32_t *ret)
{
    const char *word = next_word(line);
    uint64_t number;
    if (word == NULL || str_parse_number(word, max, &number) != 0 || number < min)
        return ERR_SYNTAX;
    *ret = (uint32_t)number;
    return 0;
}

static size_t count_words(const char *line)
{
    size_t count = *line != '\0';
    for (; *line != '\0'; line++)
        count += *line == ' ';
    return count;
}

static int take_line(char *line, struct guard_zone *ret)
{
    const char *name = next_word(&line);
    if (name == NULL || name[0] == '\0' || strlen(name) >= NAME_TEXT_MAX ||
            take_number(&line, 1, GUARD_SHARE_MAX, &ret->limit.share_percent) != 0 ||
            take_number(&line, 1, GUARD_WINDOW_MAX_S * 1000U, &ret->limit.window_ms) != 0)
        return ERR_SYNTAX;
    ret->name = mem_string(name);
    ret->slots = mem_zalloc(count_words(line), sizeof(*ret->slots));
    while (*line != '\0')
        if (take_number(&line, 0, HEALTH_TABLE_SLOTS - 1, &ret->slots[ret->count++]) != 0)
            return ERR_SYNTAX;
    return 0;
}

static size_t count_lines(const char *text)
{
    size_t count = 0;
    for (; *text != '\0'; text++)
        count += *text == '\n';
    return count;
}

static int take_lines(char *text, struct guard_list *list)
{
    while (*text != '\0') {
        char *end = strchr(text, '\n');
        if (end == NULL)
            return ERR_SYNTAX;
        *end = '\0';
        if (take_line(text, &list->zones[list->count++]) != 0)
            return ERR_SYNTAX;
        text = end + 1;
    }
    return 0;
}

int guard_list_parse(const char *text, size_t length, struct guard_list *ret)
{
    struct guard_list list = {NULL, 0};
    if (memchr(text, '\0', length) != NULL)
        return ERR_SYNTAX;
    char *copy = mem_alloc(length + 1);
    memcpy(copy, text, length);
    copy[length] = '\0';
    size_t lines = count_lines(copy);
    int error = lines <= GUARD_LIST_ZONES_MAX ? 0 : ERR_SYNTAX;
    if (error == 0) {
        list.zones = mem_zalloc(lines, sizeof(*list.zones));
        error = take_lines(copy, &list);
    }
    free(copy);
    if (error != 0)
        guard_list_done(&list);
    else
        *ret = list;
    return error;
}

void guard_list_done(struct guard_list *list)
{
    for (uint32_t i = 0; i < list->count; i++) {
        free(list->zones[i].name);
        free(list->zones[i].slots);
    }
    free(list->zones);
    *list = (struct guard_list){NULL, 0};
}
