#!/usr/bin/env -S python3 -B
"""heap= on the command line: every test passes with each switch, and each
crime is reported with both places: who allocated, who freed.

The shell allocates and frees; GDB, as a stray pointer, writes.
"""

import os
import re

from machine import PASSED, PROMPT, Machine, image
from tap import Tap

SWITCHES = ["poison", "redzone", "quarantine", "guard", "guard-before",
            "trace", "poison,redzone,quarantine,trace",
            "poison,redzone,quarantine,guard,trace"]

OBJECT = r"an object of 100 bytes, 0x\w+ of '104 bytes'; "
ALLOCATED = r"allocated at 0x\w+ <command_alloc\+0x"
FREED = r"freed at 0x\w+ <command_free\+0x"

# The claim; the switches; what is typed after `alloc 100`; the byte of it that
# is then written to, if any; what is typed last; what is reported, as patterns.
# {0} and {1} are the object's address and the first of the page behind it.
CRIMES = [
    ("a write behind an object is told when it is freed",
     "redzone", [], 100, "free {0:#x}",
     [r"panic: overrun: 0x41 was written to byte 100 of " + OBJECT + ALLOCATED
      + r".*; found by kfree, called at 0x\w+ <command_free\+0x"]),
    ("a write before an object is told when it is freed",
     "redzone", [], -1, "free {0:#x}",
     [r"panic: underrun: 0x41 was written to byte -1 of " + OBJECT +
      ALLOCATED]),
    ("a write after free is told when the memory is used again",
     "poison", ["free {0:#x}"], 12, "alloc 100",
     [r"panic: use after free: 0x41 was written to byte 12 of " + OBJECT +
      ALLOCATED + r".*, " + FREED]),
    ("a write to what is in quarantine is told when it leaves",
     "poison,quarantine", ["free {0:#x}"], 99, "test bitset",
     [r"panic: use after free: 0x41 was written to byte 99 of " + OBJECT +
      ALLOCATED + r".*, " + FREED]),
    ("what is in quarantine is not freed again",
     "quarantine", ["free {0:#x}"], None, "free {0:#x}",
     [r"panic: kfree of 0x\w+, by 0x\w+ <command_free\+.*: it is free "
      r"already; freed before by 0x\w+ <command_free\+.*; " + ALLOCATED]),
    ("a read behind a guarded object is a fault",
     "guard", [], None, "peek {1:#x}",
     [r"panic: page fault: read of .*: overrun into a guard page",
      r"there: guard page above 'guarded object'",
      r"\n  byte 104 of an object of 100 bytes, 0x\w+ of '104 bytes'",
      r"\n  allocated by 0x\w+ <command_alloc\+0x"]),
    ("a read before an object behind a guard is a fault",
     "guard-before", [], None, "peek {0:#x}-8",
     [r"panic: page fault: read of .*: overrun into a guard page",
      r"there: guard page below 'object behind a guard'",
      r"\n  byte -8 of an object of 100 bytes, 0x\w+ of '104 bytes'",
      r"\n  allocated by 0x\w+ <command_alloc\+0x"]),
    ("a read of a freed guarded object is a fault",
     "guard", ["free {0:#x}"], None, "peek {0:#x}",
     [r"panic: page fault: read of .*: use after free in",
      r"\n  byte 0 of a freed object of 100 bytes, 0x\w+ of '104 bytes'",
      r"\n  allocated by 0x\w+ <command_alloc\+0x",
      r"\n  freed by 0x\w+ <command_free\+0x"]),
    ("with trace, a report has the back-traces",
     "redzone,trace", [], 100, "free {0:#x}",
     [r"\nallocated at:\n  0x\w+ <command_alloc\+.*\n  0x\w+ <monitor_run\+.*"
      r"\n  0x\w+ <kernel_main\+", r"panic: overrun: "]),
]

# To make the tree of files, a block was allocated, too.
LEAKS = [
    ("alloc 100", []),
    ("alloc 100", []),
    ("leaks", [r"\n +200 bytes in +2 blocks by 0x\w+ <command_alloc\+",
               r"\n  mark 3:"]),
    ("alloc 9000", []),
    ("leaks since 3", [r"\n +9000 bytes in +1 blocks by 0x\w+ <command_alloc",
                       r"\n  mark 4:"]),
    ("leaks since 4", [r"^leaks since 4\n  mark 4:"]),
    ("leaks since x", [r"\"since x\" is not a number"]),
    ("leaks 3", [r"\"3\" is not `since MARK`"]),
]


def all_tests(tap, switches):
    with Machine(*image(append=f"heap={switches}", tests=True), memory=64,
                 bound=240) as machine:
        status = machine.wait()
        failures = re.findall(r"^(?:not ok|panic).*", machine.log, re.M)
        tap.ok(status == PASSED, f"every test passes with heap={switches}",
               f"QEMU's status is {status}", *failures)


def many_operations(tap, switches):
    """10^7 random operations, against the model."""
    append = f"heap={switches} long \"test=kheap: random work agrees\""
    with Machine(*image(append=append), memory=128, bound=1500) as machine:
        status = machine.wait()
        count = re.search(r"^# (\d+) operations$", machine.log, re.M)
        tap.ok(status == PASSED and count and int(count[1]) >= 10 ** 7,
               f"10^7 random operations agree with heap={switches}",
               f"QEMU's status is {status}", machine.log)


def typed(command, start):
    """The command for an object at `start`; it may end in a difference."""
    command = command.format(start, start + 104)
    word, _, less = command.rpartition("-")
    if not word:
        return command
    name, address = word.split()
    return f"{name} {int(address, 16) - int(less):#x}"


def crime(tap, claim, switches, before, byte, last, patterns):
    with Machine(*image(append=f"heap={switches}")) as machine:
        machine.read_until(PROMPT)
        machine.ask("alloc 100")    # it stays, and its slab does
        start = int(re.search(r"\n(0x\w+):", machine.ask("alloc 100"))[1], 16)
        for command in before:
            machine.ask(typed(command, start))
        if byte is not None:
            machine.gdb(f"set {{char}}({start} + {byte}) = 0x41",
                        "build/strata.elf")
        machine.send(typed(last, start) + "\r")
        report = machine.read_until("The machine is halted.")
        missing = [p for p in patterns if not re.search(p, report)]
        tap.ok(not missing, f"{claim} (heap={switches})",
               f"missing: {missing}", report)


def leaks(tap):
    with Machine(*image(append="heap=trace")) as machine:
        machine.read_until(PROMPT)
        for command, patterns in LEAKS:
            answer = machine.ask(command)
            missing = [p for p in patterns if not re.search(p, answer)]
            tap.ok(not missing, f"\"{command}\" answers as it should",
                   f"missing: {missing}", answer)
    with Machine(*image()) as machine:
        machine.read_until(PROMPT)
        answer = machine.ask("leaks")
        tap.ok("needs heap=trace" in answer,
               "without heap=trace, `leaks` says what it needs", answer)


def unknown(tap):
    with Machine(*image(append="heap=poison,nonsense")) as machine:
        log = machine.read_until(PROMPT)
        tap.ok("heap: no switch is called 'nonsense'\nheap: there are poison"
               in log, "an unknown switch is said, and the boot goes on", log)


def main():
    tap = Tap("heap switches")
    for switches in SWITCHES:
        all_tests(tap, switches)
    if os.environ.get("TEST_LONG"):
        for switches in ["", *(s for s in SWITCHES if "," not in s)]:
            many_operations(tap, switches)
    for each in CRIMES:
        crime(tap, *each)
    leaks(tap)
    unknown(tap)
    tap.done()


main()
