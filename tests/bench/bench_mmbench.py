"""System calls and faults measured from the program's side.

tests/bench/mmbench.c is a program that any kernel with Linux's calls for i386
can run. On a machine whose time-stamp counter counts instructions, what it
prints for each operation is exact: those of the kernel and of the program
around it. Linux's figures are those of Debian's 6.1 for 686, measured once by
the same binary in the same way; they stand in targets.tsv.
"""

import re

from bench_pmm import ICOUNT, ROOT
from machine import Machine, image

MEMORY = 256
BOUND = 120
ROW = re.compile(r"^mmbench (\S+) \d+ \d+ (\d+)$", re.M)


def rows():
    """(name, median) of each operation, in the order of the program."""
    with Machine(*image(append="init=/mmbench"), *ICOUNT,
                 "-initrd", ROOT / "build/initrd.cpio", memory=MEMORY,
                 bound=BOUND) as machine:
        machine.wait()
    if "mmbench end" not in machine.log:
        raise RuntimeError("mmbench does not come to its end:\n" +
                           machine.log)
    return [(name, int(median)) for name, median in ROW.findall(machine.log)]


def compare(results, targets):
    """How many times as many instructions Linux takes."""
    results.note("", "instructions of a system call or a fault, beside Linux "
                 "6.1")
    for row, value in results.values.items():
        linux = re.search(r"Linux (\d+)", targets[row].peer)
        if row.startswith("mmbench/") and linux:
            its = int(linux.group(1))
            results.note(f"{row.removeprefix('mmbench/'):<24}{value:10}"
                         f"{its:10}   1 : {its / value:.1f}")


def measure(results, targets):
    for name, value in rows():
        results.add(f"mmbench/{name}", value)
    compare(results, targets)
