// The limits of the browser on one core with 128-bit SIMD: arithmetic from registers, hyperbolic tangents, pairs of
// t-SNE, and reading. tests/bench.py builds it with the flags of the faster kernel.

#define EXPORT(name) __attribute__((export_name(#name))) float name
typedef float F4 __attribute__((vector_size(16)));
typedef int I4 __attribute__((vector_size(16)));

static inline F4 all(float x) { return (F4){x, x, x, x}; }

static inline F4 multiply_add(F4 a, F4 b, F4 c) {
    return __builtin_wasm_relaxed_madd_f32x4(a, b, c);
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

// A series, a power of two made of bits, and a division: no more operations than tanh4 of kernel.c has.
static inline F4 hyperbolic_tangent(F4 x) {
    F4 t = (F4)((I4)x & 0x7fffffff) * -2.0f, n = multiply_add(t, all(1.44269504f), all(12582912.0f));
    F4 r = multiply_add(n - 12582912.0f, all(-0.69314718f), t), series = r * 0.0002f + 0.0014f;
    for (int i = 0; i < 5; i++) series = multiply_add(series, r, all(0.01f));
    F4 power = (F4)(((I4)n + 127) << 23), e = multiply_add(series, power, power - 1.0f);
    return (F4)((I4)(-e / (e + 2.0f)) | ((I4)x & (int)0x80000000));
}

// 4 CHAINS tangents a time.
EXPORT(tangents)(int times, float a) { RUN(hyperbolic_tangent(chain[i] * all(a))); }

// A pair of t-SNE's: how far apart, how similar, and the sums that this adds to. 8 pairs a time, two rows of four, as in
// tsne.c; more at once need more registers than there are.
EXPORT(pairs)(int times, float a, float b) {
    F4 p = all(a), y = {1, 2, 3, 4}, own[2] = {all(b), all(a)}, pulls[2] = {{0}}, pushes[2] = {{0}};
    F4 total = {0}, pull = {0}, push = {0};
    for (int n = 0; n < times; n++, y += p) _Pragma("unroll") for (int i = 0; i < 2; i++) {
        F4 d = y - own[i], q = 1.0f / multiply_add(d, d, all(1)), qd = q * d;
        total += q;
        pulls[i] = multiply_add(p, qd, pulls[i]), pull = multiply_add(p, qd, pull);
        pushes[i] = multiply_add(q, qd, pushes[i]), push = multiply_add(q, qd, push);
    }
    total += pulls[0] + pulls[1] + pushes[0] + pushes[1] + pull + push;
    return total[0] + total[1] + total[2] + total[3];
}

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
