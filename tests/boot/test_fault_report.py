#!/usr/bin/env -S python3 -B
"""The report of an unhandled fault: its parts, their order, and that even a
damaged kernel gets to the end of one.

GDB does the damage, while the shell waits for a key.
"""

import re

from machine import PROMPT, ROOT, Machine, image
from tap import Tap

END = "The machine is halted."
COLUMNS = 80

# Every kernel, and a processor to run it.
KERNELS = [("gcc", "release", "pentium"), ("gcc", "release", "max"),
           ("gcc", "checked", "max"), ("clang", "release", "pentium"),
           ("clang", "checked", "max")]


def place(file, text):
    """The pattern of the only line of the file that has this text."""
    lines = [number for number, line in enumerate(
             (ROOT / file).read_text().splitlines(), 1) if text in line]
    assert len(lines) == 1, (file, text, lines)
    return rf"\({file}:{lines[0]}\)"


def call(function, file, text):
    """The pattern of an address in the function, at the end of a line."""
    return rf"0x\w+ <{function}\+0x\w+> {place(file, text)}$"


PEEK = call("command_peek", "kernel/mon/cmd_mm.c", "address->number, *word)")

# The parts of a report, in order, as patterns.
PARTS = [
    r"^panic: page fault: read of 0x00000014, where nothing is mapped: "
    r"null pointer in " + PEEK,
    r"^tried: read of 0x00000014 by the kernel$",
    r"^  at " + PEEK,
    r"^walk:$",
    r"^  directory entry 0: 0x00000000  not present$",
    r"^there: null \+ 0x14",
    r"^likely cause: a pointer was null",
    r"^back-trace:$",
    r"^  " + PEEK,
    r"^  " + call("monitor_run", "kernel/mon/monitor.c",
                  "command->run(&argument)"),
    r"^  " + call("kernel_main", "kernel/main.c", "monitor_run();"),
    r"^registers:$",
    r"cr2 00000014",
    r"^memmap: ",
    r"^kheap: ",
]

# What is typed before `pt ADDR` and `peek ADDR`, the address; what the first
# line of the report says; what is said to live there.
WALKS = [
    ([], "0xf0005000", "address above the direct map", "nothing: between"),
    (["alloc 9000000"], "0xf0004ffc", "overrun into a guard page",
     "guard page below 'heap block'"),
    (["alloc 9000000", "free 0xf0005000"], "0xf0005000", "use after free",
     r"(?s)nothing any more: .*freed by 0x\w+ <"),
    ([], "0xff800000", "use of a closed window", "window 0, closed"),
    ([], "0xc00a0000", "direct map without RAM", "0x000a0000 is reserved"),
    ([], "0x00400000", "physical address as a pointer", "frame 0x400: free"),
]

FAULTS, TRAPS = "tests/kernel/test_faults.c", "tests/kernel/test_traps.c"
TOUCH = place(FAULTS, "word = *target;")
CALL = place(FAULTS, "function();")

# Each classic mistake: the self-test that makes it; what the first line says;
# what is said to live there; and from where it was made.
MISTAKES = [
    ("trap: a read through null", "read of 0x00000000.*: null pointer",
     "null", place(TRAPS, "zero = *nowhere")),
    ("fault: a call through null", "execution of 0x00000000.*: call through",
     "null", CALL),
    ("trap: a write to code", "read-only: write to the kernel's code",
     "kernel code", r"<test_trap_a_write_to_code\S+\s+\(tests"),
    ("trap: a write to a constant", "read-only: write to a constant",
     "kernel constants", r"<test_trap_a_write_to_a_constant\S+\s+\(tests"),
    ("trap: a stack that overflows", "double fault.*: kernel stack overflow",
     "guard page below 'the boot stack'",
     place(TRAPS, "here += recurse(depth + 1)") + r", and\s+\d+ times more$"),
    ("fault: smep", "execution of .* a program's: jump into user memory",
     "the user half", CALL),
    ("fault: smap", "read of .* a program's: user memory without brackets",
     "the user half", TOUCH),
    ("fault: a use of a freed range", "nothing is mapped: use after free",
     "nothing any more: kernel range 'a test's range'", TOUCH),
    ("fault: a use after unmapping", "nothing is mapped: use after unmapping",
     "byte 0x0 of kernel range 'a test's range'", TOUCH),
    ("fault: a frame above", "address above the direct map",
     "nothing: between the kernel ranges", TOUCH),
]

# The claim; the damage; what is typed then; what is said, as patterns.
DAMAGES = [
    ("a fault while the facts are gathered",
     "set var pmm.entries = 0x1000", "peek 0xc00a0000",
     [r"panic: page fault at 0x\w+ while another fault was being reported"]),
    ("a fault while the report is printed",
     "set var pt_state.kernel.entries = 0x1000", "peek 0",
     [r"panic: page fault: read of 0x00000000", r"likely cause: ",
      r"panic: during this report: page fault at 0x\w+ while another",
      r"the first panic's registers:"]),
    ("a stack pointer that leads nowhere", "set $esp = 0x1000", "",
     [r"panic: double fault: write to 0x00000ffc, .*: stack pointer that "
      r"leads nowhere", r"to push onto the stack", r"likely cause: ESP"]),
    ("a stack that is full", "set $esp = (int)boot_stack + 8", "",
     [r"panic: double fault: write to 0x\w+, .*: kernel stack overflow in",
      r"guard page below 'the boot stack'", r"likely cause: the stack is"]),
    ("a jump to nowhere", "set $esp = $esp - 4\n"
     "set {int}$esp = (int)monitor_run + 9\nset $eip = 0x40", "",
     [r"execution of 0x00000040, .*: call through a null pointer",
      r"back-trace:\n  0x00000040\n  0x\w+ <monitor_run\+0x9>"]),
]


