/*
 * mm/vm.h - L5: address spaces. What a program may touch, and how it gets it.
 *
 * A space is a list of regions; a region is a range of pages with the same
 * rights and the same source. Nothing is there until it is touched: then
 * vm_fault() finds the region and puts a page into the page table. See mm/vm.c.
 *
 * The semantics are those of Linux's mmap2 and its kin; the kernel's calls
 * (kernel/sys/) turn a status into an error number and add nothing else.
 */
#ifndef MM_VM_H
#define MM_VM_H

#include "lib/list.h"
#include "mm/pt.h"
#include "mm/vm_object.h"

/* What a program may do with a region. Same values as PROT_*. */
enum vm_rights {
    VM_NONE = 0,
    VM_READ = 1 << 0,
    VM_WRITE = 1 << 1,
    VM_EXEC = 1 << 2,
    VM_RIGHTS = VM_READ | VM_WRITE | VM_EXEC,
};

/* What a region is. */
enum vm_flags {
    VM_SHARED = 1 << 3,       /* writes are seen by all; else private       */
    VM_GROWS_DOWN = 1 << 4,   /* a stack: a touch below it extends it       */
    VM_NO_RESERVE = 1 << 5,   /* nothing is promised for it                 */
    VM_MAY_WRITE = 1 << 6,    /* of a shared file: it was opened for that   */
    VM_WIPE_ON_FORK = 1 << 7, /* a child finds zeros there                  */
    VM_NOT_ON_FORK = 1 << 8,  /* a child finds nothing there                */
    VM_LOCKED = 1 << 9,       /* is filled at once                          */
    VM_PROMISED = 1 << 10,    /* its pages are charged: L5 sets it          */
};

/* How a place for a mapping is chosen. */
enum vm_place {
    VM_ANYWHERE,   /* at the hint if that is free, else where there is room  */
    VM_REPLACE,    /* there; what was there goes                             */
    VM_NO_REPLACE, /* there, or ERR_EXIST                                    */
};

enum {
    VM_REGIONS_MAX = 65530,     /* of one space, as Linux's default         */
    VM_STACK_GUARD = 1 << 20,   /* bytes kept free below what grows down    */
};

/* Where VM_ANYWHERE looks first: the highest room that ends here or below. */
#define VM_MAP_END (USER_END - 0x08000000u)

struct vm_region {
    struct vm_region *left, *right, *parent; /* the tree, by address        */
    struct list node;    /* the space's list, by address                    */
    virt_addr_t start, end;
    u32 flags;           /* enum vm_rights | enum vm_flags                  */
    u16 gap;             /* the free range before it, by size class         */
    u16 widest_gap;      /* the highest `gap` of the subtree                */
    u32 rank;            /* drawn by lot; no child's is higher              */
    struct vm_object *object; /* NULL: private anonymous memory             */
    u32 first_page;      /* of the object, at `start`                       */
};

struct vm_space {
    struct page_table pt;
    struct list regions;       /* by address                                */
    struct vm_region *root;
    struct vm_region *newest;  /* in the list, not yet in the tree; or NULL */
    struct vm_region *recent;  /* found last, or NULL                       */
    struct vm_region *spare;   /* no region, but the next one's struct; NULL */
    u32 region_count;
    u32 mapped_pages;          /* in all regions                            */
    u32 promised;              /* frames charged to it                      */
    virt_addr_t heap_start;    /* vm_brk() moves heap_end, from here on     */
    virt_addr_t heap_end;      /* to the byte                               */
    u32 stack_max;             /* bytes that what grows down may grow to    */
    u32 references;            /* threads, or who else uses it              */
    struct list node;          /* in the list of all spaces                 */
};

/* What vm_map() is to map. */
struct vm_request {
    virt_addr_t at;      /* a hint, or the place; page-aligned for REPLACE  */
    u32 bytes;           /* rounded up to pages                             */
    u32 flags;           /* rights and flags of the region                  */
    enum vm_place place;
    struct vm_object *object; /* NULL: anonymous. With VM_SHARED and NULL an
                                 object is made                             */
    u32 first_page;      /* of the object                                   */
};

