/*
 * host.h - the machine that mm/ runs on in a Linux process.
 */
#ifndef HOST_H
#define HOST_H

#include "mm/memmap.h"

/* Bring all layers up on the memory that the story tells of; once. */
void host_boot(const struct memmap_story *story, bool quiet);

#endif
