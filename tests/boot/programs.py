"""The programs that are run on Linux and in the kernel: what they are called
with, and where it is written down what Linux says.

Those of user/ show one thing each; those of tests/abi ask for everything. What
they print is the same wherever they run, but for what FREE describes.
"""

import re
import subprocess
from collections import namedtuple
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
EXPECTED = ROOT / "tests/abi/expected"

# What depends on the kernel: how much memory there is, the environment, where
# the heap is.
FREE = [(re.compile(r"\d+ MiB were promised"), "much was promised"),
        (re.compile(r"^environment: .*\n", re.M), ""),
        (re.compile(r"(free of|bytes at) 0x[0-9a-f]+"), r"\1 an address")]

DEMOS = {"hello": [], "args": ["one", "two three"], "cow": [], "stack": [],
         "guard": [], "heap": [], "oom": [], "shared": [], "pipe": [],
         "regions": ["0"]}
DIE = ["stack", "guard", "heap"]    # children of theirs do, and that is told
WITH_HEAP = ["/heap"]

REAL = ["hello", "malloc", "processes", "files", "mapping", "advice"]
LIBRARIES = ["glibc", "musl"]
STATUS = {"hello": 7}           # of those whose status is not 0
READ_FILES = ["processes", "files", "mapping"]
# On a kernel of 64 bits, not all that wraps around at 4 GiB does.
ONLY_32_BITS = ["mapping", "advice", "arguments", "taint"]

# What needs no library: the record, the name, the arguments.
BARE = [("arguments", "arguments", []),
        ("taint", "taint", []),
        ("random_calls", "random_calls", ["1", "10000"])]
BARE_LONG = [("random_calls-long", "random_calls", ["1", "1000000"])]


class Program(namedtuple("Program", "archive path arguments record status "
                                    "reads_files dies only_32_bits")):
    """A program in an archive, below whose folder it also is on this host."""

    @property
    def folder(self):
        if self.archive == "build/abi.cpio":
            return ROOT / "build/abi/files"
        return ROOT / ("build/user/heap" if self.path in WITH_HEAP else
                       "build/user/files")

    @property
    def file(self):
        return self.folder / self.path.lstrip("/")

    @property
    def is_bare(self):
        return self.archive == "build/abi.cpio" and self.path.count("/") == 1

    def quoted_arguments(self):
        return " ".join(f'"{word}"' if " " in word else word
                        for word in self.arguments)

    def expected(self):
        return without_free(self.record.read_text())

    def run_here(self, bound):
        """What it prints on this host; None if it cannot run here."""
        folder = [str(self.folder)] if self.reads_files else []
        try:
            run = subprocess.run([self.file, *self.arguments, *folder],
                                 stdin=subprocess.DEVNULL,
                                 stdout=subprocess.PIPE,
                                 stderr=subprocess.STDOUT, cwd="/",
                                 timeout=bound)
        except OSError:
            return None
        return without_free(run.stdout.decode("latin-1")
                            .replace(str(self.folder), ""))


def without_free(text):
    for pattern, replacement in FREE:
        text = pattern.sub(replacement, text)
    return text


def demos():
    for name, arguments in DEMOS.items():
        yield Program("build/initrd.cpio", f"/{name}", arguments,
                      EXPECTED / "user" / name, 0, False, name in DIE, False)


def real():
    for library in LIBRARIES:
        for name in REAL:
            yield Program("build/abi.cpio", f"/{library}/{name}", [],
                          EXPECTED / name, STATUS.get(name, 0),
                          name in READ_FILES, False, name in ONLY_32_BITS)
        yield Program("build/abi.cpio", f"/{library}/umalloc", [],
                      EXPECTED / "malloc", 0, False, False, False)


def bare(long):
    for record, name, arguments in BARE + (BARE_LONG if long else []):
        yield Program("build/abi.cpio", f"/{name}", arguments,
                      EXPECTED / record, 0, False, False,
                      name in ONLY_32_BITS)


def every(long):
    return [*demos(), *real(), *bare(long)]
