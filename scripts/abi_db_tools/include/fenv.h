#ifndef ABICHECK_FENV_H
#define ABICHECK_FENV_H
#include <stddef.h>
#include <stdint.h>
#endif