# Instead of which the boot jumps to nowhere: most layers are not up yet.
EARLY = ["boot_info_init", "memmap_init_machine", "pmm_init", "pt_init",
         "kva_init", "kheap_init"]


def in_order(report):
    """The first part that is not where it should be; None: all are."""
    place = 0
    for part in PARTS:
        found = re.compile(part, re.M).search(report, place)
        if not found:
            return part
        place = found.end()
    return None


def report_of(machine, command):
    machine.read_until(PROMPT)
    return report_now(machine, command)


def report_now(machine, command):
    machine.send(command + "\r")
    return machine.read_until(END)


def too_wide(text):
    """The lines that are wider than the screen; a panic's first may be."""
    return [line for line in text.splitlines()
            if len(line) > COLUMNS and not line.startswith("panic: ")]


def whole_report(tap, compiler, kernel, cpu):
    with Machine(*image(compiler, kernel), cpu=cpu) as machine:
        report = report_of(machine, "peek 0x14")
        missing = in_order(report)
        tap.ok(not missing, f"by {compiler} {kernel} on {cpu} a null pointer's "
               "report has its parts in order, and the lines of source",
               f"not where it should be: {missing}", report)
        features = re.search(r"^cpu: .*", machine.log, re.M)[0]
        tap.ok((", SMEP, SMAP" in features) == (cpu == "max"),
               f"by {compiler} {kernel} on {cpu} the boot says if there are "
               "SMEP and SMAP", features)


def unmarked(walk):
    """In whole lines, without the mark that the failed access itself leaves
    in an entry."""
    walk = re.sub(r"( entry \d+: )0x\w+", r"\1", walk)
    return walk.replace("\n    ", " ").replace(" accessed", "").strip("\n")


def same_walk(tap, before, address, cause, resident):
    with Machine(*image()) as machine:
        machine.read_until(PROMPT)
        for command in before:
            machine.ask(command)
        walk = machine.ask(f"pt {address}").split("\n", 1)[1]
        report = report_now(machine, f"peek {address}")
        tap.ok("\nwalk:\n" + unmarked(walk) + "\nlikely" in unmarked(report),
               f"`pt {address}` prints what the report prints", walk, report)
        first = re.search(r"^panic: .*", report, re.M)[0]
        tap.ok(cause in first and
               re.search(resident, walk.partition("there:")[2]),
               f"{address} is reported as: {cause}", report)
        tap.ok(not too_wide(report), f"{address}: no line is wider than "
               f"{COLUMNS} columns", too_wide(report))


def mistake(tap, pattern, first, there, where):
    """The test expects the panic, and the runner is kept from taking it: it
    returns at once."""
    with Machine(*image(), cpu="max") as machine:
        machine.read_until(PROMPT)
        machine.gdb("set var {char}test_panic = 0xc3", "build/strata.elf")
        report = report_now(machine, f"test {pattern}")
        parts = [first, r"^tried: ", r"^walk:$", "^there: " + there,
                 "^likely cause: ", r"^back-trace:$", where,
                 r"<kernel_main\+0x", r"^registers:$", "^pmm: ", "^kheap: "]
        missing = [part for part in parts
                   if not re.search(part, report, re.M)]
        wide = too_wide(machine.log)
        tap.ok(not missing and not wide,
               f"{pattern}: it is reported whole, and no reset",
               f"missing: {missing}", wide, report)


def panic_on_purpose(tap, compiler, kernel):
    here = call("command_panic", "kernel/mon/cmd_sys.c", "panic(\"%s\"")
    with Machine(*image(compiler, kernel)) as machine:
        report = report_of(machine, "panic on purpose")
        tap.ok(re.search(r"^panic: on purpose\nthread: 0, kernel\nback-trace:"
                         r"\n  " + here, report, re.M),
               f"by {compiler} {kernel} a panic's back-trace begins with its "
               "line", here, report)


def survives(tap, claim, damage, command, patterns):
    with Machine(*image()) as machine:
        machine.read_until(PROMPT)
        machine.gdb(damage, "build/strata.elf")
        report = report_now(machine, command)
        missing = [pattern for pattern in patterns
                   if not re.search(pattern, report)]
        tap.ok(not missing and not too_wide(report),
               f"{claim}: told, then halt", f"missing: {missing}",
               too_wide(report), report)


def early(tap, function):
    with Machine(*image(), "-S") as machine:
        machine.gdb(f"break *{function}\ncontinue\nset $eip = 0xf0000000",
                    "build/strata.elf")
        report = machine.read_until(END)
        panics = re.findall(r"^panic: .*", report, re.M)
        tap.ok(len(panics) == 1 and "above the direct map" in panics[0] and
               "<kernel_main+0x" in report,
               f"a fault instead of {function}() is reported whole", report)


def main():
    tap = Tap("fault report")
    for kernel in KERNELS:
        whole_report(tap, *kernel)
        panic_on_purpose(tap, *kernel[:2])
    for words in MISTAKES:
        mistake(tap, *words)
    for walk in WALKS:
        same_walk(tap, *walk)
    for damage in DAMAGES:
        survives(tap, *damage)
    for function in EARLY:
        early(tap, function)
    tap.done()


main()
