// What the browser can do at most on one core with 128-bit SIMD: arithmetic from registers, divisions, hyperbolic
// tangents, and reading.
// For tests/bench.py, which builds it, with fused multiply-adds (RELAXED) and without.

#define EXPORT(name) __attribute__((export_name(#name))) float name
typedef float F4 __attribute__((vector_size(16)));
typedef int I4 __attribute__((vector_size(16)));

static inline F4 all(float x) { return (F4){x, x, x, x}; }

static inline F4 multiply_add(F4 a, F4 b, F4 c) {
#ifdef RELAXED
    return __builtin_wasm_relaxed_madd_f32x4(a, b, c);
#else
    return a * b + c;
#endif
}

enum { CHAINS = 10 };  // enough that none waits for itself, few enough for the registers

#define RUN(STEP)                                                                                                     \
    F4 chain[CHAINS], sum = {0};                                                                                      \
    _Pragma("unroll") for (int i = 0; i < CHAINS; i++) chain[i] = (F4){1, 2, 3, 4} + (float)i;                      \
    for (int n = 0; n < times; n++) _Pragma("unroll") for (int i = 0; i < CHAINS; i++) chain[i] = STEP;               \
    _Pragma("unroll") for (int i = 0; i < CHAINS; i++) sum += chain[i];                                               \
    return sum[0] + sum[1] + sum[2] + sum[3]

// 8 CHAINS operations a time.
EXPORT(multiply_adds)(int times, float a, float b) {
    F4 factor = {a, a, a, a}, term = {b, b, b, b};
    RUN(multiply_add(chain[i], factor, term));
}

// 4 CHAINS divisions a time.
EXPORT(divisions)(int times, float a) { RUN(((F4){a, a, a, a} / chain[i])); }

// A series, a power of two made of bits, and a division: no more operations than kernel.c's tanh4 has.
static inline F4 hyperbolic_tangent(F4 x) {
    F4 t = (F4)((I4)x & 0x7fffffff) * -2.0f, n = multiply_add(t, all(1.44269504f), all(12582912.0f));
    F4 r = multiply_add(n - 12582912.0f, all(-0.69314718f), t), series = r * 0.0002f + 0.0014f;
    for (int i = 0; i < 5; i++) series = multiply_add(series, r, all(0.01f));
    F4 power = (F4)(((I4)n + 127) << 23), e = multiply_add(series, power, power - 1.0f);
    return (F4)((I4)(-e / (e + 2.0f)) | ((I4)x & (int)0x80000000));
}

// 4 CHAINS tangents a time.
EXPORT(tangents)(int times, float a) { RUN(hyperbolic_tangent(chain[i] * all(a))); }

// As much as the weights of a step are: 503 x 2000 and 500 x 121 floats.
enum { FLOATS = 503 * 2000 + 500 * 121 + 12 };
static float block[FLOATS];

EXPORT(reading)(int times) {
    F4 a = {0}, b = a, c = a, d = a;
    for (int n = 0; n < times; n++) {
        for (int i = 0; i + 16 <= FLOATS; i += 16) {
            const F4 *p = (const F4 *)(block + i);
            a += p[0], b += p[1], c += p[2], d += p[3];
        }
        block[n % 16] = a[0];  // so that no round is left out
    }
    a += b + c + d;
    return a[0] + a[1] + a[2] + a[3];
}
