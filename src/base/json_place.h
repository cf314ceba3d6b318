/* json_place.h -- where in a JSON text a member stands.
 *
 * jansson tells no positions of what it has read, and a fault wants its line.  These functions walk
 * the text again, along a path; they are called only for what is shown to people.  The text must have
 * been accepted by jansson: it is not checked again, but never read past its end.  Pure.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* One step down: into the member `key` of an object, or, if key is NULL, into element `index` of an
 * array. */
struct json_step {
    const char *key;
    size_t index;
};

/* Lines and columns count from 1, columns in bytes. */
struct json_point {
    uint32_t line;
    uint32_t column;
};

struct json_text {
    const char *bytes;
    size_t length;
};

/* The place of what a path leads to: of the member's key, or of the array's element.  If the path leads
 * nowhere, the place of the last step that exists. */
struct json_point json_place_find(
        struct json_text text, const struct json_step *path, size_t depth);

/* The places of the elements of the array a path leads to, in one walk: up to `room` of them. */
void json_place_elements(struct json_text text, const struct json_step *path, size_t depth,
        struct json_point *ret, size_t room);
