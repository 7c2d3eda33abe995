#ifndef ABICHECK_FLOAT_H
#define ABICHECK_FLOAT_H
#include <limits.h>
#include <stddef.h>
#include <stdint.h>
#endif
