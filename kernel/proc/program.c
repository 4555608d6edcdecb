/*
 * kernel/proc/program.c - a program's space, ready to run.
 *
 * What a program finds at its start, from Linux's ABI for i386:
 *
 *      0xc0000000  +--------------------------+
 *                  | 0                        |
 *                  | path arguments variables |  strings, as they were gathered
 *                  +--------------------------+
 *                  | 16 random bytes, "i686"  |
 *                  | auxv: pairs of words     |
 *                  | 0                        |
 *                  | pointers to variables    |
 *                  | 0                        |
 *                  | pointers to arguments    |
 *      ESP ->      | how many arguments       |  aligned to 16
 *                  +--------------------------+
 *                  | some pages, to begin     |
 *                  | with; it grows down      |
 *
 * The strings are one block of memory in the kernel, and what is below them is
 * made as another: each goes to the new space by one vm_write(). Nothing of the
 * kernel's gets there but these.
 *
 * Cost: two allocations, and a page touched; O(bytes of the strings).
 */
#include "kernel/program.h"

#include "abi/errno.h"
#include "abi/fcntl.h"
#include "abi/stat.h"
#include "kernel/elf.h"
#include "kernel/files.h"
#include "kernel/initrd.h"
#include "kernel/pit.h"
#include "kernel/random.h"
#include "kernel/string.h"
#include "kernel/syscalls.h"
#include "kernel/usercopy.h"
#include "mm/kheap.h"
#include "mm/vm.h"

enum {
    TEXT_FIRST = 512,       /* bytes allocated for the strings, at first   */
    TEXT_MAX = 6 << 20,     /* of strings and pointers, whatever the limit */
    STACK_PAGES = 4,        /* mapped below what is written at the start   */
    STACK_ALIGN = 16,
    RANDOM_WORDS = 4,
    PLATFORM_WORDS = 2,
    AUXV_PAIRS = 18,
};

/* ---------------------------------------------------------------- gathering */

/* Strings and pointers may fill a quarter of the stack. */
static u32 text_max(void)
{
    const struct process *process = process_current();
    u64 stack = process ? process->limits[RLIMIT_STACK].now : TEXT_MAX;

    if (stack / 4 > TEXT_MAX)
        return TEXT_MAX;
    return max_u32((u32)stack / 4, PROGRAM_STRING_MAX);
}

static bool is_too_big(const struct program *program)
{
    u32 pointers = program->argument_count + program->variable_count;

    return program->bytes + pointers * (u32)sizeof(u32) > text_max();
}

NODISCARD static bool grow(struct program *program)
{
    u32 room = program->room ? 2 * program->room : TEXT_FIRST;
    char *text = krealloc(program->text, room);

    if (!text)
        return false;
    program->text = text;
    program->room = room;
    return true;
}

/* What a string comes from: the kernel's memory, or a program's. */
typedef i32 (*copy_t)(char *to, u32 size, const char *string, u32 address);

static i32 copy_from_kernel(char *to, u32 size, const char *string,
                            u32 address)
{
    u32 length = (u32)strlen(string);

    (void)address;
    if (length >= size)
        return -ENAMETOOLONG;
    memcpy(to, string, length + 1);
    return (i32)length;
}

static i32 copy_from_user(char *to, u32 size, const char *string, u32 address)
{
    (void)string;
    return user_read_string(to, user_addr(address), size);
}

static i32 add(struct program *program, copy_t copy, const char *string,
               u32 address)
{
    i32 length = -ENAMETOOLONG;

    while (length == -ENAMETOOLONG) {
        u32 left = program->room - program->bytes;

        if (left > 0)
            length = copy(program->text + program->bytes, left, string,
                          address);
        if (length == -ENAMETOOLONG && left >= PROGRAM_STRING_MAX)
            return -E2BIG;
        if (length == -ENAMETOOLONG && !grow(program))
            return -ENOMEM;
    }
    if (length < 0)
        return length;
    if (length >= PROGRAM_STRING_MAX)
        return -E2BIG;
    program->bytes += (u32)length + 1;
    return 0;
}

