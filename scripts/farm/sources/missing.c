/* One file without import_array(): the mistake that is made most. FARM_ONE leaves a single use of the table. */
#include "farm.h"

FARM_FUNCTION(listed)
{
    if (arg == Py_None) {
        PyErr_SetString(PyExc_TypeError, "an array is wanted");
        return NULL;
    }
    return PyArray_ToList(FARM_ARRAY(arg));
}

#ifndef FARM_ONE
FARM_FUNCTION(made)
{
    npy_intp size = PyLong_AsSsize_t(arg);
    PyObject *first, *second;
    if (size < 0) {
        return PyErr_Occurred() ? NULL : PyLong_FromLong(0);
    }
    first = PyArray_ZEROS(1, &size, NPY_INT, 0);
    second = first ? PyArray_View(FARM_ARRAY(first), NULL, NULL) : NULL;
    Py_XDECREF(first);
    return second;
}

FARM_FUNCTION(rounded)
{
    if (PyTuple_Check(arg)) {
        arg = PyTuple_GetItem(arg, 0);
    }
    return arg ? PyArray_Round(FARM_ARRAY(arg), 2, NULL) : NULL;
}

FARM_METHODS(FARM_METHOD(listed), FARM_METHOD(made), FARM_METHOD(rounded));
#else
FARM_METHODS(FARM_METHOD(listed));
#endif
FARM_DEFINITION;

FARM_INIT
{
    return PyModule_Create(&farm_definition);
}
