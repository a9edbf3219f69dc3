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

// tanh = (1 - e) / (1 + e), e = exp(-2|x|), computed as e - 1: so the relative error is about 2e-7 for small x too,
// large x gives exactly +-1, and NaN gives NaN. exp(r) - 1 is Taylor's series up to r^7 for r within
// +-ln(2)/2, which leaves out 2e-8 of its value.
#define SHIFT 12582912.0f  // 1.5 2^23: a small number added to it is rounded, and stands in its last bits
INLINE F4 tanh4(F4 x) {
    F4 magnitude = (F4)((I4)x & 0x7fffffff);
    F4 t = __builtin_wasm_pmax_f32x4(magnitude * -2.0f, all(-60.0f));  // keeps NaN, which a comparison might not
    F4 shifted = multiply_add(t, all(1.44269504f), all(SHIFT));
    F4 n = shifted - SHIFT;
    F4 r = multiply_add(n, all(-0.693359375f), t);  // ln(2) in two parts, the first one short: n times it is exact
    r = multiply_add(n, all(2.12194440e-4f), r);
    F4 series = all(1.0f / 5040);
    series = multiply_add(series, r, all(1.0f / 720));
    series = multiply_add(series, r, all(1.0f / 120));
    series = multiply_add(series, r, all(1.0f / 24));
    series = multiply_add(series, r, all(1.0f / 6));
    series = multiply_add(series, r, all(1.0f / 2));
    series = multiply_add(r * r, series, r);
    F4 power = (F4)(((I4)shifted + 127) << 23);  // 2^n; n is -87 to 0
    F4 e = multiply_add(series, power, power - 1.0f);
    return (F4)((I4)(-e / (e + 2.0f)) | ((I4)x & (int)0x80000000));
}
