#!/usr/bin/env python3
"""tools/sweeps.py finds what allocates, and whether it is swept."""
import shutil
import sys

sys.dont_write_bytecode = True  # everything made goes below build/

from fake_tree import CLEAN, TOP, fake_tree, faults, make, tell

TOOL = TOP / "tools/sweeps.py"
COMPILER = "i686-elf-gcc" if shutil.which("i686-elf-gcc") else \
    "i686-linux-gnu-gcc"
FLAGS = ["-O2", "-ffreestanding", "-fno-pic", "-Iinclude"]
OBJECTS = "build/obj"

PMM_H = """\
int pmm_alloc_slow(void);
static inline int pmm_alloc(void)
{
    return pmm_alloc_slow();
}
void pmm_free(int frame);
"""

TREE = {
    "include/mm/pmm.h": PMM_H,
    "include/mm/kva.h": "int kva_alloc(void);\n",
    "include/kernel/proc.h": "",
    "mm/memmap.c": "int memmap_take(void) { return 1; }\n",
    "mm/pmm_bitmap.c": "int pmm_bitmap_take(void) { return 1; }\n"
                       "int pmm_bitmap_take_some(void) { return 1; }\n",
    "mm/pmm.c": """\
int memmap_take(void), pmm_bitmap_take(void), pmm_bitmap_take_some(void);
int pmm_start(void) { return memmap_take() + pmm_bitmap_take_some(); }
int pmm_alloc_slow(void) { return pmm_bitmap_take(); }
void pmm_free(int frame) { (void)frame; }
""",
    "mm/kva.c": """\
#include "mm/pmm.h"
__attribute__((noinline)) static int back(void) { return pmm_alloc() + 1; }
int kva_alloc(void) { return back() + 1; }
""",
    "tests/unit/test_nth.c": "SWEEP(pmm_alloc, fails)\n"
                             "SWEEP(kva_alloc, fails)\n",
}

PROC_H = "int process_run(void);\nint command_run(void);\n"
PROC = """\
int kva_alloc(void);
int process_run(void) { return kva_alloc(); }
"""
SWEPT_PROC = TREE["tests/unit/test_nth.c"] + "SWEEP(process_run, fails)\n"

UNTRIED = "allocates, and no SWEEP of tests/ tries it with too little memory"

CASES = [
    ("a tree whose operations are all swept passes", {}, CLEAN),
    ("what allocates through a static function needs a sweep",
     {"tests/unit/test_nth.c": "SWEEP(pmm_alloc, fails)\n"},
     [f"include/mm/kva.h:1: kva_alloc {UNTRIED}"]),
    ("so does what is inline, whatever is left of it is called",
     {"tests/unit/test_nth.c": "SWEEP(kva_alloc, fails)\n"},
     [f"include/mm/pmm.h:2: pmm_alloc {UNTRIED}"]),
    ("so does what a room above adds",
     {"include/kernel/proc.h": "\nint proc_start(void);\n",
      "kernel/sys/proc.c": "int kva_alloc(void);\n"
                           "int proc_start(void) { return kva_alloc(); }\n"},
     [f"include/kernel/proc.h:2: proc_start {UNTRIED}"]),
    ("what gets all its memory through another operation is tried there",
     {"include/kernel/proc.h": PROC_H, "kernel/proc.c": PROC,
      "tests/unit/test_nth.c": SWEPT_PROC,
      "kernel/shell.c": "int process_run(void);\n"
                        "int command_run(void) { return process_run(); }\n"},
     CLEAN),
    ("but not if it allocates beside it",
     {"include/kernel/proc.h": PROC_H, "kernel/proc.c": PROC,
      "tests/unit/test_nth.c": SWEPT_PROC,
      "kernel/shell.c": "int process_run(void), kva_alloc(void);\n"
                        "int command_run(void)\n"
                        "{ return process_run() + kva_alloc(); }\n"},
     [f"include/kernel/proc.h:2: command_run {UNTRIED}"]),
    ("a function that only ends in _slow stands for itself",
     {"include/kernel/proc.h": "int proc_slow(void);\n",
      "kernel/proc.c": "int kva_alloc(void);\n"
                       "int proc_slow(void) { return kva_alloc(); }\n"},
     [f"include/kernel/proc.h:1: proc_slow {UNTRIED}"]),
    ("a call at a function's end is not one of the next function",
     {"mm/pmm.c": TREE["mm/pmm.c"].replace(
         "void pmm_free(int frame) { (void)frame; }",
         "__attribute__((noreturn)) void pmm_stop(void);\n"
         "void pmm_free(int frame) { (void)frame; pmm_stop(); }\n"
         "int pmm_last(void) { return pmm_bitmap_take(); }")}, CLEAN),
    ("two static functions of one name are two",
     {"mm/pmm_run.c": "__attribute__((noinline)) static int back(void)\n"
                      "{ __asm__ volatile(\"\"); return 1; }\n"
                      "void pmm_free(int frame);\n"
                      "int pmm_count(void) { return back(); }\n",
      "include/mm/pmm.h": PMM_H + "int pmm_count(void);\n"}, CLEAN),
    ("a sweep of what does not allocate is told",
     {"tests/unit/test_nth.c": TREE["tests/unit/test_nth.c"] +
                               "SWEEP(pmm_free, fails)\n"},
     ["tests/unit/test_nth.c:3: pmm_free is swept, and does not allocate"]),
    ("so is one of what is no operation",
     {"tests/unit/test_nth.c": TREE["tests/unit/test_nth.c"] +
                               "SWEEP(pmm_bitmap_take, fails)\n"},
     ["tests/unit/test_nth.c:3: pmm_bitmap_take is swept, and does not "
      "allocate"]),
    ("when memory comes from elsewhere, that is told",
     {"mm/pmm.c": TREE["mm/pmm.c"].replace("memmap_take()", "1")},
     [f"{OBJECTS}: nobody calls memmap_take, where memory comes from"]),
]


def compile_all(tree):
    for source in [*tree.glob("mm/*.c"), *tree.glob("kernel/**/*.c")]:
        name = source.relative_to(tree)
        (tree / OBJECTS / name).parent.mkdir(parents=True, exist_ok=True)
        errors = faults([COMPILER, *FLAGS, "-c", name, "-o",
                         f"{OBJECTS}/{name}.o"], tree)
        if errors:
            sys.exit("\n".join(errors))


def results():
    for claim, files, expected in CASES:
        with fake_tree(TREE | files) as tree:
            compile_all(tree)
            yield claim, faults([TOOL, OBJECTS], tree), expected
    with fake_tree(TREE) as tree:
        yield ("a build that is not there is no clean build",
               faults([TOOL, OBJECTS], tree),
               [f"{OBJECTS}: nobody calls memmap_take, where memory comes "
                "from"])
    yield from results_of_this_tree()


def results_of_this_tree():
    for compiler, out in ((), "build"), (("CC=clang",), "build/clang"):
        if compiler and not shutil.which("clang"):
            continue
        make(*compiler, "kernel")
        for variant in "release", "checked":
            yield (f"Strata passes, {out}/obj/{variant}",
                   faults([TOOL, f"{out}/obj/{variant}"]), CLEAN)


sys.exit(tell("sweeps", results()))
