// t-SNE on a line, for py/ductus/backend/wasm.py; kernel.c has the rules for such a routine. build.py compiles this
// file twice: in float32 and, as DOUBLE, in float64.
//
// Van der Maaten and Hinton (2008), equations 4 and 5. Every pair is visited once, because P is symmetric and the
// forces on the two items are opposite. Two rows are processed together, so that the forces on the others are loaded
// and stored half as often. Their columns are taken in vectors that end with the last one: where a vector begins before
// the diagonal, the pairs that do not count are masked.

#include "simd.h"

#ifdef DOUBLE
typedef double T;
typedef D2 VECTOR;
typedef D2m MEMORY;
typedef L2 INTS;
#define INDICES {0, 1}
#define TINY 2.2250738585072014e-308
#define multiply_add multiply_add_d
#define GRADIENT tsne_gradient_d
#define DESCEND tsne_descend_d
#else
typedef float T;
typedef F4 VECTOR;
typedef F4m MEMORY;
typedef I4 INTS;
#define INDICES {0, 1, 2, 3}
#define TINY 1.1754943508222875e-38f
#define GRADIENT tsne_gradient_f
#define DESCEND tsne_descend_f
#endif
enum { LANES = sizeof(VECTOR) / sizeof(T) };

struct tsne {
    int n, iterations;
    void *y;               // (n,) places
    const void *P;         // (n, n), symmetric, only the part above the diagonal is read
    void *gradient, *push; // (n,), overwritten
    void *velocity, *gain; // (n,)
    double exaggeration, learning_rate, momentum, settled;
};

// One pair at distance d with joint probability p: subtract its forces from one item's sums, add them to the other's.
INLINE void pair(T d, T p, T *pull, T *push, T *total, T *pull_j, T *push_j) {
    T q = 1 / (1 + d * d), qd = q * d; // unnormalised similarity, and similarity times distance
    *total += q;
    *pull -= p * qd, *pull_j += p * qd;
    *push -= q * qd, *push_j += q * qd;
}

#define LOAD(p) (*(const MEMORY *)(p))
#define MASK(x, mask) ((VECTOR)((INTS)(x) & (mask)))
#define CHOOSE(mask, x, y) ((VECTOR)(((INTS)(x) & (mask)) | ((INTS)(y) & ~(mask))))

// The first n of the numbers at p, or as many as a vector has; the others are 0.
INLINE VECTOR load_items(const T *p, int n) {
    VECTOR x = {0};
    if (n >= LANES) return LOAD(p);
    for (int k = 0; k < LANES - 1; k++) x[k] = k < n ? p[k] : 0;
    return x;
}
INLINE void store_items(T *p, VECTOR x, int n) {
    if (n >= LANES) *(MEMORY *)p = x;
    else
        for (int k = 0; k < LANES - 1; k++)
            if (k < n) p[k] = x[k];
}

// Two rows of P and the sums of their own items.
struct rows {
    VECTOR own, own2, pulls, pushes, pulls2, pushes2, total;
};

// A vector of pairs of two rows, p and p2, those where the masks are all ones.
INLINE void pairs(struct rows *r, VECTOR other, VECTOR p, VECTOR p2, T *pull, T *push, int all, INTS mask, INTS mask2) {
    const VECTOR one = (VECTOR){0} + 1;
    VECTOR d = other - r->own, d2 = other - r->own2;
    VECTOR q = 1 / multiply_add(d, d, one), q2 = 1 / multiply_add(d2, d2, one), qd = q * d, qd2 = q2 * d2;
    if (!all) {
        q = MASK(q, mask), qd = MASK(qd, mask), p = MASK(p, mask);
        q2 = MASK(q2, mask2), qd2 = MASK(qd2, mask2), p2 = MASK(p2, mask2);
    }
    r->total += q + q2;
    r->pulls = multiply_add(p, qd, r->pulls), r->pulls2 = multiply_add(p2, qd2, r->pulls2);
    r->pushes = multiply_add(q, qd, r->pushes), r->pushes2 = multiply_add(q2, qd2, r->pushes2);
    *(MEMORY *)pull = multiply_add(p, qd, multiply_add(p2, qd2, LOAD(pull)));
    *(MEMORY *)push = multiply_add(q, qd, multiply_add(q2, qd2, LOAD(push)));
}

// Subtract the sums of two vectors from two numbers.
INLINE void subtract_sums(VECTOR first, VECTOR second, T *from) {
#ifdef DOUBLE
    VECTOR sums = __builtin_shufflevector(first, second, 0, 2) + __builtin_shufflevector(first, second, 1, 3);
#else
    VECTOR sums = __builtin_shufflevector(first, second, 0, 4, 1, 5) + __builtin_shufflevector(first, second, 2, 6, 3, 7);
    sums += __builtin_shufflevector(sums, sums, 2, 3, 2, 3);
#endif
    from[0] -= sums[0], from[1] -= sums[1];
}

