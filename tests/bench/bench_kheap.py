"""The kernel heap measured: ours and its peers on the same workloads.

tests/bench/kheap/ has the program and says what the workloads are. As for the
frame allocator, instructions are counted by callgrind for the part of the
program that is measured, and what the same part counts with a heap that does
nothing is subtracted. That heap's functions are called, too: so the call
itself is the workload's.

Ours runs on a machine of 512 MiB; what it has drawn is what L1 then has less
than before kheap_init(), slabs' descriptors included. The peers are processes:
what they have drawn is what the process's resident memory has grown by. They
are the heap of the C library, and those that `make bench-peers` has fetched,
put in front of it by the loader.
"""

import functools
import re
import subprocess
from concurrent.futures import ThreadPoolExecutor

from bench_pmm import ROOT, kernel_log, kernel_rows

PEERS = {"glibc": None, "jemalloc": "libjemalloc.so.2",
         "mimalloc": "libmimalloc.so.2.0"}
PEERS_AT = ROOT / "build/peers/usr/lib/i386-linux-gnu"
LIBC_AT = "/usr/i686-linux-gnu/lib"     # of the cross compiler

# Blocks at once, and operations.
PAIRS = {"64x64": (64, 1000000), "8-512": (10000, 1000000),
         "power": (10000, 1000000), "batch-1024": (1024, 204800)}
RESIZES = {"grow-half": (0, 560), "grow-64": (0, 20480)}
WORKLOADS = PAIRS | RESIZES
MEMORY = {"memory-2.5M": 10000, "memory-25M": 100000}
INSIDE = 20000          # operations of the kernel's own bench


# ------------------------------------------------------------------ programs

def command(heap):
    """What a heap's program is started by; None if there is no such heap."""
    if heap not in PEERS:
        return [ROOT / f"build/bench/kheap-{heap}"]
    command = [f"{LIBC_AT}/ld-linux.so.2", "--library-path",
               f"{LIBC_AT}:{PEERS_AT}"]
    if PEERS[heap]:
        library = PEERS_AT / PEERS[heap]
        if not library.exists():
            return None
        command += ["--preload", library]
    return command + [ROOT / "build/bench/kheap-libc"]


def run(heap, workload, live, operations, under=()):
    """What a program says, as {word: number}, and what stands beside it."""
    done = subprocess.run(
        [*under, *command(heap), workload, str(live), str(operations), "1"],
        check=True, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    words = done.stdout.split()
    said = dict(zip(words[::2], map(int, words[1::2])))
    if said["failures"]:
        raise RuntimeError(f"{heap} refuses memory: {workload}")
    return said, done.stderr


@functools.cache
def count(heap, workload, live, operations):
    """Instructions an operation, the workload's own included."""
    said, report = run(
        heap, workload, live, operations,
        under=["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null",
               "--toggle-collect=heap_work_run"])
    counted = re.search(r"Collected : (\d+)", report).group(1)
    return int(counted) / said["done"]


def cost(heap, *what):
    """Instructions an operation."""
    return round(count(heap, *what) - count("no_heap", *what), 1)


# ---------------------------------------------------------------------- rows

def count_operations(results, heaps):
    """Each program of its own, so two at a time."""
    jobs = [(heap, workload, *how) for heap in ["no_heap", *heaps]
            for workload, how in WORKLOADS.items()]
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda job: count(*job), jobs))
    for heap, workload, *how in jobs:
        if heap != "no_heap":
            results.add(f"kheap/{workload}", cost(heap, workload, *how), heap)


def measure_memory(results, heaps):
    """What is drawn for what is live, and what is kept when nothing is."""
    for heap in heaps:
        kept = [run(heap, workload, *how)[0]["kept"]
                for workload, how in WORKLOADS.items()]
        for row, live in MEMORY.items():
            said = run(heap, "8-512", live, 1000000)[0]
            results.add(f"kheap/{row}", round(said["drawn"] / said["live"], 3),
                        heap)
            kept.append(said["kept"])
        results.add("kheap/kept", max(kept), heap)


def measure_longest(results):
    """Of single calls, by the kernel's own bench."""
    for row, value in kernel_rows(1024):
        if row.startswith("kheap/longest"):
            results.add(row, int(value))
    found = re.findall(r"^# (longest .*)$", kernel_log(1024), re.M)
    results.note("", *found)


# --------------------------------------------------------------------- notes

def compare_kernel(results):
    """The same counts in the kernel, what the host's heap that does nothing
    takes subtracted."""
    inside = dict(kernel_rows(1024))
    results.note("", "instructions an operation on the host, and inside the "
                 "booted kernel, 1 GiB")
    for workload, (live, operations) in WORKLOADS.items():
        what = workload, live, min(operations, INSIDE)
        value = inside[f"kheap/{workload}"] - count("no_heap", *what)
        results.note(f"{workload:<12}{cost('ours', *what):10.1f}"
                     f"{value:10.1f}")


def measure(results, counts_only):
    """With `counts_only`, just what there are budgets for."""
    peers = [] if counts_only else list(PEERS)
    heaps = ["ours"] + [peer for peer in peers if command(peer)]
    count_operations(results, heaps)
    measure_memory(results, heaps)
    measure_longest(results)
    if counts_only:
        return
    for peer in peers:
        if peer not in heaps:
            results.note(f"{peer} is not here; build/peers/log may say why")
    compare_kernel(results)