i32 program_add(struct program *program, const char *argument)
{
    program->argument_count++;
    return add(program, copy_from_kernel, argument, 0);
}

static i32 add_vector(struct program *program, u32 vector, u32 *count)
{
    for (; vector != 0; vector += (u32)sizeof(u32)) {
        u32 string;

        if (!user_read(&string, user_addr(vector), sizeof string))
            return -EFAULT;
        if (string == 0)
            return 0;
        ++*count;
        i32 result = add(program, copy_from_user, NULL, string);
        if (result == 0 && is_too_big(program))
            result = -E2BIG;
        if (result != 0)
            return result;
    }
    return 0;
}

i32 program_add_vectors(struct program *program, u32 arguments,
                        u32 environment)
{
    i32 result = add_vector(program, arguments, &program->argument_count);

    if (result == 0 && program->argument_count == 0)
        result = program_add(program, ""); /* as Linux since 5.18 */
    if (result == 0)
        result = add_vector(program, environment, &program->variable_count);
    return result;
}

static i32 open_file(struct program *program, const struct spot *from)
{
    struct file_status status;
    i32 result = -ENAMETOOLONG;

    if (program->bytes <= PATH_MAX)
        result = initrd_open_at(from, program->text, O_RDONLY, &program->file);
    if (result != 0)
        return result;
    file_describe(program->file, &status);
    if ((status.mode & S_IFMT) != S_IFREG || !(status.mode & S_EXECUTE))
        return -EACCES;
    return 0;
}

i32 program_open(struct program *program, const char *path)
{
    i32 result = add(program, copy_from_kernel, path, 0);

    return result == 0 ? open_file(program, NULL) : result;
}

i32 program_open_user(struct program *program, u32 path)
{
    i32 result = add(program, copy_from_user, NULL, path);

    if (result == -E2BIG)
        return -ENAMETOOLONG;
    return result == 0 ? open_file(program, &process_current()->directory)
                       : result;
}

void program_close(struct program *program)
{
    if (program->file)
        file_put(program->file);
    kfree(program->text);
}

void program_name(const struct program *program, char name[THREAD_NAME])
{
    const char *last = program->text, *slash;
    u32 length = 0;

    while ((slash = strchr(last, '/')) && slash[1])
        last = slash + 1;
    while (length < THREAD_NAME - 1 && last[length]) {
        name[length] = last[length];
        length++;
    }
    name[length] = '\0';
}

/* -------------------------------------------------------------- the stack */

/* Where the parts of the stack come to lie. */
struct stack_plan {
    u32 text;   /* the strings               */
    u32 head;   /* all below them; ESP       */
    u32 words;  /* of the head               */
};

static struct stack_plan plan_stack(const struct program *program)
{
    u32 words = 1 + program->argument_count + 1 + program->variable_count + 1 +
                AUXV_PAIRS * 2 + RANDOM_WORDS + PLATFORM_WORDS;
    u32 text = USER_END - (u32)sizeof(u32) - program->bytes;

    return (struct stack_plan){
        .text = text,
        .words = words,
        .head = round_down(text - words * (u32)sizeof(u32), STACK_ALIGN),
    };
}

/* Write pointers to `count` strings, and a NULL; each string begins behind the
 * one before. Returns what comes behind. */
static u32 *write_pointers(u32 *word, u32 count, const char **string,
                           u32 *address)
{
    for (u32 i = 0; i < count; i++) {
        u32 bytes = (u32)strlen(*string) + 1;

        *word++ = *address;
        *string += bytes;
        *address += bytes;
    }
    *word++ = 0;
    return word;
}

/* The random bytes and the platform's name are at `extra`. Of a user's numbers
 * all are 0: everybody is root. */
