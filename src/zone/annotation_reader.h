/* annotation_reader.h -- one annotation while it is read.  Only annotation*.c include this.
 *
 * annotation.c divides the text into words and knows which word belongs to which policy; a function of
 * this header reads what a word says: those of every policy are in annotation_words.c, those that name
 * places in annotation_place.c.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/diag.h"
#include "zone/annotation.h"

enum annotation_key {
    KEY_CHECK,
    KEY_SET,
    KEY_ALIAS,
    KEY_EVALUATE,
    KEY_COUPLE,
    KEY_STICKY,
    KEY_CONTINENT,
    KEY_COUNTRY,
    KEY_SUBDIVISION,
    KEY_AT,
    KEY_REGION,
    KEY_BIAS,
    KEYS, /* how many there are */
};

struct annotation_reader {
    const char *at;
    struct diag_place place; /* of `at` */
    const struct annotation_source *source;
    struct arena *arena;
    struct diag *diag;
    bool has_argument;
    bool seen[KEYS];                   /* good or faulty */
    struct diag_place key_place[KEYS]; /* of the keys seen */
    struct annotation result;
};

/* Reads the value of a key, or an argument, into reader->result, or adds a fault at `place`.  A value is
 * not empty and has no blank and no control byte. */
typedef void annotation_value_reader(
        struct annotation_reader *reader, const char *value, struct diag_place place);

/* Checks what words of one policy owe each other, and adds the faults. */
typedef void annotation_whole_checker(struct annotation_reader *reader);

/* The words. */
annotation_value_reader annotation_read_rank, annotation_read_weight, annotation_read_check,
        annotation_read_set, annotation_read_alias, annotation_read_evaluate,
        annotation_read_couple, annotation_read_sticky;

/* The words that name places. */
annotation_value_reader annotation_read_region, annotation_read_default, annotation_read_continent,
        annotation_read_country, annotation_read_state, annotation_read_no_point,
        annotation_read_at, annotation_read_at_region, annotation_read_bias,
        annotation_read_network;
annotation_whole_checker annotation_check_location, annotation_check_point;

/* Notes where a word stands that other modules may have to point at. */
void annotation_note_place(
        struct annotation_reader *reader, enum annotation_word word, struct diag_place place);

/* Copies a string of at most `max` bytes into the arena, or adds the fault that `what` is too long, and
 * returns "". */
const char *annotation_keep(struct annotation_reader *reader, const char *value, uint32_t max,
        const char *what, struct diag_place place);
