// Vectors of 128 bits, for kernel.c, mixture.h and tsne.c.
#pragma once

#define EXPORT __attribute__((visibility("default")))
#define INLINE static inline __attribute__((always_inline))
#define SEPARATE static __attribute__((noinline))

typedef float F4 __attribute__((vector_size(16)));
typedef double D2 __attribute__((vector_size(16)));
typedef int I4 __attribute__((vector_size(16)));
typedef long long L2 __attribute__((vector_size(16)));
// In memory vectors are aligned like their elements only.
typedef float F4m __attribute__((vector_size(16), aligned(4), may_alias));
typedef double D2m __attribute__((vector_size(16), aligned(8), may_alias));

INLINE F4 load(const float *p) { return *(const F4m *)p; }
INLINE void store(float *p, F4 v) { *(F4m *)p = v; }
INLINE F4 all(float x) { return (F4){x, x, x, x}; }

// a * b + c
INLINE F4 multiply_add(F4 a, F4 b, F4 c) {
#ifdef RELAXED
    return __builtin_wasm_relaxed_madd_f32x4(a, b, c);
#else
    return a * b + c;
#endif
}

INLINE D2 multiply_add_d(D2 a, D2 b, D2 c) {
#ifdef RELAXED
    return __builtin_wasm_relaxed_madd_f64x2(a, b, c);
#else
    return a * b + c;
#endif
}

// The first n < 4 of four floats, without access beyond them.
INLINE F4 load_some(const float *p, int n) {
    return (F4){n > 0 ? p[0] : 0, n > 1 ? p[1] : 0, n > 2 ? p[2] : 0, 0};
}
INLINE void store_some(float *p, F4 v, int n) {
    if (n > 0) p[0] = v[0];
    if (n > 1) p[1] = v[1];
    if (n > 2) p[2] = v[2];
}
