# Some of mm/ compiled to what the assembler reads, by many compilers at once;
# then all of it to standard output.
#
#   make -s -j4 -f tests/preload/many.mk OUT=FOLDER CC=COMPILER

FILES := $(sort $(wildcard mm/vm_*.c mm/slab*.c))

.PHONY: all
all: $(FILES:mm/%.c=$(OUT)/%.s)
	@cat $(sort $^)

$(OUT)/%.s: mm/%.c
	@$(CC) -std=gnu11 -Iinclude -DCHECKED=1 -O1 -S -o $@ $<
