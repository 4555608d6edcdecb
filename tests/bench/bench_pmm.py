"""The frame allocator measured: ours and its peers on the same workloads.

tests/bench/pmm/ has the program, linked once with each allocator, and says
what the workloads are. Instructions are counted by callgrind, for the part of
the program that is measured; what the same part counts with an allocator that
does nothing is the workload's own, and is subtracted. So is its time.

The machine has one range of RAM, 1 GiB from 0 on, which all of ZONE_ANY is
needed to reach: it spans every zone. Percentages are of what is free at first;
our own tables, 0.1 %, lie in this RAM, those of the peers do not.
"""

import functools
import re
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from machine import PASSED, Machine, image

ROOT = Path(__file__).resolve().parents[2]

PEERS = ["list_buddy", "next_fit"]
SINGLES = ["steady-50", "steady-90", "steady-99", "burst-90"]
RUNS = ["orders-uniform", "orders-skewed"]
WORKLOADS = SINGLES + RUNS

FRAMES = 262144         # 1 GiB
OPERATIONS = 1000000
FEW = 50000             # as many as the kernel's own bench does
SEEDS = range(1, 6)
ROUNDS = 5              # of each timed run; the shortest counts
SIZES = {"64 MiB": 64, "1 GiB": 1024, "3 GiB": 3072}
FRAMES_OF_MIB = 256

# QEMU's time-stamp counter then counts instructions of the guest, exactly.
ICOUNT = ["-icount", "shift=0,sleep=off"]


# ------------------------------------------------------------------ programs

def run(allocator, workload, frames=FRAMES, operations=OPERATIONS, seed=1,
        under=()):
    """What a program says, as {word: number}, and what stands beside it."""
    done = subprocess.run(
        [*under, ROOT / f"build/bench/pmm-{allocator}", workload, str(frames),
         str(operations), str(seed)], check=True, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    words = done.stdout.split()
    said = dict(zip(words[::2], map(float, words[1::2])))
    if said["twice"] and allocator != "nothing":
        raise RuntimeError(f"{allocator} hands out frames twice: {workload}")
    return said, done.stderr


def pairs(said):
    return (said["allocs"] + said["frees"]) / 2


@functools.cache
def count(allocator, workload, frames=FRAMES, operations=OPERATIONS,
          function="workload_run"):
    """Instructions inside a function, and what the program says."""
    said, report = run(
        allocator, workload, frames, operations,
        under=["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null",
               f"--toggle-collect={function}"])
    return int(re.search(r"Collected : (\d+)", report).group(1)), said


def per_pair(*what):
    """Instructions of a pair of alloc and free, the workload's included."""
    instructions, said = count(*what)
    return instructions / pairs(said)


def cost(allocator, *what):
    """Instructions of a pair of alloc and free."""
    return round(per_pair(allocator, *what) - per_pair("nothing", *what), 1)


# ---------------------------------------------------------------------- rows

def count_pairs(results, allocators):
    """Each program of its own, so two at a time."""
    jobs = [(allocator, workload) for allocator in allocators
            for workload in WORKLOADS]
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda job: count(*job), jobs))
    for allocator, workload in jobs:
        if allocator != "nothing":
            results.add(f"pmm/{workload}", cost(allocator, workload),
                        allocator)


def measure_runs(results, allocators):
    """What is left of free memory, and whether anything was refused."""
    for allocator in allocators:
        said = {workload: [run(allocator, workload, seed=seed)[0]
                           for seed in SEEDS] for workload in RUNS}
        results.add("pmm/orders-failures",
                    sum(int(one["failures"]) for every in said.values()
                        for one in every), allocator)
        for workload, every in said.items():
            mean = sum(one["share"] for one in every) / len(every)
            results.add(f"pmm/{workload.replace('orders', 'order9-share')}",
                        round(mean, 1), allocator)


def measure_tables(results):
    """A frame less in the same chunk: what the tables then shrink by is an
    entry; what an entry does not explain is the bitmap."""
    def table_bytes(allocator, frames):
        return run(allocator, "steady-50", frames, 0)[0]["table_bytes"]
    ours = table_bytes("ours", FRAMES)
    entry = ours - table_bytes("ours", FRAMES - 1)
    results.add("pmm/bitmap-bytes-per-frame", round(ours / FRAMES - entry, 3))
    results.add("pmm/entry-bytes-per-frame", int(entry))
    results.add("pmm/init-per-frame", round(
        count("ours", "steady-50", operations=0,
              function="pmm_init")[0] / FRAMES, 2))


# --------------------------------------------------------------------- notes

def time_pairs(results):
    """Nanoseconds a pair: all allocators in turn, again and again."""
    allocators = ["ours", *PEERS, "nothing"]
    results.note("", "ns a pair, the workload's own subtracted; the shortest "
                 f"of {ROUNDS} runs in turn")
    results.note(f"{'':<16}" + "".join(f"{a:>12}" for a in allocators[:-1]) +
                 "   list_buddy / ours")
    for workload in WORKLOADS:
        best = dict.fromkeys(allocators, float("inf"))
        for _ in range(ROUNDS):
            for allocator in allocators:
                said = run(allocator, workload)[0]
                best[allocator] = min(best[allocator],
                                      said["ns"] / pairs(said))
        own = best.pop("nothing")
        times = [best[allocator] - own for allocator in best]
        results.note(f"{workload:<16}" + "".join(f"{t:12.1f}" for t in times) +
                     f"{times[1] / times[0]:12.2f}")


@functools.cache
def kernel_log(mebibytes):
    """What the kernel's own bench says on a machine that counts."""
    with Machine(*image(append="test=bench"), *ICOUNT,
                 memory=mebibytes) as machine:
        status = machine.wait()
    if status != PASSED:
        raise RuntimeError("the kernel's bench fails:\n" + machine.log)
    return machine.log


def kernel_rows(mebibytes):
    """What the kernel's own bench counts, by its own time-stamp counter: a
    row's name and its value."""
    found = re.findall(r"^# bench (\S+) (\S+)$", kernel_log(mebibytes), re.M)
    return [(name, float(value)) for name, value in found]


def kernel_counts(mebibytes):
    """Instructions a pair inside the kernel, the workload's included."""
    return {name.removeprefix("pmm/"): value
            for name, value in kernel_rows(mebibytes)}


def compare_sizes(results):
    """The same counts in the kernel, and on smaller and larger machines."""
    results.note("", "instructions a pair on the host, and inside the booted "
                 f"kernel; {FEW} operations")
    results.note(f"{'':<16}" + "".join(f"{size:>9}{'kernel':>9}"
                                       for size in SIZES))
    for workload in WORKLOADS:
        line = f"{workload:<16}"
        for mebibytes in SIZES.values():
            what = workload, mebibytes * FRAMES_OF_MIB, FEW
            inside = kernel_counts(mebibytes)[workload] - \
                per_pair("nothing", *what)
            line += f"{cost('ours', *what):9.1f}{inside:9.1f}"
        results.note(line)


def measure(results, counts_only):
    """With `counts_only`, just what there are budgets for."""
    allocators = ["ours"] if counts_only else ["ours", *PEERS]
    count_pairs(results, ["nothing", *allocators])
    measure_runs(results, allocators)
    measure_tables(results)
    if not counts_only:
        time_pairs(results)
        compare_sizes(results)
