/*
 * kernel/fault.c - a page fault that nobody handles, explained.
 *
 *      error code ---+
 *      EIP, CR2 -----+--> struct fault --> first rule that applies --> cause
 *      the walk -----+
 *      what lives ---+
 *       there
 *
 * The facts are gathered once, before anything is printed. Then the table
 * `causes` is read from its top: each row has a rule, two or three words for
 * the panic's first line, and the sentence that says what to look for. So
 * that a new mistake takes a row.
 *
 * To gather the facts reads what the layers wrote down, and that may be
 * damaged. A fault on the way is reported without gathering anything, so
 * there is an end to it.
 */
#include "kernel/fault.h"

#include "kernel/panic.h"
#include "kernel/place.h"
#include "kernel/printf.h"
#include "mm/pmm.h"
#include "x86/cpu.h"

enum {
    /* The most that the processor pushes for a fault in the kernel: EFLAGS,
     * CS, EIP, the error code. */
    PUSHED_BYTES = 16,
    /* From here on, a number that is negative and small. */
    SMALL_NEGATIVE = 0xffff0000,
};

struct cause;

struct fault {
    const struct trap_frame *frame;
    u32 address;
    bool fetch, write; /* neither: a read                        */
    bool by_user;
    bool was_mapped;   /* the page was there, but not for this   */
    bool reserved_bit;
    struct place place;
    const struct cause *cause;
};

static struct {
    struct fault fault;
    bool gathering; /* facts about it                  */
    bool known;     /* they have been gathered, all    */
} state;

/* ------------------------------------------------------------------- rules */

static bool lives_in(const struct fault *f, enum place_kind kind)
{
    return f->place.kind == kind;
}

static bool page_has(const struct fault *f, enum pt_access access)
{
    return f->place.walk.mapped && (f->place.walk.access & access);
}

static bool is_reserved_bit(const struct fault *f)
{
    return f->reserved_bit;
}

static bool is_damaged_table(const struct fault *f)
{
    return f->place.is_damaged;
}

/* ESP is in the stack that the guard page belongs to, or just below. */
static bool is_stack_overflow(const struct fault *f)
{
    return lives_in(f, PLACE_GUARD) && f->address < f->place.start &&
           f->frame->esp >= round_down(f->address, PAGE_SIZE) &&
           f->frame->esp <= f->place.end;
}

static bool is_lost_stack(const struct fault *f)
{
    return f->frame->vector == TRAP_DOUBLE_FAULT;
}

static bool is_null_call(const struct fault *f)
{
    return lives_in(f, PLACE_NULL) && f->fetch;
}

static bool is_null(const struct fault *f)
{
    return lives_in(f, PLACE_NULL);
}

static bool is_reach_for_kernel(const struct fault *f)
{
    return f->by_user && f->was_mapped && !page_has(f, PT_USER);
}

static bool is_refused_by_smep(const struct fault *f)
{
    return !f->by_user && f->fetch && f->was_mapped && page_has(f, PT_USER);
}

static bool is_refused_by_smap(const struct fault *f)
{
    return !f->by_user && !f->fetch && f->was_mapped && page_has(f, PT_USER) &&
           cpu_features()->smap &&
           !(f->frame->eflags & EFLAGS_USER_ACCESS);
}

static bool is_write_to_code(const struct fault *f)
{
    return f->write && lives_in(f, PLACE_IMAGE) && f->place.is_constant &&
           page_has(f, PT_EXEC);
}

static bool is_write_to_constant(const struct fault *f)
{
    return f->write && lives_in(f, PLACE_IMAGE) && f->place.is_constant;
}

/* The page tables have nothing against it, now. */
static bool is_stale(const struct fault *f)
{
    return f->place.walk.mapped && (!f->write || page_has(f, PT_WRITE)) &&
           (!f->by_user || page_has(f, PT_USER));
}

static bool is_read_only(const struct fault *f)
{
    return f->write && f->place.walk.mapped;
}

static bool is_held(const struct fault *f)
{
    return (f->place.walk.pte.bits & PTE_HELD) != 0;
}

/* An entry that is not 0, and has no page, is owed. */
static bool is_owed(const struct fault *f)
{
    return !f->place.walk.mapped && f->place.walk.pte.bits != 0;
}

static bool is_overrun(const struct fault *f)
{
    return lives_in(f, PLACE_GUARD);
}

static bool is_freed(const struct fault *f)
{
    return lives_in(f, PLACE_FREED);
}

