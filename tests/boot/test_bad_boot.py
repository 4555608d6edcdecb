#!/usr/bin/env -S python3 -B
"""Boot loaders and processors that leave out what the kernel could expect.

GDB stops the kernel at its entry and changes what the loader hands over:
EAX, and the Multiboot information that EBX points to.
"""

from machine import PROMPT, Machine, image
from tap import Tap

FLAGS = "{int}$ebx"
MEM_UPPER = "{int}($ebx + 8)"
MAP_BYTES, MAP = "{int}($ebx + 44)", "{int}($ebx + 48)"
EVERY_ENTRY_RESERVED = f"""
set $entry = {MAP}
set $end = $entry + {MAP_BYTES}
while $entry < $end
    set {{int}}($entry + 20) = 2
    set $entry = $entry + {{int}}$entry + 4
end
"""

# The claim; what GDB does at the entry; what the kernel then says.
REFUSED = [
    ("no Multiboot magic", "set $eax = 0x1234",
     "panic: not started by a Multiboot loader: EAX was 0x00001234"),
    ("information out of reach", "set $ebx = 0xfffffff0", "out of reach"),
    ("no map and no mem_upper", f"set {FLAGS} = 0",
     "panic: the boot loader says nothing about memory"),
    ("no map and a mem_upper of 0", f"set {FLAGS} = 1\nset {MEM_UPPER} = 0",
     "panic: the boot loader says nothing about memory"),
    ("no usable memory", EVERY_ENTRY_RESERVED, "panic: "),
    ("hardly any memory", f"set {FLAGS} = 1\nset {MEM_UPPER} = 1",
     "panic: "),
]

SURVIVED = [
    ("a map and nothing else", f"set {FLAGS} = 0x40", "memmap: "),
    ("mem_upper and nothing else", f"set {FLAGS} = 1", "no memory map"),
    ("a map whose end is cut off", f"set {MAP_BYTES} = {MAP_BYTES} - 3",
     "bytes of the memory map make no sense"),
    ("a map out of reach", f"set {MAP} = 0xfffffff0", "no memory map"),
    ("flags for all, and nothing behind them", f"set {FLAGS} = 0x4f", "boot"),
]


def change_at_entry(machine, script):
    machine.gdb(f"break *boot_start\ncontinue\n{script}",
                "build/strata.elf")


def is_halted(machine):
    registers = machine.monitor("info registers")
    interrupts = int(registers.split("EFL=")[1][:8], 16) & 0x200
    return "HLT=1" in registers and not interrupts


def refuses(tap, claim, machine, sentence):
    """The machine says the sentence, on both, and halts."""
    machine.read_until(sentence)
    while not is_halted(machine):
        pass
    machine.read_until("\n")
    screen = machine.screen().replace("\n", "")
    tap.ok(sentence in screen, f"{claim}: a sentence on the serial port and "
           "the screen, then halt", machine.log, screen)


def main():
    tap = Tap("bad boot")
    for claim, script, sentence in REFUSED:
        with Machine(*image(), "-S") as machine:
            change_at_entry(machine, script)
            refuses(tap, claim, machine, sentence)
    for claim, script, words in SURVIVED:
        with Machine(*image(), "-S") as machine:
            change_at_entry(machine, script)
            log = machine.read_until(PROMPT)
            tap.ok(words in log, f"{claim}: boots to the prompt", log)
    for claim, cpu in [("no large pages", "486,-pse"),
                       ("no large pages on a newer one", "pentium3,-pse")]:
        with Machine(*image(), cpu=cpu) as machine:
            refuses(tap, claim, machine,
                    "Strata needs a processor with CPUID and 4 MiB pages")
    with Machine(*image(append="x" * 2000)) as machine:
        log = machine.read_until(PROMPT)
        tap.ok("the command line is cut" in log,
               "a command line that is too long: cut, and said", log)
    tap.done()


main()
