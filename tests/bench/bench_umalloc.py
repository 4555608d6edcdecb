"""The user malloc measured, on the workloads of the kernel's heap and as that
is: instructions by callgrind, less those of a heap that does nothing; memory as
the kernel tells it of the process.

The longest single calls are counted step by step, in fewer operations.
"""

import subprocess
from concurrent.futures import ThreadPoolExecutor

import bench_kheap
from bench_pmm import ROOT

PROGRAM = ROOT / "build/bench/kheap-malloc"
STEPPED = {"8-512": (2000, 2000), "power": (2000, 2000),
           "batch-1024": (1024, 2048)}


def count_operations(results):
    jobs = [(heap, workload, *how) for heap in ("no_heap", "malloc")
            for workload, how in bench_kheap.WORKLOADS.items()]
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda job: bench_kheap.count(*job), jobs))
    for workload, how in bench_kheap.WORKLOADS.items():
        results.add(f"umalloc/{workload}",
                    bench_kheap.cost("malloc", workload, *how))


def measure_memory(results):
    kept = [bench_kheap.run("malloc", workload, *how)[0]["resident_kept"]
            for workload, how in bench_kheap.WORKLOADS.items()]
    for row, live in bench_kheap.MEMORY.items():
        said = bench_kheap.run("malloc", "8-512", live, 1000000)[0]
        results.add(f"umalloc/{row}", round(said["resident"] / said["live"], 3))
        kept.append(said["resident_kept"])
    results.add("umalloc/kept", max(kept))


def kib_with(blocks):
    """The least of some runs: where the stack begins on its page is random,
    and may cost one more."""
    program = ROOT / f"build/bench/umalloc-blocks-{blocks}"
    return min(int(subprocess.run([program], check=True, text=True, env={},
                                  stdout=subprocess.PIPE).stdout.split()[1])
               for _ in range(16))


def measure_smallest(results):
    results.add("umalloc/smallest", 1024 * (kib_with(1) - kib_with(0)))


def address_of(function):
    names = subprocess.run(["nm", PROGRAM], check=True, text=True,
                           stdout=subprocess.PIPE).stdout
    return next(line.split()[0] for line in names.splitlines()
                if line.split()[-1] == function)


def longest_calls(workload, live, operations):
    done = subprocess.run(
        [ROOT / "build/bench/umalloc-longest", address_of("malloc"),
         address_of("free"), PROGRAM, workload, str(live), str(operations),
         "1"], check=True, text=True, stdout=subprocess.PIPE)
    words = done.stdout.splitlines()[-1].split()
    return dict(zip(words[::2], map(int, words[1::2])))


def measure_longest(results):
    with ThreadPoolExecutor(2) as pool:
        found = list(pool.map(lambda item: longest_calls(item[0], *item[1]),
                              STEPPED.items()))
    for call in "malloc", "free":
        results.add(f"umalloc/longest-{call}",
                    max(said[f"longest_{call}"] for said in found))


def measure(results, counts_only):
    count_operations(results)
    measure_memory(results)
    measure_smallest(results)
    measure_longest(results)
