/* attr.h -- compiler attributes and the few macros used across the tree. */
#pragma once

/* The caller must look at the result; ignoring an error is a compile-time warning. */
#define MUST_CHECK __attribute__((warn_unused_result))

/* Arguments from number `first` on are checked against the format string, argument number `text`. */
#define PRINTF(text, first) __attribute__((format(printf, text, first)))

/* The number of elements of an array (not of a pointer). */
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
