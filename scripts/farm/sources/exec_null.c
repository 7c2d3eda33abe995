/* import_array() in an exec slot: the NULL that it returns is taken for success. */
#include "farm.h"

FARM_FUNCTION(merged)
{
    PyObject *product = PyArray_MatrixProduct(arg, arg), *joined;
    if (product == NULL) {
        return NULL;
    }
    Py_DECREF(product);
    joined = PyArray_Concatenate(arg, 0);
    Py_XDECREF(joined);
    return PyArray_InnerProduct(arg, arg);
}

FARM_FUNCTION(ranged)
{
    PyObject *range = PyArray_Arange(0.0, 1.0, 0.25, NPY_DOUBLE);
    if (range == NULL || PyArray_FillWithScalar(FARM_ARRAY(range), arg) < 0) {
        return NULL;
    }
    return range;
}

FARM_METHODS(FARM_METHOD(merged), FARM_METHOD(ranged));

static int farm_exec(PyObject *module)
{
    import_array1(0);
    return 0;
}

static PyModuleDef_Slot farm_slots[] = {{Py_mod_exec, (void *)farm_exec}, {0, NULL}};
FARM_SLOTS_DEFINITION(farm_slots);

FARM_INIT
{
    return PyModuleDef_Init(&farm_definition);
}
