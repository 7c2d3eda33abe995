/* The table of universal functions alone. */
#include "farm.h"
#include <numpy/ufuncobject.h>

static PyUFuncGenericFunction *pick(PyUFuncGenericFunction *loops)
{
    loops[0] = (PyUFuncGenericFunction)PyUFunc_f_f;
    loops[1] = (PyUFuncGenericFunction)PyUFunc_d_d;
    loops[2] = (PyUFuncGenericFunction)PyUFunc_dd_d;
    loops[3] = (PyUFuncGenericFunction)PyUFunc_DD_D;
    return loops;
}

FARM_FUNCTION(general)
{
    static PyUFuncGenericFunction loops[4], old;
    static void *data[4];
    static char types[] = {NPY_DOUBLE, NPY_DOUBLE, NPY_DOUBLE};
    static int signature[] = {NPY_LONG, NPY_LONG, NPY_LONG};
    PyObject *ufunc = PyUFunc_FromFuncAndDataAndSignature(pick(loops), (void *)data, types, 1, 2, 1, PyUFunc_Zero, "general", NULL, 0, "(n),(n)->()");
    if (ufunc == NULL || PyUFunc_ReplaceLoopBySignature((PyUFuncObject *)ufunc, loops[1], signature, &old) < 0) {
        return NULL;
    }
    PyUFunc_clearfperr();
    return ufunc;
}

FARM_METHODS(FARM_METHOD(general));
FARM_DEFINITION;

FARM_INIT
{
    PyObject *module = PyModule_Create(&farm_definition);
    import_ufunc();
    return module;
}
