/* config_file.h -- the configuration file: docs/formats/configuration.md.  libconfuse is touched here
 * only, and not from two threads at once (its scanner is one per process).
 */
#pragma once

#include <stddef.h>

#include "base/attr.h"
#include "base/buf.h"
#include "base/diag.h"
#include "config.h"

/* Applies the text of a file, called `file` in messages, to `config`.
 *
 * Returns 0, or ERR_FAULTY with the faults in diag by line; keys that were good are set all the same. */
MUST_CHECK int config_file_read(const char *file, const char *text, size_t length,
        struct config *config, struct diag *diag);

/* Appends `config` as the text of a file. */
void config_file_print(const struct config *config, struct buf *ret);
