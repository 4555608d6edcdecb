#!/usr/bin/env -S python3 -B
"""Out of memory, end to end: who took what nobody promised is killed, and that
is said; the others go on; and all adds up afterwards."""

import re

from machine import PROMPT, Machine, image
from tap import Tap

MEMORIES = [4, 64]
KERNELS = [("gcc", "checked"), ("clang", "release")]

SENTENCE = re.compile(r"^killed pid (\d+) 'oom': (\d+) pages freed, it had\s+"
                      r"promised (\d+)\s+without\s+reserve$", re.M)
PIECE = 4096                    # pages that /oom maps at a time
# As Linux has it: 16 columns, and 8.
ROW = re.compile(r"^(?=.{24} kB$)(\w+): +(\d+) kB$", re.M)


def meminfo(machine):
    return {name: int(value)
            for name, value in ROW.findall(machine.ask("meminfo"))}


def shows_meminfo(tap, rows, memory):
    tap.ok({"MemTotal", "MemFree", "MemAvailable", "SwapTotal", "SwapFree",
            "Committed_AS", "CommitLimit"} <= rows.keys() and
           rows["MemFree"] <= rows["MemAvailable"] < rows["MemTotal"] <
           memory * 1024 and rows["Committed_AS"] < rows["CommitLimit"],
           f"meminfo of a machine of {memory} MiB is in Linux's form", rows)


def judges_sentence(tap, said, free, where):
    match = SENTENCE.search(said)
    tap.ok(match, f"one is killed, and why is said, {where}", said)
    if not match:
        return
    freed, promised = int(match[2]), int(match[3])
    tap.ok(free // 2 < freed * 4 <= free,
           f"most of what was free is freed again, {where}",
           f"{freed} pages of {free} KiB")
    tap.ok(promised >= freed and promised % PIECE == 0,
           f"what it mapped without reserve is told, {where}", said)


def goes_on(tap, compiler, kernel, memory):
    where = f"with {memory} MiB on the {kernel} kernel of {compiler}"
    with Machine(*image(compiler, kernel), memory=memory) as machine:
        machine.read_until(PROMPT)
        machine.ask("run /regions 1000 &")
        machine.ask("run /oom more")    # files' pages are there now
        before, regions = meminfo(machine), machine.ask("maps 2")
        said = machine.ask("run /oom more")
        tap.ok("a child that touches what nobody promised: signal 9" in said
               and "what its parent was promised: 64 pages of 64" in said,
               f"the parent has all that it was promised, {where}", said)
        shows_meminfo(tap, before, memory)
        judges_sentence(tap, said, before["MemFree"], where)
        tap.ok(machine.ask("audit").endswith("audit: clean"),
               f"the audit is clean, {where}")
        after = meminfo(machine)
        tap.ok(after["Committed_AS"] == before["Committed_AS"],
               f"no promise is left behind, {where}", (before, after))
        tap.ok(machine.ask("maps 2") == regions,
               f"another program is as it was, {where}", regions)


def main():
    tap = Tap("oom")
    for memory in MEMORIES:
        for kernel in KERNELS:
            goes_on(tap, *kernel, memory)
    tap.done()


main()