static u32 *write_auxv(u32 *word, const struct elf_image *image, u32 path,
                       u32 extra)
{
    const struct auxv_pair pairs[AUXV_PAIRS] = {
        { AT_HWCAP, 0 },
        { AT_PAGESZ, PAGE_SIZE },
        { AT_CLKTCK, PIT_HZ },
        { AT_PHDR, image->program_headers },
        { AT_PHENT, sizeof(struct elf_program_header) },
        { AT_PHNUM, image->program_header_count },
        { AT_BASE, 0 },
        { AT_FLAGS, 0 },
        { AT_ENTRY, image->entry },
        { AT_UID, 0 },
        { AT_EUID, 0 },
        { AT_GID, 0 },
        { AT_EGID, 0 },
        { AT_SECURE, 0 },
        { AT_RANDOM, extra },
        { AT_EXECFN, path },
        { AT_PLATFORM, extra + RANDOM_WORDS * (u32)sizeof(u32) },
        { AT_NULL, 0 },
    };

    memcpy(word, pairs, sizeof pairs);
    return word + AUXV_PAIRS * 2;
}

/* All below the strings. */
static void write_head(u32 *word, const struct program *program,
                       const struct stack_plan *plan,
                       const struct elf_image *image)
{
    u32 path_bytes = (u32)strlen(program->text) + 1;
    const char *string = program->text + path_bytes;
    u32 address = plan->text + path_bytes;
    u32 extra_words = RANDOM_WORDS + PLATFORM_WORDS;
    u32 extra = plan->head +
                (plan->words - extra_words) * (u32)sizeof(u32);

    *word++ = program->argument_count;
    word = write_pointers(word, program->argument_count, &string, &address);
    word = write_pointers(word, program->variable_count, &string, &address);
    word = write_auxv(word, image, plan->text, extra);
    random_fill(word, RANDOM_WORDS * sizeof(u32));
    memcpy(word + RANDOM_WORDS, "i686\0\0\0", PLATFORM_WORDS * sizeof(u32));
}

static i32 map_stack(struct vm_space *space, const struct stack_plan *plan)
{
    u32 start = round_down(plan->head, PAGE_SIZE) - STACK_PAGES * PAGE_SIZE;
    struct vm_request request = {
        .at = start,
        .bytes = USER_END - start,
        .flags = VM_READ | VM_WRITE | VM_GROWS_DOWN,
        .place = VM_NO_REPLACE,
    };
    virt_addr_t at;
    enum status status = vm_map(space, &request, &at);

    return status == ERR_EXIST ? -ENOMEM : errno_of(status);
}

static i32 make_stack(struct vm_space *space, const struct program *program,
                      const struct elf_image *image, u32 *esp)
{
    struct stack_plan plan = plan_stack(program);
    u32 *head = kalloc(plan.words * sizeof *head);

    if (!head)
        return -ENOMEM;
    write_head(head, program, &plan, image);
    i32 result = map_stack(space, &plan);
    if (result == 0 &&
        (!vm_write(space, plan.text, program->text, program->bytes) ||
         !vm_write(space, plan.head, head, plan.words * (u32)sizeof *head)))
        result = -ENOMEM;
    kfree(head);
    *esp = plan.head;
    return result;
}

/* ------------------------------------------------------------------- in sum */

i32 program_load(struct program *program, u32 stack_max,
                 struct vm_space **space, struct trap_frame *frame)
{
    struct elf_image image;
    u32 esp;

    *space = vm_space_create();
    if (!*space)
        return -ENOMEM;
    (*space)->stack_max = stack_max;
    i32 result = elf_load(*space, program->file, &image, &program->wrong);
    if (result == 0)
        result = make_stack(*space, program, &image, &esp);
    if (result != 0) {
        vm_space_put(*space);
        *space = NULL;
        return result;
    }
    (*space)->heap_start = (*space)->heap_end = image.end;
    trap_frame_begin(frame, image.entry, esp);
    return 0;
}
