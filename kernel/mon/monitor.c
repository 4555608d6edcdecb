/*
 * kernel/mon/monitor.c - the shell on the serial port.
 *
 *      key -> line.c -> line -> find the command -> check what follows -> run
 *
 * The table below is all that the shell knows of its commands: `help` prints
 * it, Tab completes from it, and what a command takes is checked against it
 * in one place. Its order is the order in which memory management is built,
 * so that `help` is a table of contents.
 *
 * Cost: nothing while nobody types; the processor sleeps.
 */
#include "kernel/monitor.h"
#include "kernel/boot_options.h"
#include "kernel/command.h"
#include "kernel/console.h"
#include "kernel/line.h"
#include "kernel/number.h"
#include "kernel/process.h"
#include "kernel/string.h"
#include "lib/mem.h"

enum takes {
    TAKES_NOTHING = 1,
    TAKES_NUMBER, /* or nothing */
    TAKES_ADDRESS, /* or nothing; with `PID:` before it, a program's */
    TAKES_TEXT,   /* or nothing */
};

struct command {
    const char *name;
    const char *usage; /* what may follow the name */
    enum takes takes;
    void (*run)(const struct argument *argument);
    const char *does;
    const char *read; /* the file that explains it */
};

static void command_help(const struct argument *argument);

static const struct command commands[] = {
    { "map", "", TAKES_NOTHING, command_map,
      "L0: whose bytes? the firmware's story", "mm/memmap.c" },
    { "frames", "[N]", TAKES_NUMBER, command_frames,
      "L1: frames by kind, or what frame N is", "mm/pmm.c" },
    { "pt", "[ADDR]", TAKES_ADDRESS, command_pt,
      "L2: what is mapped, or how ADDR is found", "mm/pt.c" },
    { "peek", "ADDR", TAKES_NUMBER, command_peek,
      "4 bytes; a fault explains itself: try 0", "kernel/fault.c" },
    { "kva", "", TAKES_NOTHING, command_kva,
      "L3: ranges of kernel addresses", "mm/kva.c" },
    { "heap", "[ADDR]", TAKES_NUMBER, command_heap,
      "L4: caches, blocks, or what ADDR is in", "mm/kheap.c" },
    { "alloc", "BYTES", TAKES_NUMBER, command_alloc,
      "kalloc: a block to look at; try 9000000", "mm/kheap.c" },
    { "free", "ADDR", TAKES_NUMBER, command_free,
      "kfree: free it; then free it again", "mm/slab_slot.h" },
    { "leaks", "[since M]", TAKES_TEXT, command_leaks,
      "who allocated what is in use; heap=trace", "mm/kheap_leaks.c" },
    { "run", "PATH ARGS", TAKES_TEXT, command_run,
      "run a program: /hello, /regions 60 &", "kernel/proc/exec.c" },
    { "ps", "", TAKES_NOTHING, command_ps,
      "L5: who runs, and with how much memory", "kernel/proc/" },
    { "maps", "[PID]", TAKES_NUMBER, command_maps,
      "L5: the regions of a program's space", "mm/vm.c" },
    { "mem", "", TAKES_NOTHING, command_mem,
      "all layers: how much? do the sums agree?", "include/mm/" },
    { "meminfo", "", TAKES_NOTHING, command_meminfo,
      "the same as Linux tells programs", "kernel/fs/meminfo.c" },
    { "check", "", TAKES_NOTHING, command_check,
      "assert every invariant of every layer", "mm/*_check.c" },
    { "audit", "", TAKES_NOTHING, command_audit,
      "all layers against each other: one story?", "mm/audit.c" },
    { "what", "[P:]ADDR", TAKES_ADDRESS, command_what,
      "all layers: what is known of ADDR", "kernel/place.c" },
    { "test", "[PATTERN]", TAKES_TEXT, command_test,
      "run the self-tests, or those of PATTERN", "tests/unit/" },
    { "panic", "[WORDS]", TAKES_TEXT, command_panic,
      "see what a panic tells you", "kernel/panic.c" },
    { "reboot", "", TAKES_NOTHING, command_reboot,
      "start again", "kernel/dev/power.c" },
    { "off", "", TAKES_NOTHING, command_off,
      "turn the machine off", "kernel/dev/power.c" },
    { "help", "", TAKES_NOTHING, command_help,
      "this list", "docs/tour.md" },
};

