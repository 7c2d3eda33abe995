/* The second file of a module that shares the table; FARM_OWN_COPY leaves NO_IMPORT_ARRAY out. */
#ifndef FARM_OWN_COPY
#define PY_ARRAY_UNIQUE_SYMBOL farm_shared_ARRAY_API
#define NO_IMPORT_ARRAY
#endif
#include "farm.h"

PyObject *farm_second(PyObject *self, PyObject *arg)
{
    PyObject *clipped = PyArray_Clip(FARM_ARRAY(arg), arg, arg, NULL);
    if (clipped == NULL) {
        return NULL;
    }
    Py_DECREF(clipped);
    clipped = PyArray_Round(FARM_ARRAY(arg), 2, NULL);
    Py_XDECREF(clipped);
    return PyArray_View(FARM_ARRAY(arg), NULL, &PyArray_Type);
}
