/*
 * tests/abi/taint.c - looks for bytes of somebody else's: in fresh pages, in
 * what calls fill, in registers. They are known by their pattern, with which
 * this program fills all that it has, registers too, before it becomes itself
 * anew by execve(). In the kernel's own tests (tests/kernel/test_taint.c) all
 * that the kernel has is full of it, too. It needs no C library.
 */
#include "abi/dirent.h"
#include "abi/elf.h"
#include "abi/fcntl.h"
#include "abi/ioctl.h"
#include "abi/ldt.h"
#include "abi/resource.h"
#include "abi/sched.h"
#include "abi/stat.h"
#include "abi/time.h"
#include "abi/uio.h"
#include "abi/unistd.h"
#include "lib/child.h"
#include "lib/mem.h"
#include "lib/print.h"

enum { PAGES = 32, RUN = 2, FPU_STATE = 512, FILLED = 0x11 };

/* The other way round, so that the pattern is nowhere in the file. */
static volatile const u8 not_pattern = 0x24;
static u32 found, looked;

static u8 pattern(void)
{
    return (u8)~not_pattern;
}

/* Two bytes in a row are no chance; one may be any number's. */
static void look_at(const char *name, const void *memory, u32 bytes)
{
    const u8 *byte = memory, wanted = pattern();
    u32 run = 0;

    looked++;
    for (u32 i = 0; i < bytes; i++) {
        run = byte[i] == wanted ? run + 1 : 0;
        if (run == RUN) {
            print("# taint: %s: byte %u of %u\n", name, i, bytes);
            found++;
            return;
        }
    }
}

static void expect(const char *name, bool holds)
{
    looked++;
    if (!holds) {
        print("# taint: %s\n", name);
        found++;
    }
}

/* --- pages ---------------------------------------------------------------- */

/* Read each page, then write to it, and look at both. */
static void look_at_pages(const char *name, void *memory, u32 pages)
{
    look_at(name, memory, pages * PAGE);
    for (u32 page = 0; page < pages; page++)
        ((volatile u8 *)memory)[page * PAGE + 100] = 1;
    look_at(name, memory, pages * PAGE);
}

static void look_at_fresh(void)
{
    const u32 rw = PROT_READ | PROT_WRITE;
    u8 *memory = map(NULL, PAGES * PAGE, rw, MAP_PRIVATE);
    u8 *shared = map(NULL, PAGES * PAGE, rw, MAP_SHARED);
    u8 *written = map(NULL, PAGES * PAGE, rw, MAP_PRIVATE | MAP_POPULATE);

    look_at_pages("private pages", memory, PAGES);
    look_at_pages("shared pages", shared, PAGES);
    look_at("pages made at once", written, PAGES * PAGE);
    for (u32 page = 0; page < PAGES; page++)
        written[page * PAGE] = 1;
    madvise(memory, PAGES * PAGE, MADV_DONTNEED);
    look_at_pages("pages that were forgotten", memory, PAGES);
    memory = mremap(memory, PAGES * PAGE, 2 * PAGES * PAGE, MREMAP_MAYMOVE, 0);
    look_at_pages("pages that were moved", memory, 2 * PAGES);
    u32 heap = brk(0);
    brk(heap + PAGES * PAGE);
    look_at_pages("the heap", (void *)round_up(heap, PAGE), PAGES - 1);
}

static void note(i32 number)
{
    (void)number;
}

/* Frames of both kinds, on a stack of fresh pages. */
static void look_at_frames(void)
{
    struct sigstack stack = {
        .start = (u32)map(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE),
        .bytes = 2 * PAGE,
    };

    system_call(SYS_sigaltstack, &stack, NULL);
    for (u32 kind = 0; kind <= SA_SIGINFO; kind += SA_SIGINFO) {
        struct sigaction action = { .handler = (u32)note,
                                    .flags = SA_ONSTACK | kind };

        sigaction(SIGUSR1, &action);
        system_call(SYS_kill, system_call(SYS_getpid), SIGUSR1);
        look_at("a signal's frame", (void *)stack.start, stack.bytes);
    }
}

static void look_at_file(const char *path)
{
    struct stat64 about = { .st_size = 0 };
    i32 fd = system_call(SYS_open, path, O_RDONLY);

    system_call(SYS_fstat64, fd, &about);
    u32 bytes = (u32)about.st_size, whole = round_up(bytes, PAGE);
    for (u32 flags = MAP_SHARED; flags <= MAP_PRIVATE; flags++) {
        u32 rights = PROT_READ | (flags == MAP_PRIVATE ? PROT_WRITE : 0);
        u8 *file = (u8 *)system_call(SYS_mmap2, 0, whole, rights, flags, fd,
                                     0);

        look_at("a file", file, whole);
        if (flags == MAP_PRIVATE)
            file[whole - 1] = 1;
        look_at("behind a file's end", file + bytes, whole - bytes);
        munmap(file, whole);
    }
    close(fd);
}

/* All of the program as it was loaded, and of the stack; `strings` lies in the
 * stack's last page, and what is below ESP is made now. */
