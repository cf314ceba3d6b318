/* diff_request.c -- see diff_request.h. */
#include "serve/diff_request.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"

static const uint8_t root[] = {0};

/* Ends the first word at *rest with a NUL and moves behind it.  Returns the word, or NULL if there is none. */
static char *next_word(char **rest)
{
    char *at = *rest;

    while (*at == ' ')
        at++;
    char *word = at;
    while (*at != '\0' && *at != ' ')
        at++;
    if (at == word)
        return NULL;
    *rest = *at != '\0' ? at + 1 : at;
    *at = '\0';
    return word;
}

static int take_zone(char *line, struct diff_request *ret, struct buf *why)
{
    char *zone = next_word(&line);

    if (zone == NULL)
        return 0;
    if (next_word(&line) != NULL) {
        buf_add_string(why, "wanted: diff [ZONE]");
        return ERR_SYNTAX;
    }
    ret->has_zone = true;
    if (name_from_text(zone, root, &ret->zone) == 0)
        return 0;
    buf_printf(why, "\"%s\" is no name", zone);
    return ERR_SYNTAX;
}

/* Ids are as in the health table: printable, without blanks (docs/formats/checks.md). */
static bool is_id(const char *id)
{
    size_t length = strlen(id);

    for (size_t i = 0; i < length; i++)
        if (id[i] <= ' ' || id[i] > '~')
            return false;
    return length > 0 && length <= HEALTH_ID_MAX;
}

static int take_change(const char *word, struct diff_request *ret, struct buf *why)
{
    bool signs = word[0] == '+' || word[0] == '-';

    if (!signs || !is_id(word + 1)) {
        buf_add_string(why, "the change of a check is not understood");
        return ERR_SYNTAX;
    }
    if (ret->changes_count == DIFF_CHANGES_MAX) {
        buf_printf(why, "more than %u changes of checks", DIFF_CHANGES_MAX);
        return ERR_SYNTAX;
    }
    ret->changes[ret->changes_count++] = (struct health_ids_change){word + 1, word[0] == '+'};
    return 0;
}

/* There are no more words than blanks and one more. */
static uint32_t bound_words(const char *line)
{
    uint32_t count = 1;

    for (; *line != '\0' && count < DIFF_CHANGES_MAX; line++)
        count += *line == ' ';
    return count;
}

static int take_changes(char *line, struct diff_request *ret, struct buf *why)
{
    int error = 0;

    ret->changes = mem_zalloc(bound_words(line), sizeof(*ret->changes));
    for (char *word; error == 0 && (word = next_word(&line)) != NULL;)
        error = take_change(word, ret, why);
    return error;
}

int diff_request_parse(const char *text, struct diff_request *ret, struct buf *why)
{
    struct diff_request request = {.words = mem_string(text)};
    char *changes = request.words;
    char *zone = strsep(&changes, "\n");

    int error = take_zone(zone, &request, why);
    if (error == 0 && changes != NULL)
        error = take_changes(changes, &request, why);
    if (error != 0) {
        diff_request_done(&request);
        return error;
    }
    *ret = request;
    return 0;
}

void diff_request_done(struct diff_request *request)
{
    free(request->changes);
    free(request->words);
    *request = (struct diff_request){.words = NULL};
}
