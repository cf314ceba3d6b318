/* lexer.c -- see lexer.h. */
#include "zone/lexer.h"

#include <assert.h>
#include <string.h>

#include "zone/annotation.h"

enum byte_class {
    IN_WORD = 0,
    BLANK,
    NEWLINE,
    RETURN,
    COMMENT,
    OPEN,
    CLOSE,
    QUOTE,
    ESCAPE,
    CONTROL,
};

/* Bytes from 0x80 on are left to whoever reads the word: names and strings may hold them. */
static enum byte_class class_at(const char *at)
{
    switch (*at) {
    case ' ':
    case '\t':
        return BLANK;
    case '\n':
        return NEWLINE;
    case '\r':
        return RETURN;
    case ';':
        return COMMENT;
    case '(':
        return OPEN;
    case ')':
        return CLOSE;
    case '"':
        return QUOTE;
    case '\\':
        return ESCAPE;
    default:
        return (unsigned char)*at < ' ' || *at == 0x7f ? CONTROL : IN_WORD;
    }
}

static struct diag_place place_at(const struct lexer *lexer, const char *at)
{
    return (struct diag_place){lexer->file, lexer->line, (uint32_t)(at - lexer->line_start) + 1};
}

/* Leaves the record at a fault.  What stands in parentheses usually goes on over indented lines, which
 * would only give faults that are none; so after a fault within them the next line that may begin a
 * record is looked for. */
static void give_up(struct lexer *lexer)
{
    bool inside = lexer->depth > 0;
    lexer->depth = 0;
    lexer->faulty = true;
    lexer->ended = true;
    for (;;) {
        char *newline = memchr(lexer->at, '\n', (size_t)(lexer->end - lexer->at));
        if (newline == NULL) {
            lexer->at = lexer->end;
            return;
        }
        lexer->at = newline + 1;
        lexer->line_start = lexer->at;
        lexer->line++;
        enum byte_class first = class_at(lexer->at);
        if (!inside || first == IN_WORD || first == COMMENT || first == ESCAPE)
            return;
    }
}

static void leave_unclosed(struct lexer *lexer)
{
    lexer->at = lexer->open_at;
    lexer->line_start = lexer->open_line;
    lexer->line = lexer->open_line_number;
    diag_error(lexer->diag, place_at(lexer, lexer->at), "this parenthesis is never closed");
    /* Going back costs time; a text that makes it necessary again and again is not worth it. */
    if (diag_errors(lexer->diag) > DIAG_FAULTS_MAX)
        lexer->at = lexer->end;
    give_up(lexer);
}

static void refuse_byte(struct lexer *lexer)
{
    struct diag_place place = place_at(lexer, lexer->at);
    unsigned byte = (unsigned char)*lexer->at;
    if (byte == 0) {
        diag_error(
                lexer->diag, place, "a NUL byte: this is no text, and nothing behind it is read");
        lexer->at = lexer->end;
    } else if (byte == '\r') {
        diag_error(lexer->diag, place, "a carriage return without a line feed behind it");
    } else {
        diag_error(lexer->diag, place, "control byte 0x%02x; where it is meant, write \\%03u", byte,
                byte);
    }
    give_up(lexer);
}

static void keep_annotation(struct lexer *lexer, const char *at, const char *end)
{
    struct diag_place place = place_at(lexer, at);

    if (lexer->has_annotation) {
        diag_error(lexer->diag, place,
                "a second annotation for one record; the first is at line %u, column %u",
                lexer->annotation_place.line, lexer->annotation_place.column);
        lexer->faulty = true;
        return;
    }
    while (class_at(end - 1) == BLANK || class_at(end - 1) == RETURN)
        end--;
    buf_add(&lexer->annotation, at, (size_t)(end - at));
    lexer->has_annotation = true;
    lexer->annotation_place = place;
    if (!lexer->annotation.cut)
        return;
    diag_error(lexer->diag, place, "an annotation of %zu bytes; at most %u are read",
            (size_t)(end - at), LEXER_ANNOTATION_MAX);
    lexer->faulty = true;
}

