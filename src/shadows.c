/* shadows.c -- see shadows.h. */
#include "shadows.h"

#include <assert.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "admin/doc.h"
#include "base/mem.h"
#include "check/ledger.h"
#include "health/table.h"
#include "serve/shadow_request.h"

#define WAITING_MAX 4096U /* events that wait; beyond it they are not asked about */
#define WORDS_MAX                                                                                  \
    (sizeof("shadowed") + SHADOW_REQUEST_MAX * (SHADOW_ALONG_MAX + 1) * (size_t)(HEALTH_ID_MAX + 2))
#define ASK_WORD    "shadow"
#define COUNT_WORD  "shadowed"
#define SHADOW_KIND "\"shadow\"" /* what no event lacks that is to be read */

static_assert(SHADOW_ALONG_MAX >= LEDGER_ALONG_MAX, "what the checker tells can be asked");

struct shadows {
    struct journal *journal;
    struct role *checker, *responder;
    struct doc *events[WAITING_MAX]; /* those asked about come first */
    uint32_t count, asked;           /* asked 0: no question is under way */
};

struct shadows *shadows_new(struct journal *journal, struct role *checker, struct role *responder)
{
    struct shadows *shadows = mem_zalloc(1, sizeof(*shadows));
    shadows->journal = journal;
    shadows->checker = checker;
    shadows->responder = responder;
    return shadows;
}

void shadows_free(struct shadows *shadows)
{
    if (shadows == NULL)
        return;
    assert(shadows->count == 0); /* the end of the responder has answered all questions */
    free(shadows);
}

/* ---- to the journal ---- */

static void keep(struct shadows *shadows, struct doc *event)
{
    struct buf line;
    buf_init(&line, JOURNAL_EVENT_MAX);
    doc_print(event, &line);
    doc_free(event);
    if (!line.cut)
        journal_add_lines(shadows->journal, buf_string(&line), line.length);
    buf_done(&line);
}

/* The first `count` of them. */
static void keep_first(struct shadows *shadows, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        keep(shadows, shadows->events[i]);
    shadows->count -= count;
    memmove(shadows->events, shadows->events + count, shadows->count * sizeof(*shadows->events));
}

/* ---- the answer ---- */

static void on_counted(void *context, const struct role_answer *answer)
{
    (void)context;
    (void)answer;
}

static void add_id(struct buf *words, const struct doc *event)
{
    buf_printf(words, " %s", doc_text(event, "check"));
}

/* The shadow and, behind it, what would turn with it; how, is told for the shadow going down. */
static void add_question(struct buf *words, const struct doc *event)
{
    bool is_down = strcmp(doc_text(event, "to"), "down") == 0;
    int rows = doc_rows(event, "along");

    add_id(words, event);
    for (int i = 0; i < rows; i++) {
        bool falls = strcmp(doc_row_text(event, "along", i, "to"), "down") == 0;
        buf_printf(words, " %c%s", falls == is_down ? '-' : '+',
                doc_row_text(event, "along", i, "check"));
    }
    buf_add_string(words, "\n");
}

/* `text` has a number for each event that was asked about, or ?. */
static void take_answers(struct shadows *shadows, const char *text)
{
    struct buf words;
    buf_init(&words, WORDS_MAX);
    buf_add_string(&words, COUNT_WORD);
    for (uint32_t i = 0; i < shadows->asked && *text != '\0'; i++) {
        size_t length = strcspn(text, " ");
        if (*text != '?') {
            char *end;
            uint64_t names = strtoull(text, &end, 10);
            doc_set_number(shadows->events[i], "answers", names);
            if (*end == '+')
                doc_set_bool(shadows->events[i], "at_least", true);
            if (names > 0)
                add_id(&words, shadows->events[i]);
        }
        text += length + (text[length] == ' ');
    }
    if (words.length > sizeof(COUNT_WORD))
        role_ask(shadows->checker, buf_string(&words), SHADOWS_ANSWER_MS, on_counted, NULL);
    buf_done(&words);
}

static void ask(struct shadows *shadows);

/* A responder that does not answer is not asked about what else waits. */
static void on_answered(void *context, const struct role_answer *answer)
{
    struct shadows *shadows = context;
    uint32_t done = answer->failure == 0 ? shadows->asked : shadows->count;
    if (answer->failure == 0 && answer->status == 0)
        take_answers(shadows, answer->payload);
    shadows->asked = 0;
    keep_first(shadows, done);
    ask(shadows);
}

static void ask(struct shadows *shadows)
{
    struct buf words;
    if (shadows->asked > 0 || shadows->count == 0)
        return;
    buf_init(&words, WORDS_MAX);
    buf_add_string(&words, ASK_WORD);
    while (shadows->asked < shadows->count && shadows->asked < SHADOW_REQUEST_MAX)
        add_question(&words, shadows->events[shadows->asked++]);
    role_ask(shadows->responder, buf_string(&words), SHADOWS_ANSWER_MS, on_answered, shadows);
    buf_done(&words);
}

/* ---- what the checker says ---- */

static bool is_id(const char *text)
{
    return text != NULL && text[0] != '\0' && strlen(text) <= HEALTH_ID_MAX &&
           strpbrk(text, " \n") == NULL;
}

/* Whether it is what a shadow would have been, and can be asked about. */
static bool is_shadow(const struct doc *event)
{
    const char *kind = event != NULL ? doc_text(event, "kind") : NULL;
    int rows = event != NULL ? doc_rows(event, "along") : -1;
    bool valid = kind != NULL && strcmp(kind, "shadow") == 0 && is_id(doc_text(event, "check")) &&
                 doc_text(event, "to") != NULL && rows >= 0 && rows <= (int)SHADOW_ALONG_MAX;

    for (int i = 0; i < rows && valid; i++)
        valid = is_id(doc_row_text(event, "along", i, "check")) &&
                doc_row_text(event, "along", i, "to") != NULL;
    return valid;
}

/* Ten thousand changes may come at once: what cannot be a shadow's is not read. */
static void take_line(struct shadows *shadows, const char *line, size_t length)
{
    struct doc *event = NULL;
    if (shadows->count < WAITING_MAX &&
            memmem(line, length, SHADOW_KIND, strlen(SHADOW_KIND)) != NULL)
        event = doc_read(line, length);
    if (is_shadow(event)) {
        shadows->events[shadows->count++] = event;
        return;
    }
    doc_free(event);
    journal_add_lines(shadows->journal, line, length);
}

void shadows_take_lines(struct shadows *shadows, const char *lines, size_t length)
{
    const char *end = lines + length;
    while (lines < end) {
        const char *newline = memchr(lines, '\n', (size_t)(end - lines));
        size_t bytes = (size_t)((newline != NULL ? newline : end) - lines);
        take_line(shadows, lines, bytes);
        lines += bytes + 1;
    }
    ask(shadows);
}
