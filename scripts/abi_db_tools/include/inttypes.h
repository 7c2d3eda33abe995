#ifndef ABICHECK_INTTYPES_H
#define ABICHECK_INTTYPES_H
#include <stddef.h>
#include <stdint.h>
#endif