static void look_at_image(const struct auxv_pair *auxv)
{
    const struct elf_program_header *segment = NULL;
    u32 segments = 0, strings = 0, here = (u32)&segment;

    for (; auxv->type; auxv++)
        if (auxv->type == AT_PHDR)
            segment = (const void *)auxv->value;
        else if (auxv->type == AT_PHNUM)
            segments = auxv->value;
        else if (auxv->type == AT_EXECFN)
            strings = auxv->value;
    for (; segments > 0; segments--, segment++) {
        u32 start = round_down(segment->address, PAGE);
        u32 end = round_up(segment->address + segment->memory_bytes, PAGE);

        if (segment->type == ELF_LOAD)
            look_at("the program", (void *)start, end - start);
    }
    u32 start = round_down(here, PAGE) - PAGES * PAGE;
    look_at("the stack", (void *)start, round_up(strings, PAGE) - start);
}

/* --- registers ------------------------------------------------------------ */

/* Make a call with in[0] in EAX, the arguments behind it; out: what PUSHA
 * pushes after it. */
void traced_call(const u32 in[7], u32 out[8]);

__asm__(".pushsection .text\n"
        "traced_call:\n\t"
        "push %ebx\n\t push %esi\n\t push %edi\n\t push %ebp\n\t"
        "mov 20(%esp), %eax\n\t"
        "mov 4(%eax), %ebx\n\t mov 8(%eax), %ecx\n\t"
        "mov 12(%eax), %edx\n\t mov 16(%eax), %esi\n\t"
        "mov 20(%eax), %edi\n\t mov 24(%eax), %ebp\n\t"
        "mov (%eax), %eax\n\t int $0x80\n\t"
        "pushal\n\t mov 56(%esp), %edi\n\t mov %esp, %esi\n\t"
        "mov $8, %ecx\n\t rep movsl\n\t popal\n\t"
        "pop %ebp\n\t pop %edi\n\t pop %esi\n\t pop %ebx\n\t ret\n"
        ".popsection");

static void fill_registers(void)
{
    static u8 state[FPU_STATE] __attribute__((aligned(16)));

    memset(state, pattern(), sizeof state);
    for (u32 i = 0; i < 8; i++)
        __asm__ volatile("fldt %0" : : "m"(*state));
    __asm__ volatile("movups %0, %%xmm0\n\t movups %0, %%xmm3\n\t"
                     "movups %0, %%xmm7" : : "m"(*state));
}

static void look_at_registers(void)
{
    static u8 state[FPU_STATE] __attribute__((aligned(16)));
    struct user_desc segment = { .entry = 6 };
    u32 fs, gs;

    __asm__ volatile("fxsave %0" : "=m"(state));
    look_at("the registers of x87 and SSE", state, sizeof state);
    expect("an x87 register is in use", state[4] == 0);
    __asm__ volatile("mov %%fs, %0\n\t mov %%gs, %1" : "=r"(fs), "=r"(gs));
    expect("FS or GS is not empty", fs == 0 && gs == 0);
    for (; segment.entry < 9; segment.entry++) {
        system_call(SYS_get_thread_area, &segment);
        expect("a segment is left", segment.base == 0 && segment.limit == 0);
    }
}

/* --- calls ---------------------------------------------------------------- */

static u8 buffer[PAGE] __attribute__((aligned(PAGE)));
static struct iovec pieces[2] = { { (u32)buffer, 8 }, { (u32)buffer + 9, 8 } };

enum { A_FILE = 3, A_FOLDER, PIPE_OUT, PIPE_IN };

#define BUFFER ((u32)buffer)
#define CALL(name, ...) { #name, { SYS_##name, __VA_ARGS__ } }

