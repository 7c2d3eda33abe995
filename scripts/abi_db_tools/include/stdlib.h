#ifndef ABICHECK_STDLIB_H
#define ABICHECK_STDLIB_H
#include <stddef.h>
#include <stdint.h>
#endif
