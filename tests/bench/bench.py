#!/usr/bin/env -S python3 -B
"""Measure what tests/bench/targets.tsv sets targets for.

    tests/bench/bench.py [--counts] [--accept] [LAYER...]

Prints a table, and writes the rows to build/bench.json; with a LAYER, such as
pmm, to build/bench-LAYER.json.
--counts leaves out the peers and the clocks: what remains is the same every
time that the same build is measured. --accept takes it as the new budget.
"""

import argparse
import json
import re
import subprocess
import sys
from collections import namedtuple
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.append(str(ROOT / "tests/boot"))
import bench_heaps
import bench_kheap
import bench_mmbench
import bench_pmm
import bench_umalloc
from machine import PROMPT, Machine, image

TARGETS = ROOT / "tests/bench/targets.tsv"
BUDGET = ROOT / "tests/bench/budget.tsv"
RESULTS = ROOT / "build"
ELF, ISO = ROOT / "build/strata.elf", ROOT / "build/strata.iso"

NOT_THE_IMAGE = {".bss", ".selftest", ".ksyms", ".initrd"}

Target = namedtuple("Target", "row bound must goal unit peer")


def table_of(path):
    """The rows of a file of tab-separated values, without its comments."""
    return [line.split("\t") for line in path.read_text().splitlines()
            if line and not line.startswith("#")]


def targets():
    return {fields[0]: Target(*fields) for fields in table_of(TARGETS)}


class Results:
    """What the measures found."""

    def __init__(self):
        self.values = {}    # by row
        self.peers = {}     # by row, then by peer, in the same run
        self.notes = []     # lines to print below the table
        self.rows = []      # which there are no targets for

    def add(self, row, value, of="ours"):
        if of == "ours":
            self.values[row] = value
        else:
            self.peers.setdefault(row, {})[of] = value

    def note(self, *lines):
        self.notes += lines


# ------------------------------------------------------------------- measures

def measure_boot(results, counts_only):
    for name, memory in ("128M", 128), ("3G", 3072):
        with Machine(*image(), *bench_pmm.ICOUNT, memory=memory) as machine:
            log = machine.read_until(PROMPT)
        cycles = re.search(r"boot: (\d+) cycles from entry to prompt", log)
        results.add(f"boot/prompt-{name}", int(cycles.group(1)))

    sections = subprocess.run(["size", "-A", ELF], check=True, text=True,
                              stdout=subprocess.PIPE).stdout
    rows = re.findall(r"^(\.\S+) +(\d+) +([1-9]\d*)$", sections, re.M)
    results.add("boot/image-bytes", sum(int(size) for name, size, _ in rows
                                        if name not in NOT_THE_IMAGE))
    results.add("boot/archive-bytes", sum(int(size) for name, size, _ in rows
                                          if name == ".initrd"))
    results.add("boot/iso-bytes", ISO.stat().st_size)


def measure_tables(results, counts_only):
    """What the kernel's own bench counts: rows, and what stands beside."""
    wanted = targets()
    results.note("", "inside the kernel, 1 GiB: instructions of other "
                 "operations")
    for name, value in bench_pmm.kernel_rows(1024):
        if name.startswith(("pmm/", "kheap/")):
            continue
        if name in wanted:
            results.add(name, value)
        else:
            results.note(f"{name:<28}{value:10}")


def measure_calls(results, counts_only):
    bench_mmbench.measure(results, targets())


MEASURES = {"boot": measure_boot, "pmm": bench_pmm.measure,
            "pt": measure_tables, "kheap": bench_kheap.measure,
            "umalloc": bench_umalloc.measure, "mmbench": measure_calls,
            "heaps": bench_heaps.measure}


def measure(layers=MEASURES, counts_only=True):
    """Everything there is to measure in these layers."""
    results = Results()
    for layer in layers:
        MEASURES[layer](results, counts_only)
    return results


# --------------------------------------------------------------------- budget

def compiler():
    """Which compiler made the kernel: its counts are its own."""
    strings = subprocess.run(["readelf", "-p", ".debug_str", ELF], text=True,
                             stdout=subprocess.PIPE).stdout
    found = re.search(r"GNU C\d+ (\d+)\.|clang version (\d+)\.", strings)
    return "gcc {}".format(found.group(1)) if found.group(1) \
        else "clang {}".format(found.group(2))


def accept(values):
    """Take these values; rows that were not measured keep what they have."""
    budget = {row: rest for row, *rest in table_of(BUDGET)}
    budget.update({row: [str(value), compiler()]
                   for row, value in values.items()})
    lines = ["# What was accepted, and the compiler that gave it. A test "
             "fails if it is missed", "# by more than 2 %. `tests/bench/"
             "bench.py --counts --accept` writes this anew."]
    lines += ["\t".join([row, *rest]) for row, rest in sorted(budget.items())]
    BUDGET.write_text("\n".join(lines) + "\n")


def keeps(target, value, limit):
    """Is the value on the right side of the limit?"""
    return value <= limit if target.bound == "max" else value >= limit


# --------------------------------------------------------------------- report

def judge(target, value):
    """goal, must or MISSED; - where there is only a budget."""
    if target.must == "-":
        return "-"
    for word in "goal", "must":
        if keeps(target, value, float(getattr(target, word))):
            return word
    return "MISSED"


def print_table(results):
    wanted = targets()
    print(f"{'row':<28}{'value':>10}{'must':>10}{'goal':>10}  meets   unit")
    for row, value in results.values.items():
        target = wanted[row]
        known = f"; best peer: {target.peer}" if target.peer else ""
        beside = "".join(f", {peer} {its}" for peer, its in
                         sorted(results.peers.get(row, {}).items()))
        print(f"{row:<28}{value:>10}{target.must:>10}{target.goal:>10}  "
              f"{judge(target, value):<8}{target.unit}{known}"
              + f"; in this run{beside[1:]}" * bool(beside))
    print(f"{len(results.values)} of {len(wanted)} rows are measured here.",
          *results.notes, sep="\n")


def write_rows(results, name):
    wanted = targets()
    rows = [{"row": row, "value": value, "unit": wanted[row].unit}
            for row, value in results.values.items()] + results.rows
    (RESULTS / f"{name}.json").write_text(json.dumps(rows, indent=1) + "\n")


def main():
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--counts", action="store_true")
    parser.add_argument("--accept", action="store_true")
    parser.add_argument("layers", nargs="*", metavar="LAYER")
    arguments = parser.parse_args()

    results = measure(arguments.layers or MEASURES, arguments.counts)
    print_table(results)
    write_rows(results, "-".join(["bench", *arguments.layers]))
    if arguments.accept:
        accept(results.values)


if __name__ == "__main__":
    main()