/* Each writes to the buffer, if at all. */
static const struct call {
    const char *name;
    u32 registers[7];
} calls[] = {
    CALL(uname, BUFFER), CALL(fstat64, A_FILE, BUFFER),
    CALL(fstat64, A_FOLDER, BUFFER), CALL(fstat64, PIPE_OUT, BUFFER),
    CALL(fstat64, 1, BUFFER), CALL(stat64, (u32)"/data/text", BUFFER),
    CALL(lstat64, (u32)"/data/link", BUFFER),
    CALL(fstatat64, A_FOLDER, (u32)"text", BUFFER, 0),
    CALL(statx, A_FOLDER, (u32)"text", 0, STATX_BASIC_STATS, BUFFER),
    CALL(statx, PIPE_OUT, (u32)"", AT_EMPTY_PATH, STATX_BASIC_STATS, BUFFER),
    CALL(getdents64, A_FOLDER, BUFFER, PAGE),
    CALL(readlink, (u32)"/data/link", BUFFER, PAGE),
    CALL(readlinkat, A_FOLDER, (u32)"link", BUFFER, PAGE),
    CALL(read, A_FILE, BUFFER, PAGE), CALL(read, A_FILE, BUFFER, PAGE),
    CALL(readv, A_FILE, (u32)pieces, 2), CALL(read, PIPE_OUT, BUFFER, PAGE),
    CALL(pread64, A_FILE, BUFFER, PAGE, 10, 0),
    CALL(_llseek, A_FILE, 0, 5, BUFFER, SEEK_SET),
    CALL(pipe, BUFFER), CALL(pipe2, BUFFER, O_NONBLOCK),
    CALL(ioctl, 1, TCGETS, BUFFER), CALL(ioctl, 1, TIOCGWINSZ, BUFFER),
    CALL(ioctl, A_FILE, TCGETS, BUFFER), CALL(fcntl64, A_FILE, F_GETFL),
    CALL(clock_gettime, CLOCK_MONOTONIC, BUFFER),
    CALL(clock_gettime64, CLOCK_REALTIME, BUFFER),
    CALL(nanosleep, BUFFER + 8, BUFFER),
    CALL(ugetrlimit, RLIMIT_STACK, BUFFER),
    CALL(prlimit64, 0, RLIMIT_NOFILE, 0, BUFFER),
    CALL(getresuid32, BUFFER, BUFFER + 4, BUFFER + 8),
    CALL(getgroups32, 32, BUFFER), CALL(mincore, BUFFER, PAGE, BUFFER),
    CALL(get_thread_area, BUFFER), CALL(getpid), CALL(getppid), CALL(gettid),
    CALL(sched_yield), CALL(brk, 0), CALL(getuid32), CALL(munmap, 1, 1),
    CALL(wait4, ~0u, BUFFER, WNOHANG, BUFFER + 64), CALL(close, 999),
    CALL(clone, SIGCHLD | CLONE_PARENT_SETTID, 0, BUFFER),
    CALL(wait4, ~0u, BUFFER, 0, BUFFER + 64), CALL(fork),
    CALL(waitpid, ~0u, BUFFER, 0),
};

/* Behind a name everything is 0 or as it was, up to the next entry. */
static void look_at_entries(u32 bytes)
{
    for (u32 at = 0; at < bytes;) {
        const struct dirent64 *entry = (const void *)(buffer + at);
        const u8 *byte = (const u8 *)entry->d_name;
        const u8 *end = buffer + at + entry->d_reclen;

        while (*byte)
            byte++;
        while (byte < end && (*byte == 0 || *byte == FILLED))
            byte++;
        expect("behind a name there is something", byte == end);
        at += entry->d_reclen;
    }
}

static void try_call(const struct call *call)
{
    enum { EDI, ESI, EBP, ESP, EBX, EDX, ECX, EAX };
    static const u8 places[] = { EBX, ECX, EDX, ESI, EDI, EBP };
    u32 number = call->registers[0], after[8];
    bool sleeps = number == SYS_nanosleep;

    memset(buffer, sleeps || number == SYS_get_thread_area ? 0 : FILLED, PAGE);
    if (number == SYS_get_thread_area)
        buffer[0] = 6;
    traced_call(call->registers, after);
    if (after[EAX] == 0 && (number == SYS_fork || number == SYS_clone))
        exit(0);
    for (u32 i = 0; i < ARRAY_SIZE(places); i++)
        if (after[places[i]] != call->registers[1 + i])
            expect(call->name, false);
    look_at(call->name, buffer, PAGE);
    if (number == SYS_getdents64)
        look_at_entries(after[EAX]);
}

static void try_calls(void)
{
    i32 ends[2];

    system_call(SYS_open, "/data/text", O_RDONLY);
    system_call(SYS_open, "/data", O_RDONLY);
    pipe2(ends, O_NONBLOCK);
    write(PIPE_IN, "12345", 5);
    for (u32 i = 0; i < ARRAY_SIZE(calls); i++)
        try_call(&calls[i]);
}

/* --- in sum --------------------------------------------------------------- */

static void look_everywhere(void)
{
    look_at_fresh();
    look_at_frames();
    try_calls();
    exit((i32)found);
}

/* Memory, registers and a segment, all full of the pattern. */
static void fill_everything(void)
{
    u8 *memory = map(NULL, 4 * PAGES * PAGE, PROT_READ | PROT_WRITE,
                     MAP_PRIVATE);
    u8 stack[256];
    struct user_desc segment = { 6, 0, 0xfffff,
                                 USER_DESC_32_BITS | USER_DESC_PAGES };

    memset(memory, pattern(), 4 * PAGES * PAGE);
    memset(buffer, pattern(), PAGE);
    memset(stack, pattern(), sizeof stack);
    memset(&segment.base, pattern(), sizeof segment.base);
    system_call(SYS_set_thread_area, &segment);
    __asm__ volatile("mov %0, %%gs" : : "r"(0x33), "m"(stack));
    fill_registers();
}

int main(int argc, char *argv[], char *envp[])
{
    static char again[] = "again";
    char *const arguments[] = { argv[0], again, NULL };

    if (argc == 1) {
        fill_everything();
        execve(argv[0], arguments, NULL);
        return 1;
    }
    look_at_registers();
    while (*envp)
        envp++;
    look_at_image((const void *)(envp + 1));
    look_at_file(argv[0]);
    look_at_file("/data/text");
    u32 status = in_child(look_everywhere);
    look_at_fresh();
    look_at_frames();
    try_calls();
    print("%u looks, %u finds, and %u in the child\n", looked, found,
          WEXITSTATUS(status));
    return found || status;
}
