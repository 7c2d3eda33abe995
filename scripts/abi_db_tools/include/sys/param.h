#ifndef ABICHECK_SYS_PARAM_H
#define ABICHECK_SYS_PARAM_H
#include <stddef.h>
#include <stdint.h>
#endif
