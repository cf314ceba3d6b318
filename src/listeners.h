/* listeners.h -- every socket the responder answers on, opened before any role starts. */
#pragma once

#include <stddef.h>

#include "base/attr.h"
#include "base/buf.h"
#include "config.h"

/* The descriptors in the order the responder gets them: UDP of worker 0 for each address, of worker 1,
 * …, then TCP the same way. */
struct listeners {
    int *fds; /* owned */
    size_t count;
};

/* Opens one UDP and one TCP socket for each worker and address.
 *
 * Returns 0 and *ret, ended with listeners_done(); or a negative error with a sentence for people that
 * names the address in `why`, *ret being untouched. */
MUST_CHECK int listeners_open(const struct config *config, struct listeners *ret, struct buf *why);

/* Closes all of them. */
void listeners_done(struct listeners *listeners);
