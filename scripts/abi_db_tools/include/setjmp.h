#ifndef ABICHECK_SETJMP_H
#define ABICHECK_SETJMP_H
#include <stddef.h>
#include <stdint.h>
#endif
