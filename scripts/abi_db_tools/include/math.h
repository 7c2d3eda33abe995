#ifndef ABICHECK_MATH_H
#define ABICHECK_MATH_H
#define INFINITY __builtin_inff()
#define NAN __builtin_nanf("")
#define HUGE_VAL __builtin_huge_val()
#endif
