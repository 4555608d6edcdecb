"""What the tests of tools/ share: small trees to judge, and TAP.

A case is a claim, the files in which its tree differs from a clean one, and
the exact lines that the tool prints about it; no lines: the tool is content.
"""
import contextlib
import os
import subprocess
import tempfile
from pathlib import Path

TOP = Path.cwd()
CLEAN = []


@contextlib.contextmanager
def fake_tree(files):
    """A folder below build/ with these files, for the time of a `with`."""
    os.makedirs("build", exist_ok=True)
    with tempfile.TemporaryDirectory(dir="build", prefix="tree-") as name:
        for path, text in files.items():
            file = Path(name, path)
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
        yield Path(name)


def faults(command, folder="."):
    """What a tool has to say against the tree in `folder`."""
    run = subprocess.run(command, cwd=folder, text=True, capture_output=True)
    lines = (run.stdout + run.stderr).splitlines()
    return lines if run.returncode else CLEAN


def make(*arguments):
    """What make prints, run as a user does, even where make runs this."""
    env = {name: value for name, value in os.environ.items()
           if name not in ("MAKEFLAGS", "MAKELEVEL", "MFLAGS", "CC")}
    return subprocess.run(["make", "-s", *arguments], env=env, check=True,
                          stdout=subprocess.PIPE, text=True).stdout


def tell(suite, results):
    """Print TAP for (claim, got, expected) of each result; the status."""
    failed = count = 0
    for count, (claim, got, expected) in enumerate(results, 1):
        verdict = "ok" if got == expected else "not ok"
        failed += got != expected
        print(f"{verdict} {count} - {suite}: {claim}", flush=True)
        if got != expected:
            print(*[f"# expected: {line}" for line in expected],
                  *[f"# got:      {line}" for line in got], sep="\n")
    print(f"1..{count}")
    return bool(failed)
