/* The first file of a module that shares the table; FARM_FORGOTTEN leaves import_array() out. */
#define PY_ARRAY_UNIQUE_SYMBOL farm_shared_ARRAY_API
#include "farm.h"

PyObject *farm_second(PyObject *self, PyObject *arg);

FARM_FUNCTION(first)
{
    PyObject *text = PyArray_ToString(FARM_ARRAY(arg), NPY_CORDER), *list;
    if (text == NULL) {
        return NULL;
    }
    Py_DECREF(text);
    list = PyArray_ToList(FARM_ARRAY(arg));
    Py_XDECREF(list);
    return PyArray_Byteswap(FARM_ARRAY(arg), 0);
}

FARM_METHODS(FARM_METHOD(first), {"second", farm_second, METH_O, NULL});
FARM_DEFINITION;

FARM_INIT
{
#ifndef FARM_FORGOTTEN
    import_array();
#endif
    return PyModule_Create(&farm_definition);
}
