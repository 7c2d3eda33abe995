/* What the module that f2py makes of scale.pyf calls. */
void farm_scale(int n, double *x, double factor)
{
    int i;
    for (i = 0; i < n; i++) {
        x[i] *= factor;
    }
}