static bool is_empty_range(const struct fault *f)
{
    return lives_in(f, PLACE_RANGE);
}

static bool is_closed_window(const struct fault *f)
{
    return lives_in(f, PLACE_WINDOW);
}

static bool is_small_negative(const struct fault *f)
{
    return f->address >= SMALL_NEGATIVE;
}

static bool is_ram(u32 physical)
{
    return pmm_kind(pfn(physical >> PAGE_SHIFT)) != FRAME_RESERVED;
}

/* The sum for a high frame may wrap around, into the user half. */
static bool is_above_direct_map(const struct fault *f)
{
    return lives_in(f, PLACE_GAP) || lives_in(f, PLACE_TOP) ||
           (lives_in(f, PLACE_USER) && !f->by_user &&
            is_ram(f->address - DIRECT_MAP_START));
}

static bool is_physical(const struct fault *f)
{
    return lives_in(f, PLACE_USER) && !f->by_user && is_ram(f->address);
}

static bool is_hole(const struct fault *f)
{
    return lives_in(f, PLACE_HOLE);
}

static bool is_anything(const struct fault *f)
{
    (void)f;
    return true;
}

static const struct cause {
    bool (*applies)(const struct fault *fault);
    const char *name;
    const char *sentence;
} causes[] = {
    { is_reserved_bit, "reserved bit in an entry",
      "an entry of the page tables has a bit set that must be 0: it was\n"
      "  composed wrongly, or something wrote over the table." },
    { is_damaged_table, "damaged page directory",
      "the directory leads to a frame that is no page table: something\n"
      "  wrote over the directory, or the table was freed while it was in\n"
      "  use." },
    { is_stack_overflow, "kernel stack overflow",
      "the stack is full: a recursion without end, or arrays on the stack\n"
      "  that are too large for it." },
    { is_lost_stack, "stack pointer that leads nowhere",
      "ESP was loaded with a wrong value, or its stack was unmapped while\n"
      "  it was in use." },
    { is_null_call, "call through a null pointer",
      "a pointer to a function was null when it was called, or a return\n"
      "  address was overwritten by 0." },
    { is_null, "null pointer",
      "a pointer was null: never set, or the result of something that\n"
      "  failed and was not checked." },
    { is_reach_for_kernel, "a program reached for the kernel's memory",
      "the page is the kernel's, and ring 3 may not touch it." },
    { is_refused_by_smep, "jump into user memory",
      "the kernel ran into a page of a program, which SMEP refuses: a\n"
      "  pointer to a function or a return address was overwritten." },
    { is_refused_by_smap, "user memory without brackets",
      "the kernel followed a program's pointer, which SMAP refuses: if it\n"
      "  was meant, it takes user_access_begin() and user_access_end()." },
    { is_write_to_code, "write to the kernel's code",
      "a pointer was never set, or one to a function was used as one to\n"
      "  data; code is read-only." },
    { is_write_to_constant, "write to a constant",
      "somebody has cast a const away, or writes into a string literal;\n"
      "  both are read-only." },
    { is_stale, "stale entry in the TLB",
      "the page tables allow this, so the processor used an older entry\n"
      "  that it remembers: a flush is missing after a change." },
    { is_read_only, "write to a read-only page",
      "pt_map() or pt_protect() got no PT_WRITE for this page, or the\n"
      "  directory's entry lacks it." },
    { is_overrun, "overrun into a guard page",
      "an index or a loop ran past an edge of what lies beside the\n"
      "  guard page." },
    { is_freed, "use after free",
      "somebody still has an address in a range that was freed and\n"
      "  unmapped." },
    { is_held, "use of a page that is held",
      "its program has given up all rights to it, by mprotect(); nobody\n"
      "  may use it, not even the kernel." },
    { is_owed, "use after unmapping",
      "somebody still has an address in a page that was unmapped; what is\n"
      "  owed is only its flush." },
    { is_empty_range, "page of a range without a frame",
      "no frame is mapped there any more, or never was: kva_alloc() gives\n"
      "  only addresses, while kva_alloc_pages() puts frames behind them." },
    { is_closed_window, "use of a closed window",
      "what window_map() gave was used after window_unmap(), or a pointer\n"
      "  was never set." },
    { is_small_negative, "negative number as a pointer",
      "an error code was taken for a pointer, or it is null minus an\n"
      "  offset." },
    { is_physical, "physical address as a pointer",
      "there is RAM at this physical address, and C needs its address in\n"
      "  the direct map (pfn_to_ptr()); if it was not that, a wild\n"
      "  pointer." },
    { is_above_direct_map, "address above the direct map",
      "pfn_to_ptr() of a frame that lies above the direct map, which\n"
      "  needs a window (window_map()); if it was not that, a wild\n"
      "  pointer." },
    { is_hole, "direct map without RAM",
      "a frame number was wrong, or a pointer went past the end of RAM:\n"
      "  the direct map has pages only where there is RAM." },
    { is_anything, "wild pointer",
      "a pointer was never set, or overwritten, or computed wrongly." },
};

