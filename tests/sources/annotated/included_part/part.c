/* By itself it has nothing of NumPy's; where it is included it has. */
static int safe(void) { return PyArray_CanCastSafely(1, 2); }
