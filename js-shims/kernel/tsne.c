// t-SNE on a line, for py/ductus/backend/wasm.py; kernel.c has the rules for such a routine. build.py compiles this
// file twice: in float32 and, as DOUBLE, in float64.
//
// Van der Maaten and Hinton (2008), equations 4 and 5. Every pair is visited once, because P is symmetric and the
// forces on the two items are opposite. Two rows are processed together, so that the forces on the others are loaded
// and stored half as often.

#include "simd.h"

#ifdef DOUBLE
typedef double T;
typedef D2 VECTOR;
typedef D2m MEMORY;
#define TINY 2.2250738585072014e-308
#define multiply_add multiply_add_d
#define GRADIENT tsne_gradient_d
#define DESCEND tsne_descend_d
#else
typedef float T;
typedef F4 VECTOR;
typedef F4m MEMORY;
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

SEPARATE void slopes(const struct tsne *a) {
    int n = a->n;
    const T *y = a->y, *P = a->P;
    T *pull = a->gradient, *push = a->push;
    const VECTOR one = (VECTOR){0} + 1;
    double normaliser = 0;
    for (int i = 0; i < n; i++) pull[i] = push[i] = 0;
    for (int i = 0; i + 1 < n; i += 2, P += 2 * n) {
        const T *P2 = P + n;
        VECTOR pulls = {0}, pushes = {0}, pulls2 = {0}, pushes2 = {0}, total = {0};
        T own = y[i], own2 = y[i + 1], sum = 0, own_pull = 0, own_push = 0, own_pull2 = 0, own_push2 = 0;
        pair(own2 - own, P[i + 1], &own_pull, &own_push, &sum, &own_pull2, &own_push2);
        int j = i + 2;
        for (; j + LANES <= n; j += LANES) {
            VECTOR other = *(const MEMORY *)(y + j), d = other - own, d2 = other - own2;
            VECTOR q = 1 / multiply_add(d, d, one), q2 = 1 / multiply_add(d2, d2, one);
            VECTOR p = *(const MEMORY *)(P + j), p2 = *(const MEMORY *)(P2 + j), qd = q * d, qd2 = q2 * d2;
            total += q + q2;
            pulls = multiply_add(p, qd, pulls), pulls2 = multiply_add(p2, qd2, pulls2);
            pushes = multiply_add(q, qd, pushes), pushes2 = multiply_add(q2, qd2, pushes2);
            MEMORY *pull_j = (MEMORY *)(pull + j), *push_j = (MEMORY *)(push + j);
            *pull_j = multiply_add(p, qd, multiply_add(p2, qd2, *pull_j));
            *push_j = multiply_add(q, qd, multiply_add(q2, qd2, *push_j));
        }
        for (; j < n; j++) {
            pair(y[j] - own, P[j], &own_pull, &own_push, &sum, pull + j, push + j);
            pair(y[j] - own2, P2[j], &own_pull2, &own_push2, &sum, pull + j, push + j);
        }
        for (int k = 0; k < LANES; k++) {
            own_pull -= pulls[k], own_push -= pushes[k], sum += total[k];
            own_pull2 -= pulls2[k], own_push2 -= pushes2[k];
        }
        pull[i] += own_pull, push[i] += own_push, pull[i + 1] += own_pull2, push[i + 1] += own_push2;
        normaliser += sum;
    }
    normaliser *= 2;
    T Z = normaliser < TINY ? TINY : normaliser, exaggeration = a->exaggeration;
    for (int i = 0; i < n; i++) pull[i] = 4 * (exaggeration * pull[i] - push[i] / Z);
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
        double squares = 0, sum = 0;
        for (int i = 0; i < n; i++) squares += (double)gradient[i] * gradient[i];
        if (__builtin_sqrt(squares) < a->settled) return done;
        for (int i = 0; i < n; i++) {
            T g = gradient[i], v = velocity[i];
            int overshot = (g > 0 && v > 0) || (g < 0 && v < 0) || (g == 0 && v == 0);
            T new_gain = overshot ? gain[i] * (T)0.8 : gain[i] + (T)0.2;
            gain[i] = new_gain < (T)0.01 ? (T)0.01 : new_gain;
            velocity[i] = momentum * v - rate * gain[i] * g;
            y[i] += velocity[i];
            sum += y[i];
        }
        for (int i = 0; i < n; i++) y[i] -= (T)(sum / n);
    }
    return a->iterations;
}
