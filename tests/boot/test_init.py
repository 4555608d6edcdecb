#!/usr/bin/env -S python3 -B
"""init= on the command line, and `run` in the shell: what a program gets, how
the machine ends, and what is said where nothing can be run."""

import struct
import subprocess
import tempfile
from pathlib import Path

from machine import PROMPT, ROOT, Machine, image
from tap import Tap

START = 0x08048000

# Programs in machine code: the first exits with the number of its arguments,
# the second reads address 0, the third turns the machine off by reboot().
PROGRAMS = {
    "count": "5b b801000000 cd80",
    "null": "a100000000",
    "off": "b858000000 bbaddee1fe b969191228 badcfe2143 cd80",
}


def program(code):
    """A file with a header, one segment, and the code."""
    start = 52 + 32
    size = start + len(code)
    header = struct.pack("<4s3B9x2H5I6H", b"\x7fELF", 1, 1, 1, 2, 3, 1,
                         START + start, 52, 0, 0, 52, 32, 1, 0, 0, 0)
    segment = struct.pack("<8I", 1, 0, START, START, size, size, 5, 4096)
    return header + segment + code


def archive(folder):
    files = Path(folder, "files")
    (files / "folder").mkdir(parents=True)
    for name, code in PROGRAMS.items():
        (files / name).write_bytes(program(bytes.fromhex(code)))
        (files / name).chmod(0o755)
    (files / "script").write_text("#!/count\n")
    (files / "script").chmod(0o755)
    (files / "text").write_bytes((files / "count").read_bytes())
    (files / "text").chmod(0o644)
    (files / "short").write_bytes((files / "count").read_bytes()[:80])
    (files / "short").chmod(0o755)
    path = Path(folder, "archive.cpio")
    subprocess.run([ROOT / "tools/initrd.py", path, files], check=True)
    return path


def boot(tap, initrd, append, status, claim, *words):
    """init ends the machine with a status, after some words."""
    with Machine(*image(append=append), "-initrd", initrd) as machine:
        found = machine.wait()
        missing = [word for word in words if word not in machine.log]
        tap.ok(found == status and not missing, claim,
               f"status {found}, missing {missing}", machine.log)


# Of QEMU, if the kernel's was `status`.
def qemu(status):
    return (status * 2 + 1) % 256


def runs_init(tap, initrd):
    boot(tap, initrd, "init=/count", qemu(1),
         "init gets its path as its only argument")
    boot(tap, initrd, 'init=/count -- a "b c" d test=pmm', qemu(5),
         "what stands behind -- goes to init, quoted words whole")
    boot(tap, initrd, "init=count plain", qemu(1),
         "a path without / begins at the root")
    boot(tap, initrd, "init=/null", qemu(128 + 11),
         "init may end by a signal", "process 1 'null': read of 0x00000000",
         "(SIGSEGV)")
    boot(tap, initrd, "init=/off", 0, "init may turn the machine off")


CANNOT = [
    ("/nothing", "there is no such file"),
    ("/folder", "it may not be executed"),
    ("/text", "it may not be executed"),
    ("/text/x", "no directory"),
    ("/script", "is too short for a program"),
    ("/short", "ends before its program headers do"),
]


def falls_back(tap, initrd):
    for path, words in CANNOT:
        with Machine(*image(append=f"init={path}"),
                     "-initrd", initrd) as machine:
            log = machine.read_until(PROMPT)
            tap.ok(path in log and words in log,
                   f"{path} cannot be init: said, and the shell comes", log)


def runs_in_the_shell(tap, initrd):
    with Machine(*image(), "-initrd", initrd) as machine:
        machine.read_until(PROMPT)
        tap.ok("exit code 3" in machine.ask('run /count "a b" c'),
               "run starts a program, and tells its exit code", machine.log)
        tap.ok("ended by signal 11" in machine.ask("run /null"),
               "... or the signal that ended it", machine.log)
        tap.ok("there is no such file" in machine.ask("run /nothing"),
               "... or why it cannot be run", machine.log)
        tap.ok("audit: clean" in machine.ask("audit"),
               "and nothing is left of it", machine.log)


def main():
    tap = Tap("init")
    with tempfile.TemporaryDirectory() as folder:
        initrd = archive(folder)
        runs_init(tap, initrd)
        falls_back(tap, initrd)
        runs_in_the_shell(tap, initrd)
    tap.done()


main()
