/* import_array1(-1) in an exec slot (multi-phase initialisation). */
#include "farm.h"

FARM_FUNCTION(turned)
{
    PyObject *swapped = PyArray_SwapAxes(FARM_ARRAY(arg), 0, 1), *flat;
    if (swapped == NULL) {
        return NULL;
    }
    flat = PyArray_Ravel(FARM_ARRAY(swapped), NPY_CORDER);
    Py_DECREF(swapped);
    return flat ? PyArray_Squeeze(FARM_ARRAY(flat)) : NULL;
}

FARM_FUNCTION(shaped)
{
    npy_intp data[2] = {-1, 2};
    PyArray_Dims shape;
    PyObject *copy = PyArray_NewCopy(FARM_ARRAY(arg), NPY_ANYORDER), *again;
    if (copy == NULL) {
        return NULL;
    }
    shape.ptr = data;
    shape.len = 2;
    again = PyArray_Newshape(FARM_ARRAY(copy), &shape, NPY_CORDER);
    return again ? PyArray_Transpose(FARM_ARRAY(again), NULL) : NULL;
}

FARM_METHODS(FARM_METHOD(turned), FARM_METHOD(shaped));

static int farm_exec(PyObject *module)
{
    import_array1(-1);
    return PyModule_AddIntConstant(module, "ready", 1);
}

static PyModuleDef_Slot farm_slots[] = {{Py_mod_exec, (void *)farm_exec}, {0, NULL}};
FARM_SLOTS_DEFINITION(farm_slots);

FARM_INIT
{
    return PyModuleDef_Init(&farm_definition);
}
