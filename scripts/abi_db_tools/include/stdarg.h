#ifndef ABICHECK_STDARG_H
#define ABICHECK_STDARG_H
typedef __builtin_va_list va_list;
#endif
