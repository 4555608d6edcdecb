/*
 * kernel/proc/signal_frame.c - a handler runs: what it finds on the user stack,
 * and how it comes back.
 *
 *      high    ... the interrupted program's stack
 *              FXSAVE area, at a multiple of 64      if the processor has it
 *              struct sigfpu
 *      low     struct sigframe or rt_sigframe   <- ESP: as after a call
 *
 * The handler returns to the restorer that it was registered with, or else to
 * eight bytes of code in the frame. There sigreturn() or rt_sigreturn() is
 * called, and the frame becomes the thread's registers, whatever the program
 * has made of it: it can name no more than a program may have.
 *
 * Cost: O(1), some 1000 bytes to copy.
 */
#include "kernel/signal.h"

#include "abi/syscall.h"
#include "kernel/process.h"
#include "kernel/usercopy.h"
#include "lib/mem.h"
#include "x86/cpu.h"
#include "x86/fpu.h"

enum {
    DATA = SELECTOR_USER_DATA | SELECTOR_RING_3,
    CODE = SELECTOR_USER_CODE | SELECTOR_RING_3,
    ENTRY_ALIGN = 16, /* of ESP + 4, where a function begins */
    FPU_USER_ALIGN = 64,
};

static const u8 code_of_sigreturn[8] = {
    0x58,                         /* pop eax      */
    0xb8, SYS_sigreturn, 0, 0, 0, /* mov eax, 119 */
    0xcd, 0x80,                   /* int 0x80     */
};

static const u8 code_of_rt_sigreturn[8] = {
    0xb8, SYS_rt_sigreturn, 0, 0, 0, /* mov eax, 173 */
    0xcd, 0x80,                      /* int 0x80     */
};

/* ---------------------------------------------------------------------- FPU */

/* Put the FPU's registers below `*esp`. They may be empty then. */
static bool push_fpu(struct thread *thread, u32 *esp)
{
    struct sigfpu old = { .magic = SIGFPU_OLD };
    bool is_new = cpu_features()->fxsr;

    if (!cpu_features()->fpu)
        return true;
    fpu_save(thread->fpu);
    fpu_to_old(thread->fpu, &old);
    if (is_new)
        old.magic = 0;
    *esp = round_down(*esp - (is_new ? FPU_BYTES : 0), FPU_USER_ALIGN) -
           sizeof old;
    return user_write(user_addr(*esp), &old, sizeof old) &&
           (!is_new || user_write(user_addr(*esp + sizeof old), thread->fpu,
                                  FPU_BYTES));
}

/* Load what the program says its registers are; 0: fresh ones. */
static bool pop_fpu(struct thread *thread, u32 at)
{
    bool is_new = cpu_features()->fxsr;
    bool is_read = true;

    if (at == 0)
        fpu_clear(thread->fpu);
    else if (is_new)
        is_read = user_read(thread->fpu, user_addr(at + sizeof(struct sigfpu)),
                            FPU_BYTES);
    else
        is_read = user_read(thread->fpu, user_addr(at), FPU_OLD_BYTES);
    if (!is_read)
        fpu_clear(thread->fpu);
    fpu_tame(thread->fpu);
    fpu_load(thread->fpu);
    return is_read;
}

/* ---------------------------------------------------------------- registers */

static NOINLINE void save_context(struct sigcontext *context,
                                  struct thread *thread, u32 fpu,
                                  sigset_t blocked)
{
    const struct trap_frame *frame = thread_user_frame(thread);

    *context = (struct sigcontext){
        .gs = (u16)frame->gs, .fs = (u16)frame->fs,
        .es = (u16)frame->es, .ds = (u16)frame->ds,
        .edi = frame->edi, .esi = frame->esi, .ebp = frame->ebp,
        .esp = frame->user_esp, .ebx = frame->ebx, .edx = frame->edx,
        .ecx = frame->ecx, .eax = frame->eax,
        .vector = frame->vector, .error = frame->error, .eip = frame->eip,
        .cs = (u16)frame->cs, .eflags = frame->eflags,
        .esp_at_signal = frame->user_esp, .ss = (u16)frame->user_ss,
        .fpu = fpu, .old_mask = (u32)blocked,
        .cr2 = thread->fault_address,
    };
}

/* The program goes on with what it says. */
static void set_context(struct trap_frame *frame,
                        const struct sigcontext *context)
{
    *frame = (struct trap_frame){
        .edi = context->edi, .esi = context->esi, .ebp = context->ebp,
        .ebx = context->ebx, .edx = context->edx, .ecx = context->ecx,
        .eax = context->eax,
        .gs = context->gs, .fs = context->fs, .es = context->es,
        .ds = context->ds,
        .vector = TRAP_NONE, /* no call that could begin again */
        .eip = context->eip, .cs = context->cs, .eflags = context->eflags,
        .user_esp = context->esp, .user_ss = context->ss,
    };
    trap_frame_tame(frame);
}

/* Go on in the handler. `info` and `user` are its second and third argument,
 * where there are any. */
static void enter(struct thread *thread, u32 handler, u32 number, u32 esp,
                  u32 info, u32 user)
{
    struct trap_frame *frame = thread_user_frame(thread);

    frame->vector = TRAP_NONE;
    frame->eip = handler;
    frame->user_esp = esp;
    frame->eax = number;
    frame->edx = info;
    frame->ecx = user;
    frame->ds = frame->es = frame->user_ss = DATA;
    frame->cs = CODE;
    frame->eflags &= ~(u32)(EFLAGS_DIRECTION | EFLAGS_STEP);
}

/* --------------------------------------------------------------------- push */

