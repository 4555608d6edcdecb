/*
 * kernel/proc/alarm.c - SIGALRM when a time is up.
 *
 * The alarms that are set are in a list, the next one first; the timer's
 * interrupt looks at that. So interrupts are off while the list is changed.
 *
 * Cost: O(1) a tick.
 */
#include "kernel/alarm.h"

#include "kernel/pit.h"
#include "kernel/process.h"
#include "x86/cpu.h"

static struct list alarms = { &alarms, &alarms };

static struct alarm *alarm_of(struct list *node)
{
    return CONTAINER_OF(node, struct alarm, node);
}

void alarm_init(struct alarm *alarm)
{
    list_init(&alarm->node);
}

static void enter(struct alarm *alarm)
{
    struct list *place = &alarms;

    LIST_FOR_EACH(node, &alarms) {
        if ((i32)(alarm_of(node)->at - alarm->at) > 0)
            break;
        place = node;
    }
    list_insert_after(place, &alarm->node);
}

void alarm_set(struct process *process, u32 ticks, u32 again)
{
    struct alarm *alarm = &process->alarm;
    u32 flags = interrupts_save();

    list_remove(&alarm->node);
    alarm->again = again;
    alarm->at = pit_ticks() + ticks;
    if (ticks > 0)
        enter(alarm);
    interrupts_restore(flags);
}

u32 alarm_left(const struct process *process)
{
    const struct alarm *alarm = &process->alarm;
    i32 left = (i32)(alarm->at - pit_ticks());

    if (list_is_empty(&alarm->node))
        return 0;
    return left > 0 ? (u32)left : 1;
}

void alarm_tick(u32 now)
{
    static const struct signal up = { .number = SIGALRM, .code = SI_KERNEL };

    while (!list_is_empty(&alarms)) {
        struct alarm *alarm = alarm_of(alarms.next);

        if ((i32)(alarm->at - now) > 0)
            break;
        list_remove(&alarm->node);
        signal_send(CONTAINER_OF(alarm, struct process, alarm), &up);
        alarm->at += alarm->again;
        if (alarm->again > 0)
            enter(alarm);
    }
}
