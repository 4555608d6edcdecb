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
# the heap is, the numbers of processes where bash tells of one that was killed.
FREE = [(re.compile(r"\d+ MiB were promised"), "much was promised"),
        (re.compile(r"^environment: .*\n", re.M), ""),
        (re.compile(r"(free of|bytes at) 0x[0-9a-f]+"), r"\1 an address"),
        (re.compile(r"(line \d+): +\d+ (?=[A-Z])"), r"\1: ")]

DEMOS = {"hello": [], "args": ["one", "two three"], "cow": [], "stack": [],
         "guard": [], "heap": [], "oom": [], "shared": [], "pipe": [],
         "pager": [], "regions": ["0"]}
# Children of theirs do, and that is told.
DIE = ["stack", "guard", "heap", "signals", "endings", "frames", "deep_stack"]
WITH_HEAP = ["/heap"]

REAL = ["hello", "malloc", "processes", "files", "mapping", "advice",
        "faults", "signals", "threads", "endings", "meetings", "maps"]
LIBRARIES = ["glibc", "musl"]
WITH_OUR_MALLOC = ["malloc", "threads"]     # linked a second time
STATUS = {"hello": 7}           # of those whose status is not 0
READ_FILES = ["processes", "files", "mapping", "faults", "maps"]
# On a kernel of 64 bits, not all that wraps around at 4 GiB does.
ONLY_32_BITS = ["mapping", "maps", "advice", "arguments", "arguments_more",
                "taint", "frames", "many_regions", "deep_stack"]

# Debian's, which run the scripts of tests/abi/shells: the words behind each,
# and the status with which its script ends.
SHELLS = {"busybox": (["sh", "/busybox.sh"], 3), "bash": (["/bash.sh"], 0)}

# And what is typed at them, each as soon as something was said. Of the words
# for busybox. (How bash draws a line that is edited depends on how fast the
# keys come; busybox draws each.)
BUSY, BASH = "\x1b[6n", "bash-5.2# "    # behind and in a prompt
TYPED = {
    "busybox-typed": (["env", "-i", "/bin/busybox", "sh"], [
        (BUSY, "echo hello\r"),
        (BUSY, "ech\x7fho edit\x1b[D\x1b[D\x1b[Dan \x05ed\r"),
        (BUSY, "junk\x03"),
        (BUSY, "cd /da\tfo\t\r"),
        (BUSY, "busybox cat de\t\r"),
        (BUSY, "\x1b[A\x1b[A../up\r"),
        (BUSY, "cd /\r"),
        (BUSY, "echo go; busybox cat\r"),
        ("\ngo\n", "lost\x15typ\x7fped\r"),
        ("\ntyped\n", "\x04"),
        (BUSY, "read -s -p word: x; echo $x\r"),
        ("word:", "hidden\r"),
        (BUSY, "busybox stty -icanon -echo min 3; echo on; "
                 "busybox dd bs=9 count=1 2> /dev/null; busybox stty icanon\r"),
        ("\non\n", "abc"),
        ("abc/ # ", "busybox stty -icanon min 0 time 1; "
                 "busybox wc -c; busybox stty icanon echo\r"),
        (BUSY, "read -t 1 x; echo $?\r"),
        (BUSY, "busybox tty; [ -t 0 ]; echo $?; (exec 3< /dev/tty)\r"),
        (BUSY, "busybox sleep 0.1 & wait; exit 5\r")]),
    "bash-typed": (["env", "-i", "TERM=vt100", "/bin/bash"], [
        (BASH, "echo hello\r"),
        (BASH, "cd /da\tfo\t\r"),
        (BASH, "busybox cat de\t\r"),
        (BASH, "cd /data/up\r"),
        (BASH, "pwd; busybox pwd; cd /\r"),
        (BASH, "echo go; busybox cat\r"),
        ("\ngo\n", "lost\x15typ\x7fped\r"),
        ("\ntyped\n", "\x04"),
        (BASH, "read -s -n 3 -p word: x; echo $x\r"),
        ("word:", "abc"),
        (BASH, "read -t 0.2 x; echo $?\r"),
        (BASH, "busybox sleep 0.1; exit 5\r")]),
}

# What needs no library: the record, the name, the arguments.
BARE = [("arguments", "arguments", []),
        ("arguments_more", "arguments_more", []),
        ("taint", "taint", []),
        ("frames", "frames", []),
        ("many_regions", "many_regions", []),
        ("deep_stack", "deep_stack", []),
        ("random_calls", "random_calls", ["1", "10000"])]
BARE_LONG = [("random_calls-long", "random_calls", ["1", "1000000"])]


FOLDERS = {"build/initrd.cpio": "build/user/files",
           "build/abi.cpio": "build/abi/files",
           "build/shells.cpio": "build/shells/files"}


class Program(namedtuple("Program", "archive path arguments record status "
                                    "reads_files dies only_32_bits typed",
                         defaults=[[]])):
    """A program in an archive, below whose folder it also is on this host."""

    @property
    def folder(self):
        if self.path in WITH_HEAP:
            return ROOT / "build/user/heap"
        return ROOT / FOLDERS[self.archive]

    @property
    def file(self):
        return self.folder / self.path.lstrip("/")

    @property
    def is_bare(self):
        return self.archive == "build/abi.cpio" and self.path.count("/") == 1

    @property
    def is_shell(self):
        return self.archive == "build/shells.cpio"

    def quoted_arguments(self):
        return " ".join(f'"{word}"' if " " in word else word
                        for word in self.arguments)

    def type_at(self, machine):
        """Type what is to be typed, and wait for the machine's end."""
        for said, keys in self.typed:
            machine.read_until(said)
            machine.send(keys)
        return machine.wait()

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
                            .replace(str(self.folder), "").replace("\r", ""))


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
                          name in READ_FILES, name in DIE,
                          name in ONLY_32_BITS)
        for name in WITH_OUR_MALLOC:
            yield Program("build/abi.cpio", f"/{library}/u{name}", [],
                          EXPECTED / name, 0, False, False, False)


def shells():
    for name, (words, status) in SHELLS.items():
        yield Program("build/shells.cpio", f"/bin/{name}", words,
                      EXPECTED / "shells" / name, status, False, False, False)
    for name, (words, typed) in TYPED.items():
        yield Program("build/shells.cpio", "/bin/busybox", words,
                      EXPECTED / "shells" / name, 5, False, False, False, typed)


def bare(long):
    for record, name, arguments in BARE + (BARE_LONG if long else []):
        yield Program("build/abi.cpio", f"/{name}", arguments,
                      EXPECTED / record, 0, False, name in DIE,
                      name in ONLY_32_BITS)


def every(long):
    return [*demos(), *real(), *shells(), *bare(long)]
