#!/usr/bin/env python3
"""tools/layers.py bites on each sort of violation, and lets the rest pass."""
import shutil
import sys
from pathlib import Path

sys.dont_write_bytecode = True  # everything made goes below build/

from fake_tree import CLEAN, TOP, fake_tree, faults, make, tell

TOOL = TOP / "tools/layers.py"
OBJECTS = "build/mm"

COMPILERS = (["i686-elf-gcc"], ["i686-linux-gnu-gcc"],
             ["clang", "--target=i686-elf"])
COMPILER = next(c for c in COMPILERS if shutil.which(c[0]))
FLAGS = ["-g", "-O2", "-ffreestanding", "-fno-pic", "-Iinclude"]

TREE = {
    "include/lib/types.h": "#include <stdint.h>\n",
    "include/mm/platform.h": '#include "lib/types.h"\n'
                             "/* Not platform_secret(). */\n"
                             "extern char *platform_direct_map;\n"
                             "void platform_log(const char *line);\n",
    "include/mm/pmm.h": '#include "mm/platform.h"\nint pmm_alloc(void);\n',
    "include/mm/kva.h": '#include "mm/pmm.h"\nint kva_alloc(void);\n',
    "include/x86/cpu.h": '#include "lib/types.h"\n',
    "include/kernel/printf.h": '#include "x86/cpu.h"\n',
    "mm/pmm_internal.h": '#include "mm/pmm.h"\nint pmm_find(void);\n',
    "mm/pmm.c": '#include "pmm_internal.h"\n'
                "int pmm_alloc(void) { platform_log(platform_direct_map);\n"
                "return pmm_find(); }\n",
    "mm/pmm_run.c": '#include "pmm_internal.h"\n'
                    "int pmm_find(void) { return 1; }\n",
    "mm/kva.c": '#include "mm/kva.h"\n'
                "void *memset(void *, int, __SIZE_TYPE__);\n"
                "int kva_count;\n"
                "int kva_alloc(void) {\n"
                "memset(platform_direct_map, 0, 1000); return pmm_alloc();\n"
                "}\n",
    "kernel/main.c": '#include "mm/kva.h"\n#include "kernel/printf.h"\n',
    "kernel/selftest.c": '#include "strata_test.h"\n',
    "tests/strata_test.h": '#include "mm/platform.h"\n',
    "tests/unit/test_pmm.c": '#include <stdio.h>\n'
                             '#include "strata_test.h"\n'
                             '#include "mm/pmm.h"\n',
}

INCLUDE_CASES = [
    ("a tree in order passes", {}, CLEAN),
    ("a source may not include a higher layer",
     {"mm/pmm_run.c": '#include "mm/pmm.h"\n\n#  include "mm/kva.h"\n'},
     ["mm/pmm_run.c:3: pmm includes mm/kva.h, which is above it"]),
    ("nor may a header of mm",
     {"include/mm/pmm.h": '#include <mm/kva.h>\n'},
     ["include/mm/pmm.h:1: pmm includes mm/kva.h, which is above it"]),
    ("what lies below all layers includes none",
     {"include/mm/addr.h": '#include "mm/pmm.h"\n'},
     ["include/mm/addr.h:1: ground includes mm/pmm.h, which is above it"]),
    ("mm may not include the kernel",
     {"mm/kva.c": '#include "kernel/printf.h"\n#include "x86/cpu.h"\n'},
     ["mm/kva.c:1: kva includes kernel/printf.h, but mm may include only "
      "mm, lib",
      "mm/kva.c:2: kva includes x86/cpu.h, but mm may include only mm, lib"]),
    ("mm may not include what needs a C library",
     {"mm/kva.c": "#include <string.h>\n"},
     ["mm/kva.c:1: kva includes string.h, which is neither in the tree nor "
      "freestanding"]),
    ("lib includes only lib",
     {"include/lib/list.h": '#include "mm/addr.h"\n#include "mm/pmm.h"\n',
      "include/mm/addr.h": ""},
     ["include/lib/list.h:1: lib includes mm/addr.h, but lib may include "
      "only lib",
      "include/lib/list.h:2: lib includes mm/pmm.h, but lib may include "
      "only lib"]),
    ("x86 may not include the kernel",
     {"include/x86/cpu.h": '#include "kernel/printf.h"\n'},
     ["include/x86/cpu.h:1: x86 includes kernel/printf.h, but x86 may "
      "include only x86, mm, lib"]),
    ("only selftest.c brings the tests into the kernel",
     {"kernel/main.c": '#include "strata_test.h"\n'},
     ["kernel/main.c:1: kernel includes strata_test.h, but kernel may "
      "include only kernel, x86, mm, abi, lib"]),
    ("a header in mm/ is for its layer alone",
     {"mm/kva.c": '#include "pmm_internal.h"\n',
      "kernel/main.c": '\n#include "../mm/pmm_internal.h"\n'},
     ["kernel/main.c:2: kernel includes ../mm/pmm_internal.h, which is "
      "private to pmm",
      "mm/kva.c:1: kva includes pmm_internal.h, which is private to pmm"]),
    ("a file of mm without a layer is told how to get one",
     {"mm/swap.c": '#include "mm/kva.h"\n'},
     ["mm/swap.c: is of no layer; name it LAYER.c or LAYER_part.c, or add "
      "its layer to LAYERS of tools/layers.py"]),
    ("so is a folder of headers without a room",
     {"include/net/ip.h": ""},
     ["include/net/ip.h: is in no room; ROOMS of tools/layers.py lists "
      "them"]),
]

