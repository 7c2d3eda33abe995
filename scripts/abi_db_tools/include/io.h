#ifndef ABICHECK_IO_H
#define ABICHECK_IO_H
#include <stddef.h>
#include <stdint.h>
#endif
