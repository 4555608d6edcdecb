"""The user malloc beside those of others, all of them in front of the same
programs for i386: the workloads of tests/bench/kheap, threads, and the real
programs of tests/preload.

Of a workload, instructions are counted as for the heap of the kernel, those
of the workload itself subtracted; calls through the table of dynamic linking
are in. Of a real program, all instructions are counted, the loader's and all
children's included. Times are the shortest of runs in turn, as what else
happens on the machine only adds to them; memory is that of the run in the
middle. Times are a machine's own: what can be compared is heaps, in one run.
"""

import re
import statistics
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

from bench_pmm import ROOT

sys.path.append(str(ROOT / "tests/preload"))
import real

WORLD = real.I386()
OTHERS = [heap for heap in real.HEAPS if heap != "ours"]

# Blocks at once, and operations; of threads: how many, and rounds.
WORKLOADS = {"64x64": (64, 1000000), "8-512": (10000, 1000000),
             "8-512 25M": (100000, 1000000), "power": (10000, 1000000),
             "batch-1024": (1024, 204800), "grow-half": (0, 560),
             "grow-64": (0, 20480)}
THREADS = {f"{workload}-{threads}": (workload, threads, 20 // threads)
           for workload in ("private", "larson", "batch")
           for threads in (1, 2, 4)}
ROUNDS = 5          # of each timed run
MEMORY = {"peak", "kept", "resident_kept"}

CALLGRIND = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null"]
IN_WORKLOAD = "--toggle-collect=heap_work_run"


# ------------------------------------------------------------------ programs

def words(text):
    """What a program of ours says, as {word: number}."""
    found = text.split()
    return dict(zip(found[::2], map(int, found[1::2])))


def said_by(heap, program, *arguments, under=()):
    """What a program of the bench says, and what stands beside it."""
    command = WORLD.command(ROOT / "build/bench" / program, real.HEAPS[heap])
    done = subprocess.run([*under, *command, *map(str, arguments)], check=True,
                          text=True, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE)
    return words(done.stdout), done.stderr


def complaints(heap, program, under):
    """What stands on standard error when a real program has run."""
    command, how = real.started(WORLD, program, real.HEAPS[heap])
    with how["stdin"]:
        return subprocess.run([*under, *command], check=True, text=True,
                              stdout=subprocess.DEVNULL,
                              stderr=subprocess.PIPE, **how).stderr


def collected(report):
    """Of a program, and of its children."""
    return sum(map(int, re.findall(r"Collected : (\d+)", report)))


def heaps_here():
    return [heap for heap, file in real.HEAPS.items()
            if file is None or file.exists()]


# ----------------------------------------------------------------- measuring

def in_pairs(jobs, count):
    """{job: what is counted}; two at a time, as each is a program."""
    with ThreadPoolExecutor(2) as pool:
        return dict(zip(jobs, pool.map(lambda job: count(*job), jobs)))


def count_workload(heap, workload):
    arguments = workload.split()[0], *WORKLOADS[workload], 1
    if heap:
        said, report = said_by(heap, "kheap-libc", *arguments,
                               under=[*CALLGRIND, IN_WORKLOAD])
    else:
        done = subprocess.run(
            [*CALLGRIND, IN_WORKLOAD, ROOT / "build/bench/kheap-no_heap",
             *map(str, arguments)], check=True, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        said, report = words(done.stdout), done.stderr
    return collected(report) / said["done"]


def count_program(heap, program):
    return collected(complaints(heap, program, CALLGRIND))


def in_turn(heaps, run):
    """{heap: {word: what its runs say}}, the heaps in turn: times at least,
    memory in the middle."""
    runs = {heap: [] for heap in heaps}
    for _ in range(ROUNDS):
        for heap in heaps:
            runs[heap].append(run(heap))
    return {heap: {word: (statistics.median if word in MEMORY else min)(
                       said[word] for said in every) for word in every[0]}
            for heap, every in runs.items()}


def run_program(heap, program):
    said = complaints(heap, program, [ROOT / "build/bench/measured"])
    return words(said.splitlines()[-1])


# -------------------------------------------------------------------- tables

class Table:
    """A line a workload, a column a heap: values of one kind."""

    def __init__(self, title, kind, unit, digits=0):
        self.title, self.kind, self.unit = title, kind, unit
        self.digits = digits
        self.lines = {}

    def add(self, name, heap, value):
        value = round(value, self.digits) if self.digits else round(value)
        self.lines.setdefault(name, {})[heap] = value

    def text(self):
        """With what ours is to glibc's, and to the best of the others."""
        yield ""
        yield f"{self.title}, {self.unit}"
        yield f"{'':<31}" + "".join(f"{heap:>10}" for heap in real.HEAPS) + \
            "   / glibc  / best"
        for name, values in self.lines.items():
            ours, best = values["ours"], min(
                value for heap, value in values.items() if heap != "ours")
            yield f"{name:<31}" + "".join(
                f"{values.get(heap, '-'):>10}" for heap in real.HEAPS) + \
                f"{self.ratio(ours, values['glibc'])}" \
                f"{self.ratio(ours, best)}"

    @staticmethod
    def ratio(value, other):
        return f"{value / other:9.3f}" if other else f"{'-':>9}"

    def rows(self):
        return [{"row": f"heaps/{name}/{self.kind}/{heap}", "value": value,
                 "unit": self.unit} for name, values in self.lines.items()
                for heap, value in values.items()]


def measure_workloads(heaps):
    counts = Table("workloads: instructions", "instructions", "a pair", 1)
    times = Table("workloads: the processor's time", "time", "ns a pair", 1)
    peaks = Table("workloads: memory at most", "peak", "KiB")
    kept = Table("workloads: memory kept when all is freed", "kept", "KiB")
    jobs = [(heap, workload) for workload in WORKLOADS
            for heap in [None, *heaps]]
    counted = in_pairs(jobs, count_workload)
    for workload, (live, operations) in WORKLOADS.items():
        own = counted[None, workload]
        said = in_turn(heaps, lambda heap: said_by(
            heap, "kheap-libc", workload.split()[0], live, operations, 1)[0])
        for heap in heaps:
            counts.add(workload, heap, counted[heap, workload] - own)
            times.add(workload, heap, said[heap]["ns"] / said[heap]["done"])
            peaks.add(workload, heap, said[heap]["peak"] / 1024)
            kept.add(workload, heap, said[heap]["kept"] / 1024)
    return [counts, times, peaks, kept]


def measure_threads(heaps):
    walls = Table("threads: time", "wall", "ns a pair", 1)
    times = Table("threads: all processors' time", "time", "ns a pair", 1)
    peaks = Table("threads: memory at most", "peak", "KiB")
    kept = Table("threads: memory kept when all is freed", "kept", "KiB")
    for name, arguments in THREADS.items():
        said = in_turn(heaps, lambda heap: said_by(
            heap, "heap-threads", *arguments)[0])
        for heap, values in said.items():
            walls.add(name, heap, values["wall"] / values["pairs"])
            times.add(name, heap, values["cpu"] / values["pairs"])
            peaks.add(name, heap, values["peak"] / 1024)
            kept.add(name, heap, values["kept"] / 1024)
    return [walls, times, peaks, kept]


def count_programs(heaps, programs):
    counts = Table("real programs: instructions", "instructions", "millions",
                   1)
    counted = in_pairs([(heap, n) for n in range(len(programs))
                        for heap in heaps],
                       lambda heap, n: count_program(heap, programs[n]))
    for (heap, n), value in counted.items():
        counts.add(programs[n].name, heap, value / 1e6)
    return [counts]


def run_programs(heaps, programs):
    times = Table("real programs: all processors' time", "time", "ms", 1)
    walls = Table("real programs: time", "wall", "ms", 1)
    peaks = Table("real programs: memory at most, of one process", "peak",
                  "KiB")
    for program in programs:
        said = in_turn(heaps, lambda heap: run_program(heap, program))
        for heap, values in said.items():
            times.add(program.name, heap, values["cpu"] / 1e6)
            walls.add(program.name, heap, values["wall"] / 1e6)
            peaks.add(program.name, heap, values["peak"] / 1024)
    return [times, walls, peaks]


def measure(results, counts_only):
    """There are no budgets, as others' heaps have a part in all of it."""
    if counts_only:
        return
    heaps = heaps_here()
    real.make_inputs()
    programs = [program for program in real.programs(WORLD)
                if WORLD.find(program.program)]
    tables = measure_workloads(heaps) + measure_threads(heaps) + \
        count_programs(heaps, programs) + run_programs(heaps, programs)
    for table in tables:
        results.note(*table.text())
        results.rows += table.rows()
    for heap in OTHERS:
        if heap not in heaps:
            results.note(f"{heap} is not here; build/peers/log may say why")
    for program in real.programs(WORLD):
        if program not in programs:
            results.note(f"{program.name} is not here; build/peers/log may "
                         "say why")
