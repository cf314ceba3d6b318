/* waiver.c -- see waiver.h. */
#include "lint/waiver.h"

#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "base/str.h"
#include "dns/text.h"

static int parse_code(const char *word, enum lint_code *ret, struct buf *why)
{
    struct str_nearest nearest = {.word = word};

    for (enum lint_code code = 0; code < LINT_CODES; code++) {
        if (str_equal_fold(lint_code_word(code), word)) {
            *ret = code;
            return 0;
        }
        str_nearest_offer(&nearest, lint_code_word(code));
    }
    buf_printf(why, "\"%s\" is no code", word);
    if (nearest.best != NULL)
        buf_printf(why, "; did you mean %s?", nearest.best);
    return ERR_SYNTAX;
}

/* A check's id may have a colon itself: the last one stands before the code. */
int lint_waiver_parse(const char *text, struct lint_waiver *ret, struct buf *why)
{
    const char *colon = strrchr(text, ':');
    struct lint_waiver waiver = {.type = 0};

    if (colon == NULL || colon == text) {
        buf_printf(why, "not NAME:CODE, NAME TYPE:CODE or *:CODE: \"%s\"", text);
        return ERR_SYNTAX;
    }
    if ((size_t)(colon - text) >= sizeof(waiver.name)) {
        buf_add_string(why, "longer than any name");
        return ERR_SYNTAX;
    }
    if (parse_code(colon + 1, &waiver.code, why) != 0)
        return ERR_SYNTAX;
    memcpy(waiver.name, text, (size_t)(colon - text));
    char *blank = strchr(waiver.name, ' ');
    if (blank != NULL) {
        *blank = '\0';
        if (text_type_parse(blank + 1, &waiver.type) != 0) {
            buf_printf(why, "\"%s\" is no type", blank + 1);
            return ERR_SYNTAX;
        }
    }
    *ret = waiver;
    return 0;
}

/* Without the last dot, but for the root. */
static size_t dotless(const char *name)
{
    size_t length = strlen(name);
    return length > 1 && name[length - 1] == '.' ? length - 1 : length;
}

static bool is_same_name(const char *a, const char *b)
{
    size_t length = dotless(a);
    return length == dotless(b) && strncasecmp(a, b, length) == 0;
}

bool lint_waiver_covers(const struct lint_waiver *waiver, const struct lint_finding *finding)
{
    if (waiver->code != finding->code)
        return false;
    if (waiver->type != 0 && waiver->type != finding->type)
        return false;
    return strcmp(waiver->name, "*") == 0 || is_same_name(waiver->name, finding->name);
}