/* ------------------------------------------------------------------- facts */

/* Only with SMEP the error code tells a fetch (and with NX, which needs PAE).
 * Otherwise, what EIP points to is either fetched or hardly touched. */
static bool is_fetch(const struct trap_frame *frame, u32 address)
{
    if (cpu_features()->smep && frame->vector == TRAP_PAGE_FAULT)
        return (frame->error & FAULT_FETCH) != 0;
    return address == frame->eip;
}

static const struct cause *find_cause(const struct fault *fault)
{
    const struct cause *cause = causes;

    while (!cause->applies(fault))
        cause++;
    return cause;
}

/* A double fault has no error code. What failed was a push; and the page is
 * looked up after the fact. */
static u32 error_of(const struct trap_frame *frame, const struct place *place)
{
    if (frame->vector == TRAP_PAGE_FAULT)
        return frame->error;
    return FAULT_WRITE | (place->walk.mapped ? FAULT_PROTECTION : 0);
}

static void gather(const struct trap_frame *frame, u32 address)
{
    struct fault *fault = &state.fault;

    fault->frame = frame;
    fault->address = address;
    place_find(NULL, address, &fault->place);

    u32 error = error_of(frame, &fault->place);
    fault->fetch = is_fetch(frame, address);
    fault->write = (error & FAULT_WRITE) != 0;
    fault->by_user = (error & FAULT_USER) != 0;
    fault->was_mapped = (error & FAULT_PROTECTION) != 0;
    fault->reserved_bit = (error & FAULT_RESERVED) != 0;
    fault->cause = find_cause(fault);
}

/* ------------------------------------------------------------------- words */

static const char *attempt_of(const struct fault *f)
{
    if (f->fetch)
        return "execution of";
    return f->write ? "write to" : "read of";
}

static const char *obstacle_of(const struct fault *f)
{
    if (f->reserved_bit)
        return "whose entry makes no sense";
    if (!f->was_mapped)
        return "where nothing is mapped";
    if (f->write && !page_has(f, PT_WRITE))
        return "which is read-only";
    if (page_has(f, PT_USER) != f->by_user)
        return f->by_user ? "which is the kernel's" : "which is a program's";
    return "which is mapped";
}

static const char *name_of(const struct trap_frame *frame)
{
    return frame->vector == TRAP_PAGE_FAULT ? "page fault" : "double fault";
}

bool fault_is_push(u32 esp, u32 address)
{
    return address - (esp - PUSHED_BYTES) < PUSHED_BYTES;
}

/* ESP at the end says who overflowed. */
void fault_print(const struct trap_frame *frame)
{
    const struct fault *f = &state.fault;

    if (!state.known || f->frame != frame)
        return;
    report("tried: %s 0x%08x by %s%s\n  at %pI\n", attempt_of(f), f->address,
           f->by_user ? "a program" : "the kernel",
           fault_is_push(frame->esp, f->address) && f->write
               ? ", to push onto the stack" : "",
           (void *)frame->eip);
    report("walk:\n");
    place_print_walk(&f->place);
    report("there: ");
    place_print(&f->place);
    report("likely cause: %s\n", f->cause->sentence);
}

void fault_report(const struct trap_frame *frame, u32 address)
{
    bool is_second = state.gathering || panic_is_reporting();

    state.known = false;
    if (is_second) {
        state.gathering = false;
        panic_at(frame, "%s at 0x%08x while another fault was being reported, "
                 "in %pI", name_of(frame), address, (void *)frame->eip);
    }
    state.gathering = true;
    gather(frame, address);
    state.gathering = false;
    state.known = true;
    panic_at(frame, "%s: %s 0x%08x, %s: %s in %pI", name_of(frame),
             attempt_of(&state.fault), address, obstacle_of(&state.fault),
             state.fault.cause->name, (void *)frame->eip);
}
