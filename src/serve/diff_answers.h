/* diff_answers.h -- what a name of a type is answered with now, and what it would be answered with.
 *
 * Both versions are asked with the verdicts as they are (outcome.h), by the functions that answer.  Where
 * clients decide, one of each kind (route/kinds.h) is asked, and kinds with the same two results are told
 * together.  The same version may be asked with other verdicts, too.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "admin/doc.h"
#include "base/attr.h"
#include "health/table.h"
#include "zone/zone.h"

#define DIFF_ANSWERS_MAX 16U /* rows told of one name and type */

struct diff_answers;

struct diff_question {
    const uint8_t *name;
    uint16_t type;
};

/* What is asked with, and the bytes of text that still may be written, of which what is written is taken (NULL if no
 * documents are wanted); both borrowed.  Ended with diff_answers_free(), for which NULL does nothing. */
MUST_CHECK struct diff_answers *diff_answers_new(const struct health_table *health, uint32_t *room);
void diff_answers_free(struct diff_answers *answers);

/* Appends to the array "answers" of `doc`, which is made, what would change of the answers for a name and
 * type, if routing decides in either version; zones may be NULL or faulty.  docs/formats/control-protocol.md
 * has the members of a row.  Returns whether anything would. */
bool diff_answers_add(struct diff_answers *answers, const struct zone *old, const struct zone *new,
        const struct diff_question *question, struct doc *doc);

/* Whether some client would get something else for an RRset of one version, with these verdicts.  Sets *cut if it was
 * not found and not every client was asked. */
bool diff_answers_turn(struct diff_answers *answers, const struct rrset *rrset,
        const struct health_table *after, bool *cut);
