/* silence.h -- shows that a piece of work asks nobody for anything: no memory of the heap, no system call. */
#pragma once

/* Runs `work` in a child process that may neither allocate nor, by seccomp's strict mode, make a system call other than
 * read, write and exit; the clock of the vDSO is none.  Returns NULL if it came to its end so, or what it did instead. In a
 * build with sanitizers, whose runtimes do both, it is not run at all. */
const char *silence_break(void (*work)(void *context), void *context);