struct vm_stats {
    u32 spaces, regions, objects;
    u32 promised;     /* frames: Committed_AS                               */
    u32 limit;        /* frames: CommitLimit                                */
    u32 reserve;      /* low frames kept for tables and faults              */
    u32 faults, zero_faults, copies, fills; /* since boot                   */
};

/*
 * Set the limit of what may be promised: the frames free now but for a reserve
 * of at most 64. Prints a line.
 *
 * Panics:   if there is no frame for the shared page of zeros.
 * Cost:     O(spanned / 32).
 * Context:  boot, after kheap_init().
 */
void vm_init(void);

/*
 * Make an empty space, which the caller holds a reference of.
 *
 * Returns:  the space; NULL if there is no memory, or no promise for its own
 *           frame; nothing has changed then.
 * Cost:     O(1024).
 * Context:  thread.
 */
NODISCARD struct vm_space *vm_space_create(void);

/*
 * Make a copy of a space: private memory is copied when either side writes to
 * it; shared memory is shared. What the copy may need is promised in full
 * before anything changes.
 *
 * Returns:  the copy, the caller's; NULL if there is no memory or no promise:
 *           nothing has changed for `space`, but pages that it could write may
 *           fault once more.
 * Cost:     O(regions + pages mapped).
 * Context:  thread; `space` may be the loaded one.
 */
NODISCARD struct vm_space *vm_space_fork(struct vm_space *space);

/* Take one more reference. Cost: O(1). Context: thread. */
void vm_space_get(struct vm_space *space);

/*
 * Drop a reference; with the last one the space, all it maps and all that was
 * promised to it goes.
 *
 * Panics:   if it is the last one of the loaded space.
 * Cost:     O(1); with the last O(regions + pages mapped).
 * Context:  thread.
 */
void vm_space_put(struct vm_space *space);

/*
 * Map.
 *
 * at:       receives the first byte's address.
 * Returns:  OK; ERR_INVAL: no bytes, or a given place is not aligned or below
 *           USER_START; ERR_NOMEM: no room, a given place reaches beyond
 *           USER_END, too many regions, no memory, or nothing more can be
 *           promised; ERR_EXIST: something is there (VM_NO_REPLACE). On an
 *           error nothing has changed.
 * Cost:     O(log regions), and vm_unmap()'s of what is replaced. With
 *           VM_LOCKED the pages are filled as far as there is memory.
 * Context:  thread. The region takes a reference of the object of its own.
 */
NODISCARD enum status vm_map(struct vm_space *space,
                             const struct vm_request *request,
                             virt_addr_t *at);

/*
 * Unmap whatever is mapped in a range.
 *
 * Returns:  OK, also if nothing is there; ERR_INVAL: not aligned, no bytes, or
 *           outside of the user half; ERR_NOMEM: a region would be split and
 *           there is no memory, or there are too many; nothing has changed
 *           then.
 * Cost:     O(log regions + regions and pages unmapped).
 * Context:  thread. Nothing is owed to the TLB afterwards.
 */
NODISCARD enum status vm_unmap(struct vm_space *space, virt_addr_t at,
                               u32 bytes);

/*
 * Change the rights of a range.
 *
 * Returns:  OK; ERR_INVAL: not aligned; ERR_NOMEM: it wraps, or part of it is
 *           not mapped (what lies before that has changed, as on Linux), or
 *           there is no memory or promise; ERR_ACCESS: a shared file's region
 *           that may not be written to.
 * Cost:     as vm_unmap().
 * Context:  as vm_unmap().
 */
NODISCARD enum status vm_protect(struct vm_space *space, virt_addr_t at,
                                 u32 bytes, enum vm_rights rights);

/* vm_remap()'s flags. Same values as MREMAP_*. */
enum vm_remap_flags {
    VM_REMAP_MAY_MOVE = 1,
    VM_REMAP_FIXED = 2, /* to `to`; what is there goes; with MAY_MOVE       */
    VM_REMAP_KEEP = 4,  /* the old range stays, emptied; with MAY_MOVE      */
};

