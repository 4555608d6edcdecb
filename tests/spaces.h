/*
 * spaces.h - address spaces in tests: a request, a touch, a shape in a word.
 */
#ifndef SPACES_H
#define SPACES_H

#include "mm/vm.h"

#include "strata_test.h"

#define VM_RW ((enum vm_rights)(VM_READ | VM_WRITE))

enum {
    SPACE_AT = 0x10000000, /* where most tests map: a chunk begins there */
    UNREADABLE = 0xbadbad,
};

#define PAGES(count) ((u32)(count) * PAGE_SIZE)

/* A space, ours. The test fails if there is none. */
struct vm_space *space_new(void);

/* Map so many pages there, anonymous unless there is an object; what was there
 * goes. The test fails if it cannot be. */
void space_map(struct vm_space *space, virt_addr_t at, u32 pages, u32 flags);
void space_show(struct vm_space *space, virt_addr_t at, u32 pages, u32 flags,
                struct vm_object *object, u32 first_page);

/* Try to map anonymous memory. */
enum status space_try(struct vm_space *space, virt_addr_t at, u32 bytes,
                      u32 flags, enum vm_place place);

/* Where so many pages are put if anywhere will do, or 0. */
virt_addr_t space_place(struct vm_space *space, virt_addr_t hint, u32 pages,
                        u32 flags);

void space_unmap(struct vm_space *space, virt_addr_t at, u32 pages);

/* Touch as the processor does: the entry first, and then the fault. */
enum status space_touch(struct vm_space *space, virt_addr_t va,
                        enum vm_rights access);

/* Read and write a word, which a program does in the same way. UNREADABLE if
 * that is not possible. */
u32 space_peek(struct vm_space *space, virt_addr_t va);
bool space_poke(struct vm_space *space, virt_addr_t va, u32 word);

/* The frame that is mapped at `va`, or PFN_NONE. */
pfn_t space_frame(const struct vm_space *space, virt_addr_t va);

/* What is there, as words: for each region letters and its pages, and a dot
 * and pages for what is free between two. rwx are the rights, - is none; s is
 * shared, g grows down, n not reserved, l locked, z wiped on fork, o not on
 * fork. "rw2 .1 r4": two pages, a hole of one, four pages. */
#define EXPECT_SHAPE(space, words) \
    space_expect_shape((space), (words), __FILE__, __LINE__)

void space_expect_shape(const struct vm_space *space, const char *words,
                        const char *file, int line);

/* Frames promised to all; frames free, in all zones. */
u32 space_promised(void);
u32 space_free_frames(void);

/* Promise what can be but for so many frames; and take that back. */
void space_promise_all_but(u32 frames);
void space_release_all(void);

/* Try `step` with 0, 1, 2 ... free frames until it does not say ERR_NOMEM.
 * Before each try and after it, as many frames are promised and free, and
 * mm/ is well. Returns what it says in the end. */
enum status space_starve(enum status (*step)(void *context), void *context);

#endif
