/* list.h -- doubly linked lists whose links lie within their members.
 *
 * Nothing is allocated, and a member is taken out without a search.  It is in as many lists as it has
 * links; which of them it is in is for the owner to know.  A list and a link of zeros are empty.
 */
#pragma once

#include <stddef.h>

struct list_link {
    struct list_link *previous, *next;
};

struct list {
    struct list_link *first, *last;
};

/* The member of `type` whose field `field` a link is. */
#define LIST_MEMBER(link, type, field) ((type *)(void *)((char *)(link)-offsetof(type, field)))

/* Appends a link that is in no list. */
static inline void list_append(struct list *list, struct list_link *link)
{
    link->previous = list->last;
    link->next = NULL;
    if (list->last != NULL)
        list->last->next = link;
    else
        list->first = link;
    list->last = link;
}

/* Takes out a link that is in this list. */
static inline void list_remove(struct list *list, struct list_link *link)
{
    if (link->previous != NULL)
        link->previous->next = link->next;
    else
        list->first = link->next;
    if (link->next != NULL)
        link->next->previous = link->previous;
    else
        list->last = link->previous;
}
