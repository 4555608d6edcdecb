"""Real programs that allocate much, as Debian packages them, and the heaps
that the loader can put in front of their C library's.

A world is an architecture of this host's: `HOST` has what is installed here,
`I386` what `make bench-peers` has fetched. There, the loader of the cross
compiler's C library is what is started, as the system need not have any."""

import os
import shutil
import sys
from collections import namedtuple
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
HERE = ROOT / "tests/preload"
WORK = ROOT / "build/preload"
PEERS = ROOT / "build/peers/usr"
LIBC_AT = "/usr/i686-linux-gnu/lib"
LIBRARIES = f"{LIBC_AT}:{PEERS}/lib/i386-linux-gnu:" \
    f"{PEERS.parent}/lib/i386-linux-gnu"

# None is the C library's own heap.
HEAPS = {"ours": ROOT / "build/host/libstrata-malloc.so", "glibc": None,
         "jemalloc": PEERS / "lib/i386-linux-gnu/libjemalloc.so.2",
         "mimalloc": PEERS / "lib/i386-linux-gnu/libmimalloc.so.2.0",
         "musl": ROOT / "build/bench/libmusl-malloc.so"}

# What comes out the same each time.
ENVIRONMENT = {"PATH": os.environ["PATH"], "LC_ALL": "C",
               "PERL_HASH_SEED": "0", "PYTHONHASHSEED": "0",
               "PYTHONDONTWRITEBYTECODE": "1"}


class Host:
    name = "x86-64"
    heap = ROOT / "build/host/libstrata-malloc-64.so"

    def find(self, program):
        """Where it is; None if it is not."""
        return sys.executable if program == "python3" \
            else shutil.which(program)

    def command(self, program, heap=None):
        """What it is started by."""
        return [self.find(program)]

    def environment(self, program, heap):
        return ENVIRONMENT | ({"LD_PRELOAD": str(heap)} if heap else {})


class I386:
    name = "i386"
    heap = HEAPS["ours"]
    at = {"perl": PEERS / "bin/perl", "xz": PEERS / "bin/xz",
          "python3": PEERS / "bin/python3.11",
          "sqlite3": PEERS / "bin/sqlite3",
          "cc1": PEERS / "lib/gcc/i686-linux-gnu/12/cc1"}

    def find(self, program):
        path = self.at.get(program)
        return path if path and path.exists() else None

    def command(self, program, heap=None):
        preload = ["--preload", heap] if heap else []
        return [f"{LIBC_AT}/ld-linux.so.2", "--library-path", LIBRARIES,
                *preload, self.at.get(program, program)]

    def environment(self, program, heap):
        return ENVIRONMENT | {"PYTHONHOME": str(PEERS)}


# `words` are the arguments, `variables` what stands in the environment besides,
# `input` the file that is standard input.
Program = namedtuple("Program", "name program words variables input",
                     defaults=({}, None))

# Python has a heap of its own for small objects, which this leaves out.
EACH_BY_MALLOC = {"PYTHONMALLOC": "malloc"}

EVERYWHERE = [
    Program("perl", "perl", [HERE / "words.pl"]),
    Program("perl, 20 children", "perl", [HERE / "children.pl"]),
    Program("python3", "python3", [HERE / "objects.py"]),
    Program("python3, each object by malloc", "python3", [HERE / "objects.py"],
            EACH_BY_MALLOC),
    Program("python3, 4 threads", "python3", [HERE / "threads.py"],
            EACH_BY_MALLOC),
    Program("sqlite3", "sqlite3", [":memory:"], {}, HERE / "rows.sql"),
    Program("xz -T2", "xz", ["-T2", "-1", "--block-size=1MiB", "-c",
                             WORK / "lines"]),
]

C = ["-std=gnu11", f"-I{ROOT}/include", "-D_GNU_SOURCE"]

ONLY = {
    "x86-64": [
        Program("gcc -O2", "gcc", [*C, "-O2", "-S", "-o", "-",
                                   ROOT / "user/malloc/malloc.c"]),
        Program("make -j4", "make", [
            "-s", "-B", "-j4", "-C", ROOT, "-f", HERE / "many.mk",
            f"OUT={WORK}", "CC=gcc"]),
        Program("sort --parallel=4", "sort", [
            "--parallel=4", "-S", "2M", "-T", WORK, WORK / "lines"]),
    ],
    "i386": [
        Program("gcc's cc1 -O1", "cc1", ["-quiet", "-O1", WORK / "malloc.i",
                                         "-o", "-"]),
    ],
}


def programs(world):
    return EVERYWHERE + ONLY[world.name]


def make_inputs():
    """What they read that is not in the tree."""
    WORK.mkdir(parents=True, exist_ok=True)
    lines = (f"{n * 7919 % 300007} {n}\n" for n in range(200000))
    (WORK / "lines").write_text("".join(lines))


def started(world, program, heap):
    """Its command, environment and input; for subprocess.run()."""
    command = world.command(program.program, heap) + program.words
    return command, {
        "env": world.environment(program.program, heap) | program.variables,
        "stdin": open(program.input or os.devnull, "rb")}
