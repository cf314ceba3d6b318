/* diff_held.h -- checks that a reload would remove and that would go on being used all the same: a zone whose
 * file is faulty stays as it is, and names them. */
#pragma once

#include "admin/doc.h"
#include "serve/diff.h"

/* Appends them to the array "held" of `doc`: "id", and "zone", the first that names it. */
void diff_held_add(const struct diff_sources *sources, struct doc *doc);
