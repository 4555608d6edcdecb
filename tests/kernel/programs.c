/*
 * programs.c - executable files for the tests of processes. See programs.h.
 */
#include "programs.h"

#include "abi/errno.h"
#include "abi/fcntl.h"
#include "abi/stat.h"
#include "kernel/file.h"
#include "lib/mem.h"

static union {
    struct program_file headers;
    u8 bytes[PAGE_SIZE];
} image;

/* ----------------------------------------------------------------- the file */

static enum status fill(struct vm_object *object, u32 page, void *memory)
{
    (void)object;
    if (page > 0)
        return ERR_BUS;
    memcpy(memory, image.bytes, PAGE_SIZE);
    return OK;
}

static i32 object_of(struct file *file, struct vm_object **object)
{
    *object = file->data;
    return 0;
}

static void describe(struct file *file, struct file_status *out)
{
    (void)file;
    out->mode = S_IFREG | 0755;
    out->size = 2 * PAGE_SIZE;
}

static void release(struct file *file)
{
    vm_object_put(file->data);
}

static const struct vm_object_source source = { .fill = fill };

static const struct file_operations operations = {
    .describe = describe,
    .object = object_of,
    .release = release,
};

static struct file *open_image(void)
{
    struct vm_object *object = vm_object_create(&source, NULL, 2);
    struct file *file =
        object ? file_create(&operations, O_RDONLY, object) : NULL;

    if (object && !file)
        vm_object_put(object);
    return file;
}

/* ------------------------------------------------------------------ for all */

struct program_file *programs_make(const u8 *code, const u8 *end)
{
    u32 bytes = (u32)(end - code);

    memset(&image, 0, sizeof image);
    image.headers.header = (struct elf_header){
        .ident = { 0x7f, 'E', 'L', 'F', 1, 1, 1 },
        .type = ELF_EXECUTABLE,
        .machine = ELF_MACHINE_386,
        .entry = PROGRAMS_START + PROGRAMS_CODE,
        .program_headers = sizeof(struct elf_header),
        .program_header_bytes = sizeof(struct elf_program_header),
        .program_header_count = 2,
    };
    image.headers.table[0] = (struct elf_program_header){
        .type = ELF_LOAD, .address = PROGRAMS_START,
        .file_bytes = PROGRAMS_CODE + bytes,
        .memory_bytes = PROGRAMS_CODE + bytes, .flags = ELF_READ | ELF_EXEC,
    };
    image.headers.table[1] = (struct elf_program_header){
        .type = ELF_LOAD, .address = PROGRAMS_DATA,
        .memory_bytes = PAGE_SIZE, .flags = ELF_READ | ELF_WRITE,
    };
    memcpy(image.bytes + PROGRAMS_CODE, code, bytes);
    return &image.headers;
}

i32 programs_open(struct program *program)
{
    i32 result;

    *program = (struct program){ .file = open_image() };
    result = program->file ? program_add(program, "test") : -ENOMEM;
    program->argument_count = 0; /* that was the path */
    return result == 0 ? program_add(program, "argv[0]") : result;
}

i32 programs_start(void)
{
    struct program program;
    i32 result = programs_open(&program);
    u32 pid = pid_alloc();

    if (result == 0)
        result = program_start(&program, pid);
    else
        pid_free(pid);
    program_close(&program);
    return result == 0 ? (i32)pid : result;
}

u32 programs_run_code(const u8 *code, const u8 *end)
{
    u32 status = ~0u;

    programs_make(code, end);
    i32 pid = programs_start();
    if (pid > 0 && process_wait(NULL, pid, true, &status, NULL) != pid)
        status = ~0u;
    return status;
}

static void count_one(const struct process *process, void *context)
{
    u32 *count = context;

    (void)process;
    ++*count;
}

u32 programs_count(void)
{
    u32 count = 0;

    process_each(count_one, &count);
    return count;
}
