/*
 * Every operation that makes threads and processes, with too little memory.
 * Where a program has to ask for it, a whole program is run.
 */
#include "kernel/initrd.h"
#include "kernel/syscalls.h"
#include "nth.h"
#include "programs.h"
#include "stage.h"

/* ------------------------------------------------------------------ threads */

static void nothing(void *unused)
{
    (void)unused;
}

static bool create_thread(u32 unused)
{
    (void)unused;
    return thread_create("swept", nothing, NULL) != NULL;
}

SWEEP(thread_create, leaves_no_stack)
{
    stage_sweep(NULL, create_thread, thread_yield, 0);
}

static struct thread *thread;

static bool create_user_thread(u32 unused)
{
    struct trap_frame frame = { .vector = 0 };

    (void)unused;
    thread = thread_create_user(NULL, thread_current()->space, &frame, false);
    return thread != NULL;
}

static void discard_thread(void)
{
    if (thread)
        thread_discard(thread);
    thread = NULL;
    stage_leave();
}

SWEEP(thread_create_user, leaves_no_stack)
{
    stage_sweep(stage_enter, create_user_thread, discard_thread, 0);
}

/* ---------------------------------------------------------------- processes */

static struct process *process;

static bool create_process(u32 unused)
{
    u32 pid = pid_alloc();

    (void)unused;
    process = process_create(pid);
    if (!process)
        pid_free(pid);
    return process != NULL;
}

static void discard_process(void)
{
    if (process)
        process_discard(process);
    process = NULL;
}

SWEEP(process_create, leaves_no_process)
{
    stage_sweep(NULL, create_process, discard_process, 0);
}

#define EXIT  "mov $1, %eax\n int $0x80\n"

PROGRAM(end_well, "xor %ebx, %ebx\n" EXIT);

SWEEP(program_start, leaves_no_process)
{
    stage_sweep_program(end_well);
}

#define NEED_HELLO()                                     \
    do {                                                 \
        struct spot hello;                               \
        if (initrd_find(NULL, "/hello", true, &hello))   \
            SKIP("needs /hello");                        \
    } while (0)

static bool run_hello(u32 unused)
{
    char words[] = "";
    u32 status = ~0u;
    i32 result = process_run(pid_alloc(), "/hello", words, &status);

    (void)unused;
    return stage_has_ended_well(result, status);
}

SWEEP(process_run, leaves_no_process)
{
    NEED_HELLO();
    stage_sweep(NULL, run_hello, stage_wait_for_all, 0);
}

/* Nobody is told how it ended. */
static bool run_hello_beside(u32 unused)
{
    char words[] = "";

    (void)unused;
    return stage_has_ended_well(
        process_run_beside(pid_alloc(), "/hello", words), 0);
}

SWEEP(process_run_beside, leaves_no_process)
{
    NEED_HELLO();
    stage_sweep(NULL, run_hello_beside, stage_wait_for_all, 0);
}

/* ---------------------------------------------- of programs that ask for it */

/* EAX goes to EBX as it is for exit(2), or as errno. The child's status goes
 * there, too: killed is ENOMEM, as its parent sees it; and so is a status that
 * cannot be told, for which a page would be needed. */
#define FAIL  "neg %eax\n mov %eax, %ebx\n" EXIT
#define WAIT  "push %eax\n mov $114, %eax\n mov $-1, %ebx\n mov %esp, %ecx\n" \
              "xor %edx, %edx\n xor %esi, %esi\n int $0x80\n"                 \
              "mov $12, %ebx\n pop %ecx\n test %eax, %eax\n js 8f\n"          \
              "test $127, %cl\n jnz 8f\n movzbl %ch, %ebx\n 8:" EXIT
/* Memory of all kinds: read and then written, written, and a stack. */
#define TOUCH "mov $0x0804b000, %edi\n mov (%edi), %eax\n movl $1, (%edi)\n" \
              "movl $1, 0x1000(%edi)\n movl $1, -0x8000(%esp)\n"
#define CHILD_OR(call, flags)                                          \
              "mov $" #call ", %eax\n mov $" #flags ", %ebx\n"         \
              "xor %ecx, %ecx\n xor %edx, %edx\n xor %esi, %esi\n"     \
              "xor %edi, %edi\n int $0x80\n test %eax, %eax\n jz 3f\n" \
              "jns 2f\n" FAIL "2:" WAIT "3:"

PROGRAM(fork_once, TOUCH CHILD_OR(2, 0) TOUCH "xor %ebx, %ebx\n" EXIT);
PROGRAM(vfork_once, CHILD_OR(190, 0) TOUCH "xor %ebx, %ebx\n" EXIT);
PROGRAM(clone_once, TOUCH CHILD_OR(120, 17) TOUCH "xor %ebx, %ebx\n" EXIT);

/* A thread, of all flags but those that tell numbers; its stack is where TOUCH
 * goes. */
PROGRAM(thread_once,
    "mov $120, %eax\n mov $0x10f00, %ebx\n mov $0x0804c800, %ecx\n"
    "xor %edx, %edx\n xor %esi, %esi\n xor %edi, %edi\n int $0x80\n"
    "test %eax, %eax\n jz 3f\n jns 2f\n" FAIL
    "3: push %eax\n movl $1, 0x0804b000\n 2: xor %ebx, %ebx\n" EXIT);

SWEEP(process_add_thread, leaves_the_process_alone)
{
    stage_sweep_program(thread_once);
}

/* fork(2) is nothing but this. */
SWEEP(process_fork, leaves_no_process)
{
    stage_sweep_program(fork_once);
}

SWEEP(sys_fork, is_told_enomem_or_one_of_both_is_killed)
{
    stage_sweep_program(fork_once);
}

SWEEP(sys_vfork, is_told_enomem_or_both_are_killed)
{
    stage_sweep_program(vfork_once);
}

SWEEP(sys_clone, is_told_enomem_or_one_of_both_is_killed)
{
    stage_sweep_program(clone_once);
}

/* It closes its output first: what is run is to be silent. */
PROGRAM(exec_once,
    "mov $6, %eax\n mov $1, %ebx\n int $0x80\n"
    "call 4f\n .asciz \"/hello\"\n 4: pop %ebx\n xor %ecx, %ecx\n"
    "xor %edx, %edx\n mov $11, %eax\n int $0x80\n" FAIL);

SWEEP(sys_execve, is_told_enomem_or_the_new_program_is_killed)
{
    NEED_HELLO();
    stage_sweep_program(exec_once);
}