// The sum of a vector's numbers, as two parts, in float64.
INLINE D2 parts(VECTOR x) {
#ifdef DOUBLE
    return x;
#else
    F4 high = __builtin_shufflevector(x, x, 2, 3, 2, 3);
    return __builtin_convertvector(__builtin_shufflevector(x, x, 0, 1), D2) +
           __builtin_convertvector(__builtin_shufflevector(high, high, 0, 1), D2);
#endif
}

SEPARATE void slopes(const struct tsne *a) {
    int n = a->n, offset = n % LANES;
    const T *y = a->y, *P = a->P;
    T *pull = a->gradient, *push = a->push, sum = 0;
    const INTS indices = INDICES;
    D2 normaliser = {0};
    for (int i = 0; i < n; i++) pull[i] = push[i] = 0;
    for (int i = 0; i + 1 < n; i += 2, P += 2 * n) {
        const T *P2 = P + n;
        for (int j = i + 1; j < offset; j++) pair(y[j] - y[i], P[j], pull + i, push + i, &sum, pull + j, push + j);
        for (int j = i + 2; j < offset; j++)
            pair(y[j] - y[i + 1], P2[j], pull + i + 1, push + i + 1, &sum, pull + j, push + j);
        struct rows r = {y[i] - (VECTOR){0}, y[i + 1] - (VECTOR){0}, {0}, {0}, {0}, {0}, {0}};
        int j = i + 1 < offset ? offset : i + 1 - (i + 1 - offset) % LANES;
        if (j < n)
            pairs(&r, LOAD(y + j), LOAD(P + j), LOAD(P2 + j), pull + j, push + j, 0, indices > i - j, indices > i + 1 - j);
        for (j += LANES; j < n; j += LANES)
            pairs(&r, LOAD(y + j), LOAD(P + j), LOAD(P2 + j), pull + j, push + j, 1, indices, indices);
        subtract_sums(r.pulls, r.pulls2, pull + i);
        subtract_sums(r.pushes, r.pushes2, push + i);
        normaliser += parts(r.total);
    }
    double pairs_both_ways = 2 * (normaliser[0] + normaliser[1] + sum);
    T Z = pairs_both_ways < TINY ? TINY : (T)pairs_both_ways, exaggeration = a->exaggeration;
    for (int i = 0; i < n; i++) pull[i] = 4 * (exaggeration * pull[i] - push[i] / Z);
}

// Jacobs' rule for the gradients g, velocities v and gains of some items: update v and gain.
INLINE void follow(VECTOR g, T rate, T momentum, VECTOR *v, VECTOR *gain) {
    const VECTOR zero = {0};
    INTS overshot = ((g > zero) & (*v > zero)) | ((g < zero) & (*v < zero)) | ((g == zero) & (*v == zero));
    VECTOR changed = CHOOSE(overshot, *gain * (T)0.8, *gain + (T)0.2);
    *gain = CHOOSE(changed < (T)0.01, zero + (T)0.01, changed);
    *v = momentum * *v - rate * *gain * g;
}

// numpy: gradient = tsne_gradient(y, P, exaggeration), in py/ductus/backend/numpy.py
EXPORT void GRADIENT(const struct tsne *a) { slopes(a); }

// numpy: NumpyDescent.iterate; returns the number of iterations done before the gradient's norm is below `settled`
EXPORT int DESCEND(const struct tsne *a) {
    int n = a->n;
    T *y = a->y, *gradient = a->gradient, *velocity = a->velocity, *gain = a->gain;
    T rate = a->learning_rate, momentum = a->momentum;
    for (int done = 0; done < a->iterations; done++) {
        slopes(a);
        D2 squares = {0}, sum = {0};
        for (int i = 0; i < n; i += LANES) {
            VECTOR g = load_items(gradient + i, n - i);
            squares += parts(g * g);
        }
        if (__builtin_sqrt(squares[0] + squares[1]) < a->settled) return done;
        for (int i = 0; i < n; i += LANES) {
            VECTOR g = load_items(gradient + i, n - i), v = load_items(velocity + i, n - i);
            VECTOR its_gain = load_items(gain + i, n - i), place = load_items(y + i, n - i);
            follow(g, rate, momentum, &v, &its_gain);
            place += v;
            sum += parts(place);
            store_items(gain + i, its_gain, n - i);
            store_items(velocity + i, v, n - i);
            store_items(y + i, place, n - i);
        }
        T mean = (T)((sum[0] + sum[1]) / n);
        for (int i = 0; i < n; i++) y[i] -= mean;
    }
    return a->iterations;
}
