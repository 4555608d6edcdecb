"""A machine of ours: QEMU, its serial port, its monitor.

    with Machine("-kernel", "build/strata.elf") as machine:
        machine.read_until(PROMPT)
        print(machine.ask("help"))
        print(machine.monitor("info mem"))

Every wait has a bound. Only processes started here are ever ended.
"""

import json
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PASSED, FAILED = 33, 35     # QEMU's status after 16 and 17 to isa-debug-exit
PROMPT = "\nstrata> "

# Whoever ends a test by SIGTERM still sees its machine ended.
signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(1))


class Hang(Exception):
    """What was waited for did not come in time."""


class Ended(Exception):
    """The machine ended before what was waited for."""


def build_folder(compiler):
    return ROOT / ("build/clang" if compiler == "clang" else "build")


def image(compiler="gcc", kernel="release", way="kernel", tests=False,
          append=""):
    """QEMU's arguments to boot one of the products, for the tests or not."""
    folder = build_folder(compiler)
    if way == "iso":
        return ["-cdrom", folder / f"strata{'-tests' * tests}.iso"]
    name = f"strata{'-checked' * (kernel == 'checked')}.elf"
    return ["-kernel", folder / name,
            "-append", append + " test" * tests]


class Machine:
    """One QEMU, ended at the end of the `with`, at the latest `bound` seconds
    after its start."""

    def __init__(self, *arguments, memory=128, cpu=None, bound=120,
                 program="qemu-system-i386"):
        self.deadline = time.monotonic() + bound
        self.bound = bound
        self.log = ""       # all that the serial port said, without CR
        self.unread = 0     # where in it read_until() goes on
        self.serial, serial = socket.socketpair()
        self.control, control = socket.socketpair()
        self.complete = False
        self.news = threading.Condition()   # of the log
        self.control_file = None
        self.errors = tempfile.TemporaryFile("w+")  # QEMU's own
        fds = serial.fileno(), control.fileno()
        # The outer bound holds even if this process is killed.
        command = ["timeout", "--foreground", "-k", "1", str(bound + 10),
                   program, "-m", str(memory),
                   *(["-cpu", cpu] if cpu else []),
                   "-display", "none", "-no-reboot",
                   "-device", "isa-debug-exit,iobase=0xf4,iosize=4",
                   "-chardev", f"socket,id=serial,fd={fds[0]}",
                   "-serial", "chardev:serial",
                   "-chardev", f"socket,id=control,fd={fds[1]}",
                   "-mon", "chardev=control,mode=control", *arguments]
        self.process = subprocess.Popen(command, pass_fds=fds, cwd=ROOT,
                                        stdin=subprocess.DEVNULL,
                                        stdout=subprocess.DEVNULL,
                                        stderr=self.errors)
        serial.close()
        control.close()
        self.reader = threading.Thread(target=self._drain, daemon=True)
        self.reader.start()

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        if self.process.poll() is None:
            self.process.terminate()
        self.process.wait()
        self.reader.join()
        if error:
            print(self.log, self.complaint(), sep="\n", file=sys.stderr)
        self.serial.close()
        self.control.close()

    def complaint(self):
        """What QEMU itself had to complain about."""
        self.errors.seek(0)
        return self.errors.read()

    def _left(self):
        """Seconds left, to wait for something; in vain once there are none."""
        left = self.deadline - time.monotonic()
        if left <= 0:
            raise Hang(f"nothing more within its bound of {self.bound} s")
        return left

    def _drain(self):
        """Keep the serial port empty: what does not fit QEMU throws away,
        and a few hundred characters are too many."""
        data = True
        while data:
            try:
                data = self.serial.recv(65536)
            except OSError:
                data = b""
            with self.news:
                self.log += data.decode("latin-1").replace("\r", "")
                self.complete = not data
                self.news.notify()

    def _find(self, text):
        """Wait for `text`. Returns its place in the log; -1 if the machine
        ended without it."""
        def place():
            return self.log.find(text, self.unread)
        with self.news:
            self.news.wait_for(lambda: self.complete or place() >= 0,
                               self._left())
            if place() < 0 and not self.complete:
                self._left()
            return place()

    def read_until(self, text):
        """Wait until `text` is said. Returns what was said up to it."""
        at = self._find(text)
        if at < 0:
            raise Ended(f"the machine ended before it said {text!r}")
        said = self.log[self.unread:at]
        self.unread = at + len(text)
        return said

    def lines(self):
        """Every whole line of the log, as it comes, to the machine's end."""
        while (end := self._find("\n")) >= 0:
            line = self.log[self.unread:end]
            self.unread = end + 1
            yield line

    def ask(self, command):
        """What the shell answers, from prompt to prompt."""
        self.send(command + "\r")
        return self.read_until(PROMPT)

    def send(self, text):
        self.serial.sendall(text.encode("latin-1"))

    def wait(self):
        """Wait for the end of the machine. Returns QEMU's status."""
        try:
            return self.process.wait(self._left())
        except subprocess.TimeoutExpired:
            return self._left()

    def _qmp(self, command, **arguments):
        request = {"execute": command, "arguments": arguments}
        self.control_file.write((json.dumps(request) + "\n").encode())
        self.control_file.flush()
        for line in self.control_file:
            answer = json.loads(line)
            if "return" in answer:
                return answer["return"]
            if "error" in answer:
                raise RuntimeError(answer["error"]["desc"])
        raise Ended("the machine ended before its monitor answered")

    def monitor(self, command):
        """What QEMU's human monitor answers."""
        self.control.settimeout(self._left())
        if not self.control_file:
            self.control_file = self.control.makefile("rwb")
            self.control_file.readline()    # the greeting
            self._qmp("qmp_capabilities")
        text = self._qmp("human-monitor-command", **{"command-line": command})
        return text.replace("\r", "")

    def gdb(self, script, *arguments):
        """What GDB prints, attached to this machine, for these commands;
        then the machine goes on."""
        (ROOT / "build").mkdir(exist_ok=True)
        with tempfile.TemporaryDirectory(dir=ROOT / "build") as folder:
            path = f"{folder}/gdb"
            self.monitor(f"gdbserver unix:{path},server=on,wait=off")
            commands = Path(folder, "commands")
            commands.write_text(f"target remote {path}\n{script}\n"
                                "detach\n")
            try:
                run = subprocess.run(
                    ["gdb", "-nx", "-batch", *arguments, "-x", commands],
                    stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                    stderr=subprocess.STDOUT, text=True, cwd=ROOT,
                    timeout=self._left())
            except subprocess.TimeoutExpired as late:
                said = (late.stdout or b"").decode()
                raise Hang(f"GDB did not end:\n{said}") from None
        self.monitor("gdbserver none")
        if run.returncode:
            raise RuntimeError(run.stdout)
        return run.stdout

    def screen(self):
        """The text on the screen, its lines joined by newlines."""
        dump = self.monitor("xp /4000bx 0xb8000")
        cells = [int(word, 16) for line in dump.splitlines()
                 for word in line.split(":", 1)[1].split()]
        text = bytes(cells[::2]).decode("cp437").replace("\0", " ")
        rows = [text[i:i + 80].rstrip() for i in range(0, len(text), 80)]
        return "\n".join(rows)
