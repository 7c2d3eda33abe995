#ifndef ABICHECK_SIGNAL_H
#define ABICHECK_SIGNAL_H
#include <stddef.h>
#include <stdint.h>
#endif
