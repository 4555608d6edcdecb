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

static inline void list_insert_after(struct list *place, struct list *node)
{
    node->next = place->next;
    node->prev = place;
    place->next->prev = node;
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

#define LIST_FOR_EACH(node, head) \
    for (struct list *node = (head)->next; node != (head); node = node->next)

#endif