static void command_help(const struct argument *argument)
{
    (void)argument;
    kprintf("The layers of memory, in the order in which they are built:\n");
    for (u32 i = 0; i < ARRAY_SIZE(commands); i++) {
        const struct command *c = &commands[i];

        kprintf("  %-7s %-9s %-40s %s\n", c->name, c->usage, c->does,
                c->read);
    }
    kprintf("Numbers are decimal, or hexadecimal after 0x. `7:0x8048000` is an "
            "address of\nprocess 7, for pt and what. At the right: what to "
            "read next.\n");
}

static const struct command *find_command(const char *name)
{
    for (u32 i = 0; i < ARRAY_SIZE(commands); i++)
        if (strcmp(commands[i].name, name) == 0)
            return &commands[i];
    return NULL;
}

/* Cut the first word off: it ends with a 0 byte then. Returns what follows,
 * without spaces around it. */
static char *split(char *words)
{
    char *rest = strchr(words, ' ');

    if (!rest)
        return words + strlen(words);
    while (*rest == ' ')
        *rest++ = '\0';
    return rest;
}

static void trim_end(char *text)
{
    size_t length = strlen(text);

    while (length > 0 && text[length - 1] == ' ')
        text[--length] = '\0';
}

static void complain(const struct command *command, const char *text,
                     const char *wrong)
{
    kprintf("%s: \"%s\" %s. Usage: %s%s%s\n", command->name, text, wrong,
            command->name, *command->usage ? " " : "", command->usage);
}

/* Whose address it is. NULL: nothing is wrong; then *word is the address. */
static const char *read_space(struct argument *argument, const char **word)
{
    char pid_text[] = "4294967295";
    const char *colon = strchr(argument->text, ':');
    u32 pid;

    *word = argument->text;
    if (!colon)
        return NULL;
    size_t length = (size_t)(colon - argument->text);
    if (length >= sizeof pid_text)
        return "is not a process and an address";
    memcpy(pid_text, argument->text, length);
    pid_text[length] = '\0';
    if (number_parse(pid_text, &pid))
        return "is not a process and an address";
    const struct process *process = process_find(pid);
    if (!process || !process->space)
        return "is of no process that there is (see ps)";
    argument->space = process->space;
    *word = colon + 1;
    return NULL;
}

/* What is wrong with what was typed behind the command? NULL: nothing. */
static const char *read_argument(const struct command *command,
                                 struct argument *argument)
{
    if (!argument->given || command->takes == TAKES_TEXT)
        return NULL;
    if (command->takes == TAKES_NOTHING)
        return "is too much";
    const char *word = argument->text, *wrong = NULL;
    if (command->takes == TAKES_ADDRESS)
        wrong = read_space(argument, &word);
    return wrong ? wrong : number_parse(word, &argument->number);
}

static void run_line(char *line)
{
    while (*line == ' ')
        line++;
    trim_end(line);
    if (*line == '\0')
        return;

    char *rest = split(line);
    const struct command *command = find_command(line);
    if (!command) {
        kprintf("unknown command: %s (try help)\n", line);
        return;
    }
    struct argument argument = { .given = *rest != '\0', .text = rest };
    const char *wrong = read_argument(command, &argument);
    if (wrong)
        complain(command, rest, wrong);
    else
        command->run(&argument);
}

static const char *command_name(u32 index)
{
    return index < ARRAY_SIZE(commands) ? commands[index].name : NULL;
}

static void console_put(struct print_sink *sink, char c)
{
    (void)sink;
    console_putc(c);
}

void monitor_run(void)
{
    static struct print_sink out = { console_put };
    static struct line_setup setup = {
        .out = &out,
        .prompt = "strata> ",
        .word = command_name,
    };
    static struct line line;

    line.setup = &setup;
    setup.plain = boot_option("plain") != NULL;
    for (;;) {
        line_begin(&line);
        while (!line_key(&line, console_getc()))
            ;
        run_line(line.text);
    }
}
