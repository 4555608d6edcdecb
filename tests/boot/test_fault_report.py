#!/usr/bin/env -S python3 -B
"""The report of an unhandled fault: its parts, their order, and that even a
damaged kernel gets to the end of one.

GDB does the damage, while the shell waits for a key.
"""

import re

from machine import PROMPT, Machine, image
from tap import Tap

END = "The machine is halted."

# The parts of a report, in order, as patterns.
PARTS = [
    r"^panic: page fault: read of 0x00000014, where nothing is mapped: "
    r"null pointer in 0x\w+ <command_peek\+0x\w+>$",
    r"^tried: read of 0x00000014 by the kernel$",
    r"^  at 0x\w+ <command_peek\+0x\w+>$",
    r"^walk:$",
    r"^  directory entry 0: 0x00000000  not present$",
    r"^there: null \+ 0x14",
    r"^likely cause: a pointer was null",
    r"^back-trace:$",
    r"<command_peek\+0x",
    r"<kernel_main\+0x",
    r"^registers:$",
    r"cr2 00000014",
    r"^memmap: ",
    r"^kheap: ",
]

# What is typed before `pt ADDR` and `peek ADDR`, the address; what the first
# line of the report says; what is said to live there.
WALKS = [
    ([], "0xf0001000", "address above the direct map", "nothing: between"),
    (["alloc 9000000"], "0xf0000ffc", "overrun into a guard page",
     "guard page below 'heap block'"),
    (["alloc 9000000", "free 0xf0001000"], "0xf0001000", "use after free",
     r"(?s)nothing any more: .*freed by 0x\w+ <"),
    ([], "0xff800000", "use of a closed window", "window 0, closed"),
    ([], "0xc00a0000", "direct map without RAM", "0x000a0000 is reserved"),
    ([], "0x00200000", "physical address as a pointer", "frame 0x200: free"),
]

# The claim; the damage; what is typed then; what is said, as patterns.
DAMAGES = [
    ("a fault while the facts are gathered",
     "set var platform_direct_map = 0x10000", "peek 0",
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
EARLY = ["boot_info_init", "memmap_init", "pmm_init", "pt_init", "kva_init",
         "kheap_init"]


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


def whole_report(tap, cpu):
    with Machine(*image(), cpu=cpu) as machine:
        report = report_of(machine, "peek 0x14")
        missing = in_order(report)
        tap.ok(not missing, f"on {cpu} a null pointer's report has its parts "
               "in order", f"not where it should be: {missing}", report)
        features = re.search(r"^cpu: .*", machine.log, re.M)[0]
        tap.ok((", SMEP, SMAP" in features) == (cpu == "max"),
               f"on {cpu} the boot says if there are SMEP and SMAP", features)


def unmarked(walk):
    """Without the mark that the failed access itself leaves in an entry."""
    walk = re.sub(r"( entry \d+: )0x\w+", r"\1", walk)
    return walk.replace(" accessed", "").strip("\n")


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


def survives(tap, claim, damage, command, patterns):
    with Machine(*image()) as machine:
        machine.read_until(PROMPT)
        machine.gdb(damage, "build/strata.elf")
        report = report_now(machine, command)
        missing = [pattern for pattern in patterns
                   if not re.search(pattern, report)]
        tap.ok(not missing, f"{claim}: told, then halt",
               f"missing: {missing}", report)


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
    for cpu in ["pentium", "max"]:
        whole_report(tap, cpu)
    for walk in WALKS:
        same_walk(tap, *walk)
    for damage in DAMAGES:
        survives(tap, *damage)
    for function in EARLY:
        early(tap, function)
    tap.done()


main()
