/* message.c -- see message.h. */
#include "exec/message.h"

#include <assert.h>
#include <string.h>

#include "base/err.h"
#include "base/str.h"

static const char *const verbs[] = {
        [EXEC_RUN] = "run",
        [EXEC_STOP] = "stop",
};

static const char *const hows[] = {
        [EXEC_EXIT] = "exit",
        [EXEC_SIGNAL] = "signal",
        [EXEC_TIMEOUT] = "timeout",
};

/* Where reading has come to.  A word that is missing or too long makes it bad for good. */
struct cursor {
    const char *at, *end;
    bool is_bad;
};

static void add_word(struct buf *ret, const char *word)
{
    buf_add(ret, word, strlen(word) + 1);
}

static void add_number(struct buf *ret, uint32_t number)
{
    buf_printf(ret, "%u", number);
    buf_add(ret, "", 1);
}

static const char *take_word(struct cursor *cursor)
{
    const char *word = cursor->at;
    const char *nul = memchr(word, '\0', (size_t)(cursor->end - word));
    if (nul == NULL) {
        cursor->is_bad = true;
        return "";
    }
    cursor->at = nul + 1;
    return word;
}

static uint32_t take_number(struct cursor *cursor, uint32_t max)
{
    uint64_t number = 0;
    if (str_parse_number(take_word(cursor), max, &number) != 0)
        cursor->is_bad = true;
    return (uint32_t)number;
}

/* One of `count` words, as its index. */
static size_t take_choice(struct cursor *cursor, const char *const *words, size_t count)
{
    const char *word = take_word(cursor);
    for (size_t i = 0; i < count; i++)
        if (strcmp(words[i], word) == 0)
            return i;
    cursor->is_bad = true;
    return 0;
}

static void take_command(struct cursor *cursor, struct exec_order *order)
{
    size_t count = 0;

    order->timeout_ms = take_number(cursor, EXEC_TIMEOUT_MAX);
    order->check_id = take_word(cursor);
    size_t id_length = strlen(order->check_id);
    if (order->timeout_ms == 0 || id_length == 0 || id_length > EXEC_ID_MAX ||
            cursor->end - cursor->at > EXEC_COMMAND_MAX || *cursor->at != '/')
        cursor->is_bad = true;
    while (!cursor->is_bad && cursor->at < cursor->end) {
        if (count == EXEC_ARGUMENTS_MAX)
            cursor->is_bad = true;
        else
            order->arguments[count++] = take_word(cursor);
    }
    order->arguments[count] = NULL;
}

void exec_order_encode(const struct exec_order *order, struct buf *ret)
{
    add_word(ret, verbs[order->verb]);
    add_number(ret, order->number);
    if (order->verb != EXEC_RUN)
        return;
    add_number(ret, order->timeout_ms);
    add_word(ret, order->check_id);
    for (const char *const *argument = order->arguments; *argument != NULL; argument++)
        add_word(ret, *argument);
}

int exec_order_decode(const char *payload, size_t length, struct exec_order *ret)
{
    struct cursor cursor = {payload, payload + length, false};
    struct exec_order order = {0};

    order.verb = (enum exec_verb)take_choice(&cursor, verbs, COUNT(verbs));
    order.number = take_number(&cursor, UINT32_MAX);
    if (!cursor.is_bad && order.verb == EXEC_RUN)
        take_command(&cursor, &order);
    if (cursor.is_bad || cursor.at != cursor.end)
        return ERR_SYNTAX;
    *ret = order;
    return 0;
}

void exec_report_encode(const struct exec_report *report, struct buf *ret)
{
    add_word(ret, hows[report->how]);
    add_number(ret, report->value);
    buf_add(ret, report->output, report->output_length);
}

int exec_report_decode(const char *payload, size_t length, struct exec_report *ret)
{
    struct cursor cursor = {payload, payload + length, false};
    struct exec_report report = {0};

    report.how = (enum exec_how)take_choice(&cursor, hows, COUNT(hows));
    report.value = take_number(&cursor, EXEC_TIMEOUT_MAX);
    report.output = cursor.at;
    report.output_length = (size_t)(cursor.end - cursor.at);
    if (cursor.is_bad || report.output_length > EXEC_OUTPUT_MAX)
        return ERR_SYNTAX;
    *ret = report;
    return 0;
}