/* Passes a comment up to the end of its line. */
static bool pass_comment(struct lexer *lexer)
{
    char *start = lexer->at + 1;
    char *end = memchr(start, '\n', (size_t)(lexer->end - start));
    if (end == NULL)
        end = lexer->end;
    char *bad = memchr(start, '\0', (size_t)(end - start));
    if (bad == NULL) {
        /* Some other software ends a line at a lone carriage return, and would read what stands behind. */
        bad = memchr(start, '\r', (size_t)(end - start));
        if (bad != NULL && bad + 1 == end && end != lexer->end)
            bad = NULL;
    }
    if (bad != NULL) {
        lexer->at = bad;
        refuse_byte(lexer);
        return false;
    }
    const char *annotation = annotation_find(start);
    if (annotation != NULL)
        keep_annotation(lexer, annotation, end);
    lexer->at = end;
    return true;
}

static void open_parenthesis(struct lexer *lexer)
{
    if (lexer->depth++ == 0) {
        lexer->open_at = lexer->at;
        lexer->open_line = lexer->line_start;
        lexer->open_line_number = lexer->line;
    }
    lexer->at++;
}

static bool close_parenthesis(struct lexer *lexer)
{
    if (lexer->depth == 0) {
        diag_error(lexer->diag, place_at(lexer, lexer->at), "this parenthesis closes none");
        give_up(lexer);
        return false;
    }
    lexer->depth--;
    lexer->at++;
    return true;
}

/* Passes the newline `at` stands on; false if it ends the record. */
static bool pass_newline(struct lexer *lexer)
{
    lexer->at++;
    lexer->line++;
    lexer->line_start = lexer->at;
    if (lexer->depth == 0) {
        lexer->ended = true;
        return false;
    }
    if ((size_t)(lexer->at - lexer->open_at) > LEXER_PARENTHESIS_MAX) {
        leave_unclosed(lexer);
        return false;
    }
    return true;
}

static bool pass_return(struct lexer *lexer)
{
    if (lexer->at[1] != '\n') {
        refuse_byte(lexer);
        return false;
    }
    lexer->at++;
    return true;
}

static bool meet_end_or_control(struct lexer *lexer)
{
    if (lexer->at < lexer->end)
        refuse_byte(lexer);
    else if (lexer->depth > 0)
        leave_unclosed(lexer);
    lexer->ended = true;
    return false;
}

