#!/usr/bin/env -S python3 -B
"""Set-up says what is missing, and touches nothing where it cannot help. It
is run with a PATH on which there is next to nothing; apt-get is a script that
writes down how it is called."""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.append(str(ROOT / "tests/boot"))
from tap import Tap

APT = '#!/bin/sh\necho "apt-get $*"\n'
SUDO = '#!/bin/sh\necho "as root:"\nexec "$@"\n'
USER = "#!/bin/sh\necho 1000\n"
ADMIN = "#!/bin/sh\necho 0\n"
HAS_MULTILIB = '#!/bin/sh\nprintf "install ok installed"\n'
MISSING = "set-up: missing: "
INSTALLS = "apt-get install --no-install-recommends"

# The claim; programs beside the fewest; the status, what is said, and what
# is not.
CASES = [
    ("what is missing is named where there is no apt-get", {"id": ADMIN},
     1, [MISSING, " nasm", "there is no apt-get here"], INSTALLS),
    ("root installs it, and looks again", {"id": ADMIN, "apt-get": APT},
     1, ["apt-get update", f"{INSTALLS} -qq -y --no-remove", " nasm",
         "and yet there is still missing"], "as root:"),
    ("a user installs it through sudo",
     {"id": USER, "apt-get": APT, "sudo": SUDO},
     1, ["as root:", f"{INSTALLS} -qq -y --no-remove"], "takes root"),
    ("a user without sudo is told what to do", {"id": USER, "apt-get": APT},
     1, [f"this takes root: {INSTALLS} "], "apt-get update"),
    ("gcc-multilib is not removed in silence",
     {"id": ADMIN, "apt-get": APT, "dpkg-query": HAS_MULTILIB},
     1, ["cannot be installed beside gcc-multilib"], INSTALLS),
    ("an i686-elf-gcc will do",
     {"id": ADMIN, "i686-elf-gcc": ADMIN},
     1, [MISSING], "gcc-i686-linux-gnu"),
]


def set_up(programs):
    with tempfile.TemporaryDirectory() as folder:
        for name in "sh", "sort", "tr", "env", "grep":
            os.symlink(shutil.which(name), f"{folder}/{name}")
        for name, text in programs.items():
            path = Path(folder, name)
            path.write_text(text)
            path.chmod(0o755)
        return subprocess.run(["/bin/sh", ROOT / "tools/setup.sh"],
                              env={"PATH": folder}, text=True,
                              stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT)


def main():
    tap = Tap("set-up")
    for claim, programs, status, said, unsaid in CASES:
        run = set_up(programs)
        tap.ok(run.returncode == status and unsaid not in run.stdout and
               all(words in run.stdout for words in said), claim,
               f"status {run.returncode}", run.stdout)
    run = subprocess.run([ROOT / "tools/setup.sh", "test"], text=True,
                         stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    tap.ok(run.returncode == 0 and run.stdout == "",
           "it is silent when all is there", run.stdout)
    tap.done()


main()
