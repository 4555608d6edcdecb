#!/usr/bin/env -S python3 -B
"""Boot one machine for the self-tests, and judge how it ends.

    tests/boot/boot.py NAME          such as gcc-release-iso-512-pc-max
    tests/boot/boot.py --list        the machines of machines.tsv
    tests/boot/boot.py --list-all    and every combination of what is there

The kernel's results are passed on; one more says whether the machine ended
as it should. If not, all that it said goes along.
"""

import argparse
import itertools
import re
from pathlib import Path

from machine import FAILED, PASSED, Hang, Machine, image
from tap import Tap

BOUND = 400     # seconds, and one more for each 8 MiB: ten times the usual
BOARD = 4       # column of machines.tsv
RESULT = re.compile(r"(not )?ok \d+ - ")
PLAN = re.compile(r"1\.\.(\d+)$")
SAYS = {        # what some must say at boot, by MiB and board
    (6144, "pc"): r"memmap: 3145\d{3} KiB of RAM.* 3072 MiB beyond 4 GiB",
    (6144, "q35"): r"memmap: 2096\d{3} KiB of RAM.* 4096 MiB beyond 4 GiB",
}


def rows():
    table = Path(__file__).with_name("machines.tsv").read_text()
    return [tuple(line.split("\t")) for line in table.splitlines()
            if line and not line.startswith("#")]


def every_row():
    """The rows, and on a pc every combination of their other columns."""
    columns = [list(dict.fromkeys(column)) for column in zip(*rows())]
    columns[BOARD] = ["pc"]
    product = [row for row in itertools.product(*columns)
               if row[1:3] != ("checked", "iso")]
    return list(dict.fromkeys(rows() + product))


def verdict(log, tap, planned, status):
    """What is wrong with how the machine ended? None: nothing."""
    panic = re.search(r"^panic: .*", log, re.M)
    expected = FAILED if tap.failed else PASSED
    if panic:
        return panic.group()
    if planned is None and status == 0:
        return "triple fault: the machine reset itself before the end " \
               "of the results"
    if planned is None:
        return f"no end of the results; QEMU's status is {status}"
    if planned != tap.count:
        return f"{planned} results are planned, {tap.count} came"
    if status != expected:
        return f"wrong status: QEMU's is {status}, expected {expected}"
    return None


def pass_on(machine, tap):
    """Pass the results on. Returns the number planned, None if none is."""
    planned = None
    for line in machine.lines():
        plan = PLAN.match(line)
        if plan:
            planned = int(plan.group(1))
        elif RESULT.match(line):
            tap.passed_on(line)
        elif line.startswith("#"):
            tap.line(line)
    return planned


def run(name, program, bound):
    tap = Tap("boot")
    compiler, kernel, way, memory, board, cpu = name.split("-")
    bound = bound or BOUND + int(memory) // 8
    with Machine(*image(compiler, kernel, way, tests=True), "-M", board,
                 memory=memory, cpu=cpu, bound=bound,
                 program=program) as machine:
        try:
            planned = pass_on(machine, tap)
            wrong = verdict(machine.log, tap, planned, machine.wait())
        except Hang as hang:
            wrong = f"hang: {hang}"
    tap.ok(not wrong, "the machine ends as it should", wrong, machine.log,
           machine.complaint())
    says = SAYS.get((int(memory), board))
    if says:
        tap.ok(re.search(says, machine.log),
               "all RAM below 4 GiB is managed, the rest counted and said",
               machine.log)
    tap.done()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name", nargs="?")
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--list-all", action="store_true")
    parser.add_argument("--qemu", default="qemu-system-i386")
    parser.add_argument("--bound", type=float, help="seconds")
    arguments = parser.parse_args()
    if arguments.list or arguments.list_all:
        for row in every_row() if arguments.list_all else rows():
            print("-".join(row))
    elif arguments.name:
        run(arguments.name, arguments.qemu, arguments.bound)
    else:
        parser.error("which machine?")


if __name__ == "__main__":
    main()
