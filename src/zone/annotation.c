/* annotation.c -- see annotation.h. */
#include "zone/annotation.h"

const char *annotation_find(const char *comment)
{
    while (*comment == ' ' || *comment == '\t')
        comment++;
    return comment[0] == '@' && (unsigned char)comment[1] > ' ' ? comment : NULL;
}
