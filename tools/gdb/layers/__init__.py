"""What Strata's layers know, read from the memory of a machine that stands
still: a module for each, as in mm/. The sentences are those of the shell, so
that either can be checked against the other (tests/gdb/)."""