/*
 * Resize a mapping, in place or by moving it.
 *
 * old_bytes: 0 shows a shared mapping a second time.
 * at:       in: the mapping; out: where it is.
 * Returns:  OK; ERR_INVAL as Linux's EINVAL; ERR_FAULT: the old range is not
 *           within one region; ERR_NOMEM: no room, no memory, no promise. On an
 *           error nothing has changed but what VM_REMAP_FIXED has unmapped.
 * Cost:     O(log regions + pages moved or unmapped).
 * Context:  as vm_unmap().
 */
NODISCARD enum status vm_remap(struct vm_space *space, virt_addr_t *at,
                               u32 old_bytes, u32 new_bytes, u32 flags,
                               virt_addr_t to);

/*
 * Move the end of the heap.
 *
 * end:      where to, to the byte; what is not possible is not done.
 * Returns:  where the end is now.
 * Cost:     as vm_map() or vm_unmap().
 * Context:  as vm_unmap().
 */
virt_addr_t vm_brk(struct vm_space *space, virt_addr_t end);

/* What vm_advise() can be told; same values as MADV_*. */
enum vm_advice {
    VM_ADVICE_NORMAL, VM_ADVICE_RANDOM, VM_ADVICE_SEQUENTIAL,
    VM_ADVICE_WILLNEED, VM_ADVICE_DONTNEED, VM_ADVICE_FREE = 8,
    VM_ADVICE_DONTFORK = 10, VM_ADVICE_DOFORK = 11,
    VM_ADVICE_MERGEABLE = 12, VM_ADVICE_UNMERGEABLE, VM_ADVICE_HUGEPAGE,
    VM_ADVICE_NOHUGEPAGE, VM_ADVICE_DONTDUMP, VM_ADVICE_DODUMP,
    VM_ADVICE_WIPEONFORK, VM_ADVICE_KEEPONFORK, VM_ADVICE_COLD,
    VM_ADVICE_PAGEOUT, VM_ADVICE_POPULATE_READ, VM_ADVICE_POPULATE_WRITE,
};

/*
 * Take advice about a range.
 *
 * Returns:  OK; ERR_INVAL: not aligned, wraps, unknown advice, or one that does
 *           not fit what is mapped; ERR_NOMEM: part of it is not mapped; the
 *           rest of it was advised all the same.
 * Cost:     as vm_unmap().
 * Context:  as vm_unmap().
 */
NODISCARD enum status vm_advise(struct vm_space *space, virt_addr_t at,
                                u32 bytes, u32 advice);

/*
 * Which pages of a range have a frame? For mincore(): a page of an object
 * counts if the object has it.
 *
 * resident: called for each page in rising order; false stops.
 * Returns:  OK; ERR_INVAL: not aligned; ERR_NOMEM: part of it is not mapped.
 * Cost:     O(pages).
 * Context:  thread.
 */
NODISCARD enum status vm_each_page(struct vm_space *space, virt_addr_t at,
                                   u32 bytes,
                                   bool (*resident)(bool is, void *context),
                                   void *context);

/*
 * Fill a range at once (mlock), or no longer keep that in mind (munlock).
 *
 * Returns:  OK; ERR_INVAL: wraps; ERR_NOMEM: part of it is not mapped, or there
 *           is no memory; ERR_ACCESS: it may not be read.
 * Cost:     O(pages).
 * Context:  as vm_unmap().
 */
NODISCARD enum status vm_lock(struct vm_space *space, virt_addr_t at,
                              u32 bytes, bool locked);

/*
 * Is all of a range mapped? For msync().
 *
 * Returns:  true if so; true for no bytes.
 * Cost:     O(log regions + regions).
 * Context:  thread.
 */
bool vm_is_mapped(struct vm_space *space, virt_addr_t at, u32 bytes);