SYMBOL_CASES = [
    ("objects in order pass", {}, CLEAN),
    ("a call upwards needs no #include to be seen",
     {"mm/pmm_run.c": "int kva_alloc(void);\n"
                      "int pmm_find(void) {\n"
                      "return kva_alloc() + 1; }\n"},
     ["mm/pmm_run.c:3: pmm uses kva_alloc of kva, above it"]),
    ("so it is with a variable",
     {"mm/pmm_run.c": "extern int kva_count;\n"
                      "int pmm_find(void) {\n"
                      "return kva_count; }\n"},
     ["mm/pmm_run.c:3: pmm uses kva_count of kva, above it"]),
    ("64-bit division is seen, which needs libgcc",
     {"mm/pmm_run.c": "int pmm_find(void) { return 0; }\n"
                      "unsigned long long pmm_share(unsigned long long sum,\n"
                      "                             unsigned long long n) {\n"
                      "return sum / n; }\n"},
     ["mm/pmm_run.c:4: pmm uses __udivdi3, which neither mm/ nor its "
      "platform has"]),
    ("the kernel's functions are not mm's to call",
     {"mm/pmm_run.c": "void kprintf(const char *);\n"
                      'int pmm_find(void) { kprintf("");\n'
                      "return 1; }\n"},
     ["mm/pmm_run.c:2: pmm uses kprintf, which neither mm/ nor its "
      "platform has"]),
    ("a platform function is one that platform.h declares",
     {"mm/pmm_run.c": "void platform_secret(void);\n"
                      "int pmm_find(void) { platform_secret(); return 1; }\n"},
     ["mm/pmm_run.c:2: pmm uses platform_secret, which neither mm/ nor its "
      "platform has"]),
]


def compile_mm(tree):
    (tree / OBJECTS).mkdir(parents=True)
    for source in tree.glob("mm/*.c"):
        obj = f"{OBJECTS}/{source.name}.o"
        errors = faults([*COMPILER, *FLAGS, "-c", f"mm/{source.name}", "-o",
                         obj], tree)
        if errors:
            sys.exit("\n".join(errors))


def results():
    for claim, files, expected in INCLUDE_CASES:
        with fake_tree(TREE | files) as tree:
            yield claim, faults([TOOL], tree), expected
    for claim, files, expected in SYMBOL_CASES:
        with fake_tree(TREE | files) as tree:
            compile_mm(tree)
            yield claim, faults([TOOL, OBJECTS], tree), expected
    with fake_tree(TREE) as tree:
        compile_mm(tree)
        (tree / "mm/kheap_unmapped.c").touch()
        yield ("a build may lack what stands in for another file",
               faults([TOOL, OBJECTS], tree), CLEAN)
    with fake_tree(TREE) as tree:
        yield ("a build that is not there is no clean build",
               faults([TOOL, OBJECTS], tree),
               [f"{OBJECTS}: has no object of mm/kva.c"])
    yield from results_of_this_tree()


def results_of_this_tree():
    for compiler, out in ((), "build"), (("CC=clang",), "build/clang"):
        if compiler and not shutil.which("clang"):
            continue
        folders = [f"{out}/obj/{variant}/mm"
                   for variant in ("release", "checked", "lib-i386")]
        make(*compiler, *(f"{folder}/{source.name}.o" for folder in folders
                          for source in Path("mm").glob("*.c")))
        yield f"Strata passes, below {out}", faults([TOOL, *folders]), CLEAN


sys.exit(tell("layers", results()))