/* Passes all that is no word; false if the record ends before one. */
static bool find_word(struct lexer *lexer)
{
    bool go_on = true;
    while (go_on) {
        switch (class_at(lexer->at)) {
        case IN_WORD:
        case QUOTE:
        case ESCAPE:
            return true;
        case BLANK:
            lexer->at++;
            break;
        case NEWLINE:
            go_on = pass_newline(lexer);
            break;
        case RETURN:
            go_on = pass_return(lexer);
            break;
        case COMMENT:
            go_on = pass_comment(lexer);
            break;
        case OPEN:
            open_parenthesis(lexer);
            break;
        case CLOSE:
            go_on = close_parenthesis(lexer);
            break;
        case CONTROL:
            go_on = meet_end_or_control(lexer);
            break;
        }
    }
    return false;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Passes \X or \DDD (RFC 1035 5.1). */
static bool pass_escape(struct lexer *lexer)
{
    const char *at = lexer->at + 1;
    switch (class_at(at)) {
    case NEWLINE:
    case RETURN:
        diag_error(lexer->diag, place_at(lexer, lexer->at), "a backslash at the end of its line");
        give_up(lexer);
        return false;
    case CONTROL:
        if (at == lexer->end)
            diag_error(
                    lexer->diag, place_at(lexer, lexer->at), "a backslash at the end of the file");
        lexer->at++;
        if (at == lexer->end)
            give_up(lexer);
        else
            refuse_byte(lexer);
        return false;
    default:
        break;
    }
    if (!is_digit(at[0])) {
        lexer->at += 2;
        return true;
    }
    if (!is_digit(at[1]) || !is_digit(at[2]) ||
            (at[0] - '0') * 100 + (at[1] - '0') * 10 + at[2] - '0' > 255) {
        diag_error(lexer->diag, place_at(lexer, lexer->at),
                "a bad escape; behind \\ three digits from 000 to 255 stand for a byte");
        give_up(lexer);
        return false;
    }
    lexer->at += 4;
    return true;
}

/* Passes a quoted part, `at` standing on its first quote. */
static bool pass_quoted(struct lexer *lexer)
{
    char *open = lexer->at++;
    for (;;) {
        enum byte_class class = class_at(lexer->at);
        if (class == QUOTE) {
            lexer->at++;
            return true;
        }
        if (class == NEWLINE || lexer->at == lexer->end ||
                (class == RETURN && lexer->at[1] == '\n')) {
            diag_error(lexer->diag, place_at(lexer, open), "this quote is not closed on its line");
            give_up(lexer);
            return false;
        }
        if (class == CONTROL || class == RETURN) {
            refuse_byte(lexer);
            return false;
        }
        if (class != ESCAPE)
            lexer->at++;
        else if (!pass_escape(lexer))
            return false;
    }
}

/* Passes a word up to the byte that ends it. */
static bool pass_word(struct lexer *lexer)
{
    for (;;) {
        switch (class_at(lexer->at)) {
        case IN_WORD:
            lexer->at++;
            break;
        case QUOTE:
            if (!pass_quoted(lexer))
                return false;
            break;
        case ESCAPE:
            if (!pass_escape(lexer))
                return false;
            break;
        case RETURN:
        case CONTROL:
            if (lexer->at == lexer->end || (*lexer->at == '\r' && lexer->at[1] == '\n'))
                return true;
            refuse_byte(lexer);
            return false;
        default:
            return true;
        }
    }
}

/* Takes back the NUL behind the last word. */
static void release(struct lexer *lexer)
{
    if (lexer->held_at == NULL)
        return;
    *lexer->held_at = lexer->held;
    lexer->held_at = NULL;
}

void lexer_init(struct lexer *lexer, const char *file, char *text, size_t length, struct diag *diag)
{
    assert(text[length] == '\0');
    *lexer = (struct lexer){.at = text,
            .end = text + length,
            .line_start = text,
            .file = file,
            .diag = diag,
            .line = 1,
            .ended = true};
    buf_init(&lexer->annotation, LEXER_ANNOTATION_MAX);
    if (strncmp(text, "\xef\xbb\xbf", 3) != 0)
        return;
    diag_warning(diag, place_at(lexer, text),
            "the file begins with a byte order mark, which other name servers refuse");
    lexer->at += 3;
}

void lexer_done(struct lexer *lexer)
{
    buf_done(&lexer->annotation);
}

void lexer_warn_annotation(const struct lexer *lexer)
{
    if (lexer->has_annotation && !lexer->faulty)
        diag_warning(lexer->diag, lexer->annotation_place,
                "this annotation belongs to no record: none stands on its line");
}

static void reset_record(struct lexer *lexer)
{
    lexer->ended = false;
    lexer->faulty = false;
    lexer->has_annotation = false;
    lexer->annotation.length = 0;
    lexer->annotation.cut = false;
    lexer->blank_first = class_at(lexer->at) == BLANK;
}

void lexer_finish(struct lexer *lexer)
{
    struct lexer_word rest;
    while (lexer_next(lexer, &rest))
        continue;
}

bool lexer_begin(struct lexer *lexer)
{
    lexer_finish(lexer);
    while (lexer->at < lexer->end) {
        reset_record(lexer);
        if (find_word(lexer))
            return true;
        lexer_warn_annotation(lexer);
    }
    return false;
}

bool lexer_next(struct lexer *lexer, struct lexer_word *ret)
{
    release(lexer);
    if (lexer->ended || !find_word(lexer))
        return false;

    char *start = lexer->at;
    struct diag_place place = place_at(lexer, start);
    if (!pass_word(lexer))
        return false;
    *ret = (struct lexer_word){start, (size_t)(lexer->at - start), place};
    lexer->held_at = lexer->at;
    lexer->held = *lexer->at;
    *lexer->at = '\0';
    return true;
}