/*
 * A page is touched that the page table does not allow: make it so, if the
 * region does.
 *
 * va:       any address.
 * access:   VM_READ, VM_WRITE or VM_EXEC: what was tried.
 * Returns:  OK: try again; ERR_FAULT: no region is there (SEGV_MAPERR);
 *           ERR_ACCESS: its rights do not allow it (SEGV_ACCERR); ERR_BUS:
 *           beyond the end of its object (BUS_ADRERR); ERR_NOMEM: there is no
 *           frame, promise or not; a stack has grown all the same, and an
 *           object keeps the page that it got.
 * Cost:     O(log regions), O(1) in the region of the fault before; and filling
 *           a page.
 * Context:  thread; `space` need not be the loaded one.
 */
NODISCARD enum status vm_fault(struct vm_space *space, virt_addr_t va,
                               enum vm_rights access);

/*
 * The region that an address lies in.
 *
 * Returns:  it, or NULL. Valid until the space changes.
 * Cost:     O(log regions).
 * Context:  thread.
 */
struct vm_region *vm_region_at(struct vm_space *space, virt_addr_t va);

/* The first region that ends above an address. Returns: as vm_region_at(), and
 * so are its Cost: and Context:. */
struct vm_region *vm_region_from(const struct vm_space *space,
                                 virt_addr_t va);

/*
 * Read or write a space's memory from outside, as its program would: for what
 * is put there before it runs, and for who looks at another's.
 *
 * Returns:  true; false if part of it may not be read, or written.
 * Cost:     O(bytes), and faults.
 * Context:  thread; `space` need not be the loaded one.
 */
NODISCARD bool vm_read(struct vm_space *space, virt_addr_t from, void *to,
                       u32 bytes);
NODISCARD bool vm_write(struct vm_space *space, virt_addr_t to,
                        const void *from, u32 bytes);

/*
 * Give back what L5 and the heap keep in reserve; see kheap_trim().
 *
 * Returns:  how many frames went back to L1.
 * Cost:     O(spaces) beside that of kheap_trim().
 * Context:  thread.
 */
u32 vm_trim(void);

/*
 * Charge frames against the limit for something that is no region: a kernel
 * stack, a pipe's buffer; and give the promise back.
 *
 * Returns:  true; false if so many cannot be promised, and nothing has changed.
 * Cost:     O(1).
 * Context:  thread.
 */
NODISCARD bool vm_promise(u32 frames);
void vm_release(u32 frames);

/*
 * Call `visit` for each region of a space, in rising order / for each space.
 *
 * Cost:     O(regions), O(spaces).
 * Context:  thread. `visit` changes nothing.
 */
void vm_each_region(const struct vm_space *space,
                    void (*visit)(const struct vm_region *region,
                                  void *context),
                    void *context);
void vm_each_space(void (*visit)(struct vm_space *space, void *context),
                   void *context);

/* Fill `out`. Cost: O(1). Context: any. */
void vm_stats(struct vm_stats *out);

/* Assert every invariant that mm/vm.c lists; claim them, in whatever state they
 * are. Cost: O(regions + mapped). Context: thread. */
void vm_check(void);
void vm_audit(struct claims *to);

/*
 * For the audit: tell L1 of the frames that L5 holds beside page tables, or
 * take that back; see pmm_tell().
 *
 * sign:     1 to tell, -1 to take back.
 * Cost:     O(pages of objects).
 * Context:  thread, interrupts off.
 */
void vm_tell(int sign);

/*
 * For the audit: how often vm_tell() tells of a frame.
 *
 * Returns:  the references that L5 holds of it, beside page tables.
 * Cost:     O(pages of objects).
 * Context:  thread.
 */
u32 vm_holds(pfn_t frame);

/* What a region is, in a word or two: "stack", "private memory", "file"; and of
 * which file. Returns: text; the file's name, or NULL if it shows none. Cost:
 * O(1). Context: any. */
const char *vm_region_file(const struct vm_region *region);
const char *vm_region_name(const struct vm_space *space,
                           const struct vm_region *region);

/* How many pages of a space have a frame, be it the page of zeros; and print
 * all its regions, a line each. Returns: pages. Cost: O(regions + pages
 * mapped). Context: thread. */
u32 vm_resident_pages(const struct vm_space *space);
void vm_dump(const struct vm_space *space);

#endif