/* Below where the frame goes. */
static u32 choose_stack(struct thread *thread, const struct sigaction *action)
{
    const struct thread_signals *signals = &thread->signals;
    u32 esp = thread_user_frame(thread)->user_esp;

    if (!(action->flags & SA_ONSTACK) || signals->stack_bytes == 0 ||
        signal_is_on_stack(signals, esp))
        return esp;
    return signals->stack + signals->stack_bytes;
}

/* What lies below the alternate stack is somebody else's. */
static bool has_room(const struct thread *thread, u32 esp)
{
    enum { MOST = FPU_USER_ALIGN + FPU_BYTES + sizeof(struct sigfpu) +
                  ENTRY_ALIGN + sizeof(struct sigframe) };
    const struct thread_signals *signals = &thread->signals;

    return !signal_is_on_stack(signals, esp) || esp - signals->stack >= MOST;
}

/* Room for a frame of so many bytes. */
static u32 make_room(u32 esp, u32 bytes)
{
    return round_down(esp - bytes + 4, ENTRY_ALIGN) - 4;
}

static bool push_plain(struct thread *thread, const struct sigaction *action,
                       u32 number, u32 esp, u32 fpu, sigset_t blocked)
{
    enum { HEAD = offsetof(struct sigframe, unused),
           TAIL = offsetof(struct sigframe, mask_above) };
    u32 at = make_room(esp, sizeof(struct sigframe));
    struct {
        u32 return_address, number;
        struct sigcontext context;
    } head = {
        .return_address = action->flags & SA_RESTORER
                              ? action->restorer
                              : at + offsetof(struct sigframe, code),
        .number = number,
    };
    struct {
        u32 mask_above;
        u8 code[8];
    } tail = { .mask_above = (u32)(blocked >> 32) };

    _Static_assert(sizeof head == HEAD, "the head of struct sigframe");
    save_context(&head.context, thread, fpu, blocked);
    memcpy(tail.code, code_of_sigreturn, sizeof tail.code);
    if (!user_write(user_addr(at), &head, sizeof head) ||
        !user_write(user_addr(at + TAIL), &tail, sizeof tail))
        return false;
    enter(thread, action->handler, number, at, 0, 0);
    return true;
}

static bool push_rt(struct thread *thread, const struct sigaction *action,
                    const struct signal *signal, u32 esp, u32 fpu,
                    sigset_t blocked)
{
    u32 at = make_room(esp, sizeof(struct rt_sigframe));
    struct rt_sigframe frame = {
        .return_address = action->flags & SA_RESTORER
                              ? action->restorer
                              : at + offsetof(struct rt_sigframe, code),
        .number = signal->number,
        .info_address = at + offsetof(struct rt_sigframe, info),
        .context_address = at + offsetof(struct rt_sigframe, user),
        .info = { .number = signal->number, .code = signal->code },
        .user = { .stack = signal_stack_of(thread), .mask = blocked },
    };

    save_context(&frame.user.context, thread, fpu, blocked);
    memcpy(frame.info.words, signal->words, sizeof signal->words);
    memcpy(frame.code, code_of_rt_sigreturn, sizeof frame.code);
    if (!user_write(user_addr(at), &frame, sizeof frame))
        return false;
    enter(thread, action->handler, signal->number, at, frame.info_address,
          frame.context_address);
    return true;
}

static bool push(struct thread *thread, const struct sigaction *action,
                 const struct signal *signal, u32 esp, sigset_t blocked)
{
    if (!push_fpu(thread, &esp))
        return false;
    u32 fpu = cpu_features()->fpu ? esp : 0;
    return action->flags & SA_SIGINFO
               ? push_rt(thread, action, signal, esp, fpu, blocked)
               : push_plain(thread, action, signal->number, esp, fpu, blocked);
}

/* A handler begins with a fresh FPU. If there is none, nothing is lost. */
bool signal_frame_push(const struct sigaction *action,
                       const struct signal *signal, sigset_t blocked)
{
    struct thread *thread = thread_current();
    u32 esp = choose_stack(thread, action);

    if (!has_room(thread, esp))
        return false;
    bool pushed = push(thread, action, signal, esp, blocked);
    if (pushed)
        fpu_clear(thread->fpu);
    fpu_load(thread->fpu);
    return pushed;
}

/* ---------------------------------------------------------------------- pop */

static bool resume(struct thread *thread, const struct sigcontext *context,
                   sigset_t blocked)
{
    signal_block(blocked);
    set_context(thread_user_frame(thread), context);
    return pop_fpu(thread, context->fpu);
}

/* The handler's return and the code that follows it have popped two words. */
static bool pop_plain(struct thread *thread)
{
    u32 at = thread_user_frame(thread)->user_esp - 8;
    struct sigcontext context;
    u32 mask_above;

    if (!user_read(&context,
                   user_addr(at + offsetof(struct sigframe, context)),
                   sizeof context) ||
        !user_read(&mask_above,
                   user_addr(at + offsetof(struct sigframe, mask_above)),
                   sizeof mask_above))
        return false;
    return resume(thread, &context,
                  (sigset_t)mask_above << 32 | context.old_mask);
}

/* The handler's return has popped one word. */
static bool pop_rt(struct thread *thread)
{
    u32 at = thread_user_frame(thread)->user_esp - 4;
    struct rt_sigframe frame;

    if (!user_read(&frame, user_addr(at), sizeof frame))
        return false;
    if (!resume(thread, &frame.user.context, frame.user.mask))
        return false;
    (void)!signal_set_stack(thread, &frame.user.stack);
    return true;
}

bool signal_frame_pop(bool is_rt)
{
    return is_rt ? pop_rt(thread_current()) : pop_plain(thread_current());
}
