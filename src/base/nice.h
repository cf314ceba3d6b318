/* nice.h -- work that is done beside answers. */
#pragma once

#define NICE_BESIDE_ANSWERS 10

/* Lets the calling thread, and those it starts from now on, step back behind threads that answer, where there are not
 * processors for all.  It cannot be taken back: for threads that only ever do such work. */
void nice_step_back(void);
