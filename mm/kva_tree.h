/*
 * mm/kva_tree.h - first fit as a tournament. For mm/kva*.c.
 *
 * Each leaf has a number, each node above the larger one of its two children.
 * So the root knows whether there is a leaf with at least 60, and the first of
 * these is found by going to the left wherever that will do:
 *
 *      node 1               90                 60 or more? yes
 *      2, 3           48           90          48: to the right
 *      4 to 7      40    48     90     0       90: to the left
 *      leaves    40  0  31 48  20  90 0  0     20: to the right
 *
 * Node i has the children 2i and 2i + 1; [0] is not used.
 *
 * Cost: find and set O(log leaves): 9 steps down, at most 9 up.
 */
#ifndef MM_KVA_TREE_H
#define MM_KVA_TREE_H

#include "lib/types.h"

enum {
    TREE_LEAVES = 512,
    TREE_NONE = TREE_LEAVES, /* "no such leaf" */
};

struct kva_tree {
    u16 nodes[2 * TREE_LEAVES];
};

static inline u32 tree_leaf(const struct kva_tree *tree, u32 leaf)
{
    return tree->nodes[TREE_LEAVES + leaf];
}

/* The first leaf with at least `need`, or TREE_NONE. */
static inline u32 tree_first(const struct kva_tree *tree, u32 need)
{
    u32 i = 1;

    if (tree->nodes[i] < need)
        return TREE_NONE;
    while (i < TREE_LEAVES) {
        i *= 2;
        i += tree->nodes[i] < need;
    }
    return i - TREE_LEAVES;
}

/* Change a leaf, and what is above it as far as it is noticed there. */
static inline void tree_set(struct kva_tree *tree, u32 leaf, u32 number)
{
    u32 i = TREE_LEAVES + leaf;

    tree->nodes[i] = (u16)number;
    while (i > 1) {
        u32 larger = max_u32(tree->nodes[i], tree->nodes[i ^ 1]);
        i /= 2;
        if (tree->nodes[i] == larger)
            return;
        tree->nodes[i] = (u16)larger;
    }
}

/* Has each node the larger one of its children? */
static inline bool tree_is_sound(const struct kva_tree *tree)
{
    for (u32 i = 1; i < TREE_LEAVES; i++)
        if (tree->nodes[i] !=
            max_u32(tree->nodes[2 * i], tree->nodes[2 * i + 1]))
            return false;
    return true;
}

#endif
