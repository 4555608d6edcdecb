/*
 * kernel/main.c - the order in which a kernel comes up.
 */
#include "kernel/boot_info.h"
#include "kernel/console.h"
#include "kernel/image.h"
#include "kernel/initrd.h"
#include "kernel/monitor.h"
#include "kernel/pic.h"
#include "kernel/pit.h"
#include "kernel/printf.h"
#include "kernel/process.h"
#include "kernel/selftest.h"
#include "kernel/thread.h"
#include "mm/kheap.h"
#include "mm/kva.h"
#include "mm/pmm.h"
#include "mm/pt.h"
#include "mm/vm.h"
#include "x86/cpu.h"
#include "x86/tables.h"

void kernel_main(u32 magic, phys_addr_t info);

static void say_hello(void)
{
    kprintf("Strata: a kernel about memory\n");
    kprintf("The console is on the serial port; in QEMU, Ctrl-A X leaves.\n");
}

static void say_ready(void)
{
    if (cpu_features()->tsc)
        kprintf("boot: %llu cycles from entry to prompt\n",
                cpu_ticks_since_entry());
}

/* Every line needs only the lines above it. To read the kernel, open the
 * file named by each prefix in turn; docs/tour.md goes along. */
void kernel_main(u32 magic, phys_addr_t info)
{
    thread_begin_boot();     /* who runs has a name                        */
    console_init();          /* from here on we can speak                  */
    say_hello();
    cpu_init();              /* and a fault explains itself: GDT, IDT, TSS */
    boot_info_init(magic, info);

    memmap_init(boot_info_story()); /* L0  whose bytes are these           */
    pmm_init();                     /* L1  frames: alloc, free, share      */
    pt_init(image_pt_config());     /* L2  page tables; the final map      */
    double_fault_use_directory(pfn_to_phys(pt_kernel()->directory));
    kva_init();                     /* L3  kernel ranges, guard pages      */
    slab_switch(boot_option("heap"));
    kheap_init();                   /* L4  kalloc, kfree                   */
    vm_init();                      /* L5  spaces of programs              */

    thread_init();           /* we run as the first of several threads     */
    process_init();          /* of which some run programs,                */
    initrd_init();           /* and these are their files                  */

    pic_init();              /* devices may interrupt, one by one          */
    pit_init();
    console_listen();
    interrupts_on();

    selftest_run_if_asked(); /* does not come back if it was               */
    say_ready();
    process_run_init_if_asked(); /* nor this, if init could be run         */
    monitor_run();
}
