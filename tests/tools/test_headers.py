#!/usr/bin/env python3
"""tools/headers.py bites on each sort of violation, and lets the rest pass."""
import shutil
import sys

sys.dont_write_bytecode = True  # everything made goes below build/

from fake_tree import CLEAN, TOP, fake_tree, faults, make, tell

TOOL = TOP / "tools/headers.py"
COMPILERS = (["i686-elf-gcc"], ["i686-linux-gnu-gcc"],
             ["clang", "--target=i686-elf"])
FLAGS = ["-std=gnu11", "-ffreestanding", "-Wall", "-Wextra", "-Werror",
         "-MMD", "-MP", "-Iinclude"]

PMM_H = """\
/* mm/pmm.h - frames. */
#ifndef MM_PMM_H
#define MM_PMM_H

#include "lib/types.h"

enum { ORDER_MAX = 10 };

#define PMM_EACH(f)   \\
    for (;;)          \\
        f()

struct pmm_stats {
    void (*free)(int frames);
};

typedef int (pmm_visitor)(int);
extern int (*pmm_hook)(int);

/*
 * Start.
 *
 * Cost:     O(1).
 * Context:  boot.
 */
void pmm_init(void);

/*
 * Allocate.
 *
 * Returns:  a frame.
 * Cost:     O(1).
 * Context:  thread.
 */
NODISCARD FORMAT(1, 2) int pmm_alloc(const char *name,
                                     ...);

static inline int pmm_one(void)
{
    return 1;
}

#endif
"""

TREE = {
    "include/lib/types.h": "#ifndef TYPES_H\n#define TYPES_H\n"
                           "#define NODISCARD\n#define FORMAT(a, b)\n#endif\n",
    "include/mm/platform.h": "/* Take and give back. Context: any. */\n"
                             "void platform_lock(void);\n"
                             "int platform_unlock(void);\n",
    "include/mm/pmm.h": PMM_H,
    "include/kernel/power.h": "/* Off. */\nvoid power_off(void);\n",
    "mm/pmm_internal.h": '#include "mm/pmm.h"\n',
}

LONG_INLINE = ("static inline int long_one(int n)\n{\n"
               + "    n++;\n" * 8 + "    return n;\n}\n")

COMMENT_CASES = [
    ("a tree in order passes", {}, CLEAN),
    ("a prototype of mm needs a comment",
     {"include/mm/kva.h": "/* mm/kva.h - ranges. */\n\nint kva_find(void);\n"},
     ["include/mm/kva.h:3: kva_find has no comment directly above"]),
    ("one of a page further up is not above it",
     {"include/mm/pmm.h": PMM_H.replace("boot.\n */\n", "boot.\n */\n\n")},
     ["include/mm/pmm.h:27: pmm_init has no comment directly above"]),
    ("so does a prototype of the kernel",
     {"include/kernel/power.h": "void power_off(void);\n"},
     ["include/kernel/power.h:1: power_off has no comment directly above"]),
    ("a #define takes the comment that stands above it",
     {"include/kernel/power.h": "/* A port. */\n#define PORT 1\n"
                                "void power_off(void);\n"},
     ["include/kernel/power.h:3: power_off has no comment directly above"]),
    ("a comment in mm says the context",
     {"include/mm/pmm.h": PMM_H.replace("Context:  boot", "When:     boot")},
     ["include/mm/pmm.h:26: pmm_init's comment has no Context:"]),
    ("it says the cost",
     {"include/mm/pmm.h": PMM_H.replace("Cost:", "Costs", 1)},
     ["include/mm/pmm.h:26: pmm_init's comment has no Cost:"]),
    ("it says what is returned",
     {"include/mm/pmm.h": PMM_H.replace("Returns:  a frame", "A frame")},
     ["include/mm/pmm.h:35: pmm_alloc's comment has no Returns:"]),
    ("a pointer to void is returned too",
     {"include/mm/pmm.h": PMM_H.replace("void pmm_init", "void *pmm_init")},
     ["include/mm/pmm.h:26: pmm_init's comment has no Returns:"]),
    ("the platform's say only when they may be called",
     {"include/mm/platform.h": "/* Take. */\nvoid platform_lock(void);\n"},
     ["include/mm/platform.h:2: platform_lock's comment has no Context:"]),
    ("a long inline function needs a comment",
     {"include/lib/long.h": LONG_INLINE},
     ["include/lib/long.h:1: long_one has no comment directly above"]),
    ("with one it passes",
     {"include/lib/long.h": "/* Why. */\n" + LONG_INLINE}, CLEAN),
]

# The sentence ends with the compiler's own words; this is what precedes.
COMPILE_CASES = [
    ("headers in order compile alone", {}, CLEAN),
    ("a header that lacks an #include does not",
     {"include/mm/pmm.h": PMM_H.replace("#include", "//")},
     ["include/mm/pmm.h: {} does not compile it alone: include/mm/pmm.h:35:",
      "mm/pmm_internal.h: {} does not compile it alone: "
      "include/mm/pmm.h:35:"]),
    ("nor does one without a guard, as it may be included twice",
     {"include/mm/pmm.h": "enum { ORDER_MAX = 10 };\n"},
     ["include/mm/pmm.h: {} does not compile it alone: include/mm/pmm.h:1:",
      "mm/pmm_internal.h: {} does not compile it alone: include/mm/pmm.h:1:"]),
    ("a warning is an error here",
     {"mm/pmm_internal.h": "static int pmm_unused(void) { return 1; }\n"},
     ["mm/pmm_internal.h: {} does not compile it alone: mm/pmm_internal.h:1:"]),
]


def starts(faults, expected):
    """Each fault cut to the length of what is expected."""
    return [fault[:len(start)] for fault, start in zip(faults, expected)] \
        + faults[len(expected):]


def results():
    for claim, files, expected in COMMENT_CASES:
        with fake_tree(TREE | files) as tree:
            yield claim, faults([TOOL], tree), expected
    for compiler in filter(lambda c: shutil.which(c[0]), COMPILERS):
        for claim, files, expected in COMPILE_CASES:
            expected = [line.format(compiler[0]) for line in expected]
            with fake_tree(TREE | files) as tree:
                got = faults([TOOL, *compiler, *FLAGS], tree)
            yield f"{compiler[0]}: {claim}", starts(got, expected), expected
    yield from results_of_this_tree()


def results_of_this_tree():
    yield "Strata's comments pass", faults([TOOL]), CLEAN
    show = "--eval=show:; @echo $(CC) $(CFLAGS_KERNEL) -DCHECKED=0"
    for family in filter(shutil.which, ("clang", "gcc")):
        compiler = make(show, "show", *["CC=clang"] * (family == "clang"))
        yield (f"Strata's headers compile alone with {family}",
               faults([TOOL, *compiler.split()]), CLEAN)


sys.exit(tell("headers", results()))
