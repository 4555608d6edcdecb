/*
 * mm/kva_internal.h - what the files of L3 share. For mm/kva*.c only.
 */
#ifndef MM_KVA_INTERNAL_H
#define MM_KVA_INTERNAL_H

#include "mm/kva.h"

/* A page of kva is known by its number, from 1 on. Page 0 is the edge: it lies
 * below KVA_START, and is always taken. */
enum {
    KVA_EDGE = 0,
    KVA_PAGES = (KVA_END - KVA_START) >> PAGE_SHIFT,
    KVA_LIMIT = KVA_PAGES + 1, /* one more than the last page */
};

static inline virt_addr_t kva_address(u32 page)
{
    return KVA_START + (page - 1) * PAGE_SIZE;
}

/* The page at `va`: for an address outside of kva, none from 1 to KVA_PAGES. */
static inline u32 kva_page(virt_addr_t va)
{
    return ((va - KVA_START) >> PAGE_SHIFT) + 1;
}

/* Assert that so much can be asked for. */
static inline void kva_check_alloc(u32 pages, u32 align, const void *caller)
{
    CHECK(pages > 0 && is_power_of_two(align),
          "kva_alloc of %u pages aligned to %u, by %p", pages, align, caller);
}

/* ------------------------------------------------- what was: kva_report.c */

/* How large a range is. */
struct kva_size {
    u16 pages;  /* guards not counted  */
    u16 guards; /* pages, on each side */
};

/* A range that was freed, and by whom. */
struct kva_freed {
    const char *name;
    const void *by;
    struct kva_size size;
    u32 page;
};

/* The last of them, in a ring. */
struct kva_past {
    struct kva_freed ring[KVA_FREED];
    u32 count; /* that ever came here */
};

extern struct kva_past kva_past;

/* Panic: no range starts at `start`, so the caller cannot free it. */
NORETURN void kva_refuse_free(virt_addr_t start, const void *caller);

#endif
