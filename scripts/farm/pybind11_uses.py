"""What C++ does with NumPy through pybind11, one use a module: the part before the module, its body, and what is evaluated with it
(`u` the module, `np` NumPy). A fourth part is the oldest pybind11 that has it."""
PRELUDE = """#include <pybind11/pybind11.h>
#include <pybind11/numpy.h>
#include <pybind11/stl.h>
#include <complex>
#include <vector>
namespace py = pybind11;
"""
USES = {
    'sum_unchecked': (
        '', 
        'm.def("f",[](py::array_t<double> a){double s=0;auto q=a.unchecked<1>();for(ssize_t i=0;i<q.shape(0);++i)s+=q(i);return s;});', 
        'u.f(np.arange(5.))'),
    'sum_forcecast': (
        '', 
        'm.def("f",[](py::array_t<double,py::array::c_style|py::array::forcecast> a){double s=0;const double*p=a.data();for(ssize_t i=0;i<a.size();++i)s+=p[i];return s;});', 
        'u.f(np.arange(5))'),
    'data_ndim': (
        '', 
        'm.def("f",[](py::array_t<int> a){return (long)(a.ndim()*100+a.shape(0)*10+a.strides(0));});', 
        "u.f(np.arange(6,dtype='i4').reshape(2,3))"),
    'at': (
        '', 
        'm.def("f",[](py::array_t<double> a){return a.at(1)+*a.data(2)+(double)a.index_at(1)+(double)a.offset_at(1);});', 
        'u.f(np.arange(6.))'),
    'arr_data_idx': (
        '', 
        'm.def("f",[](py::array a){return *(const double*)a.data(2)+(double)a.offset_at(1);});', 
        'u.f(np.arange(6.))'),
    'request': (
        '', 
        'm.def("f",[](py::array a){auto b=a.request();return py::make_tuple(b.itemsize,b.format,b.size,b.shape,b.strides);});', 
        'u.f(np.arange(6.).reshape(2,3))'),
    'request_t': (
        '', 
        'm.def("f",[](py::array_t<double> a){auto b=a.request();double s=0;for(ssize_t i=0;i<b.size;++i)s+=((double*)b.ptr)[i];return s+b.itemsize;});', 
        'u.f(np.arange(6.))'),
    'arr_itemsize': (
        '', 
        'm.def("f",[](py::array a){return a.itemsize();});', 
        'u.f(np.arange(6.))'),
    'arr_itemsize_check': (
        '', 
        'm.def("f",[](py::array a){if(a.itemsize()!=8)throw std::runtime_error("bad item size");return a.shape(0);});', 
        'u.f(np.arange(6.))'),
    'arr_nbytes': (
        '', 
        'm.def("f",[](py::array a){return a.nbytes();});', 
        'u.f(np.arange(6.))'),
    'arrt_nbytes': (
        '', 
        'm.def("f",[](py::array_t<double> a){return a.nbytes();});', 
        'u.f(np.arange(6.))'),
    'arr_index_at': (
        '', 
        'm.def("f",[](py::array a){return a.index_at(2);});', 
        'u.f(np.arange(6.))'),
    'dtype_itemsize': (
        '', 
        'm.def("f",[](py::array a){return a.dtype().itemsize();});', 
        'u.f(np.arange(6.))'),
    'dtype_arg_itemsize': (
        '', 
        'm.def("f",[](py::dtype a){return a.itemsize();});', 
        "u.f(np.dtype('f8'))"),
    'dtype_of_itemsize': (
        '', 
        'm.def("f",[](){return py::dtype::of<double>().itemsize();});', 
        'u.f()'),
    'dtype_ref_itemsize': (
        '__attribute__((noinline)) static long g(const py::dtype&d){return d.itemsize()*3;}', 
        'm.def("f",[](py::dtype a){return g(a);});', 
        "u.f(np.dtype('f8'))"),
    'has_fields': (
        '', 
        'm.def("f",[](py::dtype a){return a.has_fields();});', 
        "u.f(np.dtype([('a','f8')]))"),
    'has_fields_arr': (
        '', 
        'm.def("f",[](py::array a){if(a.dtype().has_fields())return 1; return 2;});', 
        "u.f(np.zeros(3,[('a','f8')]))"),
    'alignment': (
        '', 
        'm.def("f",[](py::dtype a){return a.alignment();});', 
        "u.f(np.dtype('f8'))", (2, 10)),
    'flags_plain': (
        '', 
        'm.def("f",[](py::dtype a){return (int)a.flags();});', 
        "u.f(np.dtype('f8'))", (2, 10)),
    'flags_obj': (
        '', 
        'm.def("f",[](py::dtype a){return (int)a.flags();});', 
        "u.f(np.dtype('O'))", (2, 10)),
    'kind': (
        '', 
        'm.def("f",[](py::array a){return std::string(1,a.dtype().kind());});', 
        'u.f(np.arange(6.))'),
    'char_num': (
        '', 
        'm.def("f",[](py::dtype a){return std::string(1,a.char_())+std::to_string(a.num())+std::string(1,a.byteorder());});', 
        "u.f(np.dtype('f8'))", (2, 10)),
    'dtype_equal': (
        '', 
        'm.def("f",[](py::array a){return a.dtype().is(py::dtype::of<double>())||py::isinstance<py::array_t<double>>(a);});', 
        'u.f(np.arange(6.))'),
    'dtype_str': (
        '', 
        'm.def("f",[](){return py::dtype("i4");});', 
        'u.f()'),
    'flags_arr': (
        '', 
        'm.def("f",[](py::array a){return (int)a.writeable()+2*(int)a.owndata()+a.flags();});', 
        'u.f(np.arange(6.))'),
    'checks': (
        '', 
        'm.def("f",[](py::object o){return (int)py::isinstance<py::array>(o)+2*(int)py::isinstance<py::array_t<int>>(o)+4*(int)(bool)py::array_t<double>::ensure(o);});', 
        'u.f(np.arange(6.))'),
    't_count': (
        '', 
        'm.def("f",[](ssize_t n){py::array_t<double> r(n);auto q=r.mutable_unchecked<1>();for(ssize_t i=0;i<n;++i)q(i)=i+1;return r;});', 
        'u.f(5)'),
    't_count_ptrfill': (
        '', 
        'm.def("f",[](ssize_t n){py::array_t<int> r(n);int*q=r.mutable_data();for(ssize_t i=0;i<n;++i)q[i]=i+1;return r;});', 
        'u.f(5)'),
    't_count_c0': (
        '', 
        'm.def("f",[](){return py::array_t<double>(0);});', 
        'u.f()'),
    't_count_c1': (
        '', 
        'm.def("f",[](){py::array_t<double> r(1);*r.mutable_data()=7;return r;});', 
        'u.f()'),
    't_count_c5': (
        '', 
        'm.def("f",[](){py::array_t<double> r(5);double*p=r.mutable_data();for(int i=0;i<5;++i)p[i]=i;return r;});', 
        'u.f()'),
    't_count_data': (
        '', 
        'm.def("f",[](ssize_t n){std::vector<double> v(n);for(ssize_t i=0;i<n;++i)v[i]=i+1;return py::array_t<double>(n,v.data());});', 
        'u.f(5)'),
    't_count_base': (
        '', 
        'm.def("f",[](ssize_t n){double*v=new double[n];for(ssize_t i=0;i<n;++i)v[i]=i+1;py::capsule c(v,[](void*p){delete[](double*)p;});return py::array_t<double>(n,v,c);});', 
        'u.f(5)'),
    't_count_strdt': (
        '', 
        'm.def("f",[](ssize_t n){py::array_t<std::complex<double>> r(n);for(ssize_t i=0;i<n;++i)r.mutable_data()[i]=i;return r;});', 
        'u.f(5)'),
    't_count_vecsize': (
        '', 
        'm.def("f",[](std::vector<double> v){py::array_t<double> r(v.size());std::copy(v.begin(),v.end(),r.mutable_data());return r;});', 
        'u.f([1,2,3])'),
    't_default': (
        '', 
        'm.def("f",[](bool b){py::array_t<double> r; if(b) r=py::array_t<double>({2,2}); auto p=r.mutable_data(); for(ssize_t i=0;i<r.size();++i)p[i]=i; return r;});', 
        '(u.f(True),u.f(False))'),
    't_default_arg': (
        '', 
        'm.def("f",[](py::array_t<double> a){return a.size();},py::arg("a")=py::array_t<double>());', 
        'u.f()'),
    'arr_default': (
        '', 
        'm.def("f",[](){py::array a; return a;});', 
        'u.f()'),
    't_shape2': (
        '', 
        'm.def("f",[](ssize_t n,ssize_t k){py::array_t<double> r({n,k});auto q=r.mutable_unchecked<2>();for(ssize_t i=0;i<n;++i)for(ssize_t j=0;j<k;++j)q(i,j)=i*10+j;return r;});', 
        'u.f(2,3)'),
    't_shape1': (
        '', 
        'm.def("f",[](ssize_t n){py::array_t<double> r(std::vector<ssize_t>{n});auto q=r.mutable_unchecked<1>();for(ssize_t i=0;i<n;++i)q(i)=i;return r;});', 
        'u.f(4)'),
    't_shapevec': (
        '', 
        'm.def("f",[](std::vector<ssize_t> s){py::array_t<float,py::array::f_style> r(s);float*p=r.mutable_data();for(ssize_t i=0;i<r.size();++i)p[i]=i;return r;});', 
        '(u.f([2,3]),u.f([]))'),
    't_shape_data': (
        '', 
        'm.def("f",[](std::vector<double> v){return py::array_t<double>({2,(int)v.size()/2},v.data());});', 
        'u.f([1,2,3,4.])'),
    't_shape_base': (
        '', 
        'm.def("f",[](int n){double*v=new double[n*2];for(int i=0;i<n*2;++i)v[i]=i;py::capsule c(v,[](void*p){delete[](double*)p;});return py::array_t<double>({n,2},v,c);});', 
        'u.f(3)'),
    't_strides': (
        '', 
        'm.def("f",[](std::vector<double> v){return py::array_t<double>({(ssize_t)v.size()},{(ssize_t)8},v.data());});', 
        'u.f([1,2,3,4.])'),
    't_empty_strides': (
        '', 
        'm.def("f",[](std::vector<double> v,std::vector<ssize_t> s){return py::array_t<double>({(ssize_t)v.size()},s,v.data());});', 
        'u.f([1,2,3,4.],[])'),
    't_user_strides': (
        '', 
        'm.def("f",[](std::vector<double> v,std::vector<ssize_t> s){return py::array_t<double>({(ssize_t)v.size()},s,v.data());});', 
        'u.f([1,2,3,4.],[8])'),
    'a_dt_shape': (
        '', 
        'm.def("f",[](py::dtype d,std::vector<ssize_t> s){return py::array(d,s).attr("strides");});', 
        "u.f(np.dtype('f8'),[2,3])"),
    'a_dt_count': (
        '', 
        'm.def("f",[](ssize_t n){return py::array(py::dtype("f8"),n).attr("strides");});', 
        'u.f(4)'),
    'a_dt_strides': (
        '', 
        'm.def("f",[](ssize_t n){return py::array(py::dtype("f8"),{n,n},{8*n,(ssize_t)8}).attr("strides");});', 
        'u.f(4)'),
    'a_shape_ptr': (
        '', 
        'm.def("f",[](std::vector<double> v){return py::array({2,(int)v.size()/2},v.data());});', 
        'u.f([1,2,3,4.])'),
    'a_shape_ptr0': (
        '', 
        'm.def("f",[](double x){return py::array(std::vector<ssize_t>{},&x);});', 
        'u.f(3.5)'),
    'a_count_ptr': (
        '', 
        'm.def("f",[](std::vector<double> v){return py::array(v.size(),v.data());});', 
        'u.f([1,2,3,4.])'),
    'a_strides_ptr': (
        '', 
        'm.def("f",[](std::vector<double> v){return py::array({(int)v.size()},{8},v.data());});', 
        'u.f([1,2,3,4.])'),
    'a_bufinfo': (
        '', 
        'm.def("f",[](std::vector<double> v){return py::array(py::buffer_info(v.data(),8,"d",1,{(ssize_t)v.size()},{(ssize_t)8}));});', 
        'u.f([1,2,3,4.])'),
    'a_buffer': (
        '', 
        'm.def("f",[](py::buffer b){return py::array(b.request());});', 
        "u.f(memoryview(b'abcd'))"),
    'a_buffer_struct': (
        '', 
        'm.def("f",[](py::buffer b){return py::array(b.request()).dtype();});', 
        "u.f(np.zeros(2,np.dtype([('a','i1'),('b','f8')],align=True)))"),
    'dt_bufinfo': (
        '', 
        'm.def("f",[](py::buffer b){return py::dtype(b.request());});', 
        "u.f(np.zeros(2,'f8'))"),
    'reshape': (
        '', 
        'm.def("f",[](py::array_t<double> a){return a.reshape({2,-1});});', 
        'u.f(np.arange(6.))', (2, 8)),
    'resize': (
        '', 
        'm.def("f",[](){py::array_t<double> a({2,3});double*p=a.mutable_data();for(int i=0;i<6;++i)p[i]=i;a.resize({3,2});return a;});', 
        'u.f()'),
    'squeeze': (
        '', 
        'm.def("f",[](py::array a){return a.squeeze();});', 
        'u.f(np.zeros((1,3)))'),
    'view': (
        '', 
        'm.def("f",[](py::array a){return a.view("i4");});', 
        'u.f(np.zeros(3))', (2, 8)),
    'vectorize': (
        '', 
        'm.def("f",py::vectorize([](double a,double b){return a*2+b;}));', 
        '(u.f(np.arange(4.),1.),u.f(np.arange(4.).reshape(2,2).T,np.arange(2.)),u.f(1.,2.))'),
    'vectorize_array': (
        '', 
        'm.def("f",[](py::array_t<double> a){return py::vectorize([](double a){return a*2;})(a);});', 
        'u.f(np.arange(4.))'),
    'struct_nopad': (
        'struct S{double a;long b;};', 
        'PYBIND11_NUMPY_DTYPE(S,a,b);m.def("f",[](py::array_t<S> a){return a.data()[1].b;});', 
        "u.f(np.array([(1,2),(3,4)],[('a','f8'),('b','i8')]))"),
    'struct_pad': (
        'struct S{char a;double b;};', 
        'PYBIND11_NUMPY_DTYPE(S,a,b);m.def("f",[](py::array_t<S> a){return a.shape(0);});', 
        "u.f(np.zeros(2,np.dtype([('a','i1'),('b','f8')],align=True)))"),
    'struct_count': (
        'struct S{double a;long b;double c;};', 
        'PYBIND11_NUMPY_DTYPE(S,a,b,c);m.def("f",[](ssize_t n){py::array_t<S> r(n);for(ssize_t i=0;i<n;++i)r.mutable_data()[i]=S{1.0*i,i,2.0*i};return r;});', 
        'u.f(3)'),
    'struct_shape': (
        'struct S{double a;long b;};', 
        'PYBIND11_NUMPY_DTYPE(S,a,b);m.def("f",[](ssize_t n){py::array_t<S> r({n,n});for(ssize_t i=0;i<n*n;++i)r.mutable_data()[i]=S{1.0*i,i};return r;});', 
        'u.f(2)'),
    'eig_arg': (
        '#include <pybind11/eigen.h>', 
        'm.def("f",[](Eigen::MatrixXd a){return a.sum();});', 
        'u.f(np.arange(4.).reshape(2,2))'),
    'eig_ref': (
        '#include <pybind11/eigen.h>', 
        'm.def("f",[](Eigen::Ref<Eigen::VectorXd> a){a*=2;return a.sum();});', 
        'u.f(np.arange(4.))'),
    'eig_cref': (
        '#include <pybind11/eigen.h>', 
        'm.def("f",[](const Eigen::Ref<const Eigen::VectorXd>& a){return a.sum();});', 
        '(u.f(np.arange(4.)),u.f([1,2]))'),
    'eig_ret': (
        '#include <pybind11/eigen.h>', 
        'm.def("f",[](int n){Eigen::MatrixXd a(n,2);a.setOnes();a(0,1)=5;return a;});', 
        'u.f(3)'),
    'eig_retvec': (
        '#include <pybind11/eigen.h>', 
        'm.def("f",[](int n){Eigen::VectorXd a(n);for(int i=0;i<n;++i)a[i]=i;return a;});', 
        'u.f(3)'),
    'deep_arr': (
        '__attribute__((noinline)) static long h(const py::array&a){return a.itemsize()*2;} __attribute__((noinline)) static long g(const py::array&a){return h(a)+1;}', 
        'm.def("f",[](py::array a){return g(a);});', 
        'u.f(np.arange(6.))'),
    'member_arr': (
        'struct K{py::array a;K(py::array x):a(x){} long sz(){return a.itemsize();}};', 
        'py::class_<K>(m,"K").def(py::init<py::array>()).def("sz",&K::sz);', 
        'u.K(np.arange(6.)).sz()'),
    'member_arrt': (
        'struct K{py::array_t<double> a;K(py::array_t<double> x):a(x){} long sz(){return a.nbytes();}};', 
        'py::class_<K>(m,"K").def(py::init<py::array_t<double>>()).def("sz",&K::sz);', 
        'u.K(np.arange(6.)).sz()'),
    'member_dtype': (
        'struct K{py::dtype d;K(py::dtype x):d(x){} long sz(){return d.itemsize();}};', 
        'py::class_<K>(m,"K").def(py::init<py::dtype>()).def("sz",&K::sz);', 
        "u.K(np.dtype('f8')).sz()"),
    'member_make': (
        'struct K{py::dtype d;K(py::dtype x):d(x){} py::object mk(ssize_t n){return py::array(d,n).attr("strides");}};', 
        'py::class_<K>(m,"K").def(py::init<py::dtype>()).def("mk",&K::mk);', 
        "u.K(np.dtype('f8')).mk(4)"),
    'deep_make': (
        '__attribute__((noinline)) static py::array_t<double> mk(ssize_t n){return py::array_t<double>(n);} __attribute__((noinline)) static py::object g(ssize_t n){py::list l;l.append(mk(n));return l;}', 
        'm.def("f",[](ssize_t n){return py::object(g(n)[py::int_(0)]).attr("strides");});', 
        'u.f(4)'),
    'split_make': (
        '__attribute__((noinline)) static py::array_t<double> mk(std::vector<ssize_t> sh,std::vector<ssize_t> st){return py::array_t<double>(sh,st);}', 
        'm.def("f",[](ssize_t n){return mk({n,n},{8*n,8}).attr("strides");});m.def("g",[](ssize_t n){return mk({n,n},{8,8*n}).attr("strides");});', 
        '(u.f(4),u.g(3))'),
    'split_empty': (
        '__attribute__((noinline)) static py::array_t<double> mk(std::vector<ssize_t> sh,std::vector<ssize_t> st){return py::array_t<double>(sh,st);}', 
        'm.def("f",[](ssize_t n){return mk({n,n},{8*n,8}).attr("strides");});m.def("g",[](ssize_t n){return mk({n,n},{}).attr("strides");});', 
        '(u.f(4),u.g(3))'),
}
