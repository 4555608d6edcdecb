/*
 * lib/list.h - a doubly linked ring with a head; the node lies in the member.
 *
 * An empty list is a head that points to itself; so is a node that is in no
 * list. Cost: everything O(1). Nothing is allocated.
 */
#ifndef LIB_LIST_H
#define LIB_LIST_H

#include "lib/types.h"

struct list {
    struct list *next;
    struct list *prev;
};

static inline void list_init(struct list *head)
{
    head->next = head;
    head->prev = head;
}

static inline bool list_is_empty(const struct list *head)
{
    return head->next == head;
}

/* Put a node behind `place`, which is another node or the head. */
static inline void list_insert_after(struct list *place, struct list *node)
{
    struct list *next = place->next;

    node->next = next;
    node->prev = place;
    next->prev = node;
    place->next = node;
}

static inline void list_push(struct list *head, struct list *node)
{
    list_insert_after(head, node);
}

static inline void list_append(struct list *head, struct list *node)
{
    list_insert_after(head->prev, node);
}

static inline void list_remove(struct list *node)
{
    node->prev->next = node->next;
    node->next->prev = node->prev;
    list_init(node);
}

/* Remove the first node. It does not notice: only who knows otherwise that it
 * is in no list may go on with it. */
static inline void list_pop(struct list *head, const struct list *first)
{
    struct list *next = first->next;

    head->next = next;
    next->prev = head;
}

#define LIST_FOR_EACH(node, head) \
    for (struct list *node = (head)->next; node != (head); node = node->next)

#endif
