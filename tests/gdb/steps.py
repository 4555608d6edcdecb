"""What a person does in GDB, as a test. GDB runs it, at the kernel's first
instruction, and it prints TAP."""

import re
import sys

import gdb

sys.path += ["tests/boot", "tools/gdb"]
from layers import memory
from tap import Tap


def ask(command):
    return gdb.execute(command, to_string=True)


def here():
    return gdb.selected_frame()


def main(tap):
    ask("break pmm_alloc_slow")
    ask("continue")
    tap.ok(here().name() == "pmm_alloc_slow", "a breakpoint stops in L1",
           ask("backtrace"))
    tap.ok("kernel_main" in ask("backtrace"), "the back-trace leads back to "
           "kernel_main", ask("backtrace"))
    kind = ask("print kind").split()[-1]
    tap.ok(kind.startswith("FRAME_"), "its arguments have names", kind)

    place = here().pc()
    ask("step")
    tap.ok(here().pc() != place, "step goes on to the next line",
           ask("backtrace"))

    ask("delete")
    while here().name() != "pmm_alloc_slow":
        ask("up")
    ask("finish")
    frame = memory.number("$.n")
    name = gdb.parse_and_eval(f"'pmm.c'::kind_names[{kind}]").string()
    said = ask(f"strata frame {frame}")
    tap.ok(re.search(rf"^frame 0x{frame:x}: physical .*\n  {name}", said),
           "the frame's entry tells what it was allocated for", said)

    said = ask("strata walk kernel_main")
    start = memory.number("kernel_main") - memory.DIRECT_MAP_START
    tap.ok(f"is byte 0x{start:08x} of memory" in said,
           "strata walk tells where a function lies", said)
    tap.line(f"1..{tap.count}")


main(Tap("gdb"))
