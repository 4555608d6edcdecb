/*
 * world.h, in a Linux process - how a test is come back to from a panic. The
 * C library's longjmp, since the sanitizers know it.
 */
#ifndef WORLD_H
#define WORLD_H

#include <setjmp.h>

typedef jmp_buf test_place_t;

#define TEST_SAVE_PLACE(place)  _setjmp(place)
#define TEST_GO_BACK(place)     longjmp(place, 1)

#endif
