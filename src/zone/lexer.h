/* lexer.h -- the words of a master file (RFC 1035 5.1), one record's line after the other.
 *
 * Works in place on the whole text in memory and allocates nothing per word: a word is ended by a NUL put
 * over the byte behind it, which the next call takes back.  Parentheses, comments and line ends are
 * dealt with here, so the caller sees plain words; a comment that is an annotation is kept for the
 * record it stands on.  A quoted part keeps its quotes and an escape its backslash: what they mean
 * depends on the word.
 *
 * A fault is added to the diag with its place, and reading goes on with the next record: the next
 * line, or, within parentheses, the next line that does not look like their inside.
 * Use: while (lexer_begin()) { while (lexer_next()) ...; }.  One thread.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/diag.h"

#define LEXER_PARENTHESIS_MAX (4U << 20) /* bytes within one pair of parentheses */
#define LEXER_ANNOTATION_MAX  4096U      /* bytes of one annotation */

struct lexer {
    char *at;
    char *end;         /* a NUL stands here */
    char *line_start;  /* of the line `at` is in */
    const char *file;  /* borrowed */
    struct diag *diag; /* borrowed */
    char *held_at;     /* where a word was ended by a NUL, or NULL */
    char held;         /* the byte that stood there */
    char *open_at;     /* the outermost open parenthesis */
    char *open_line;   /* the start of its line */
    uint32_t open_line_number;
    uint32_t depth; /* of parentheses */
    uint32_t line;  /* number, from 1 */
    /* Of the record being read: */
    bool ended;       /* no words are left */
    bool faulty;      /* a fault was found in it */
    bool blank_first; /* its line begins with a blank: no owner */
    bool has_annotation;
    struct buf annotation; /* from its '@' on; read with buf_string() */
    struct diag_place annotation_place;
};

/* A word, ended with NUL; borrowed until the next call for the same lexer. */
struct lexer_word {
    char *text;
    size_t length;
    struct diag_place place;
};

/* Starts on `length` bytes of text, behind which a NUL must stand; all borrowed.  The text is changed
 * while it is read.  Ended with lexer_done(). */
void lexer_init(
        struct lexer *lexer, const char *file, char *text, size_t length, struct diag *diag);
void lexer_done(struct lexer *lexer);

/* Goes to the next record or directive, over the rest of the one before and over lines that hold
 * none; an annotation on such a line is warned of.  Returns false at the end of the text. */
bool lexer_begin(struct lexer *lexer);

/* Goes over the rest of the record: lexer->at then stands where a line begins, or at the end. */
void lexer_finish(struct lexer *lexer);

/* The next word of the record in *ret; false at its end, then lexer->faulty tells whether what was read
 * is to be believed, and lexer->has_annotation is final. */
bool lexer_next(struct lexer *lexer, struct lexer_word *ret);

/* Warns of an annotation where no record is; at the end of a line that was a directive. */
void lexer_warn_annotation(const struct lexer *lexer);
