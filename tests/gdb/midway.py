"""Where the shell cannot be asked: a flush is owed, a window is open, a user
space is loaded. So the kernel's own explain_address() is called, here by the
test, and GDB's answer is printed for the caller to look for in what the kernel
printed. GDB runs it; $stop says which of the places."""

import gdb

# Where; on which condition; which address is asked about.
STOPS = {
    "debt": ("pt_flush", "pt_batch.count > 0", "pt_batch.debts[0].va"),
    "window": ("window_unmap", "pt_windows.next != 0",
               "0xff800000 + (pt_windows.next - 1) * 4096"),
    "user": ("place_find", "($cr3 >> 12) != pt_state.kernel.directory.n && "
             "va < 0xc0000000", "va"),
}


def explain(address):
    """Call explain_address(NULL, address): the kernel's functions take their
    arguments in registers, of which GDB knows nothing."""
    arguments = {"eax": 0, "edx": address}
    saved = {name: int(gdb.parse_and_eval(f"(unsigned int)${name}"))
             for name in arguments}
    for name, value in arguments.items():
        gdb.execute(f"set ${name} = {value}u")
    gdb.execute("call ((void (*)(void))explain_address)()")
    for name, value in saved.items():
        gdb.execute(f"set ${name} = {value}u")


def main():
    place, condition, expression = \
        STOPS[gdb.convenience_variable("stop").string()]
    breakpoint = gdb.Breakpoint(place)
    breakpoint.condition = condition
    gdb.execute("continue", to_string=True)
    breakpoint.delete()
    va = int(gdb.parse_and_eval(f"(unsigned int)({expression})"))
    directory = int(gdb.parse_and_eval("(unsigned int)$cr3")) & ~0xFFF
    print("@")
    for address in [va, va + 0x1234, 0xC0000000 + directory]:
        explain(address)
        print(gdb.execute(f"strata what {address}", to_string=True), end="")
    print("@")


main()
