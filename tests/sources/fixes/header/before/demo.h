/* Included by two units, and includes no NumPy by itself. */
#ifndef DEMO_H
#define DEMO_H

static inline int width(PyArray_Descr *d) { return d->elsize; }

#endif
