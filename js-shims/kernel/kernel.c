// The arithmetic that takes the time, in WebAssembly SIMD, for py/ductus/kernel_wasm.py. build.py makes two side
// modules of it: one with plain 128-bit SIMD, one (RELAXED) with fused multiply-adds.
//
// It works on Pyodide's own memory, which it shares with Python and numpy. So it has no data of its own, no stack in
// that memory and no allocation (build.py makes sure): it reads and writes the arrays that it is given the addresses
// of, and nothing else. Whether those are large enough, the Python side knows and checks.
//
// Every routine takes one pointer, to a structure that ctypes fills: a call with many arguments takes longer than the
// arithmetic of a small step. All arrays are C-contiguous; none that is written overlaps one that is read, except
// where noted.

#define EXPORT __attribute__((visibility("default")))
#define INLINE static inline __attribute__((always_inline))
#define SEPARATE static __attribute__((noinline))

typedef float F4 __attribute__((vector_size(16)));
typedef double D2 __attribute__((vector_size(16)));
typedef int I4 __attribute__((vector_size(16)));
// Where vectors lie in memory they are aligned like their elements only.
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

// The first n < 4 of four floats, and no access beyond them.
INLINE F4 load_some(const float *p, int n) {
    return (F4){n > 0 ? p[0] : 0, n > 1 ? p[1] : 0, n > 2 ? p[2] : 0, 0};
}
INLINE void store_some(float *p, F4 v, int n) {
    if (n > 0) p[0] = v[0];
    if (n > 1) p[1] = v[1];
    if (n > 2) p[2] = v[2];
}

// --- matrix products -------------------------------------------------------------------------------------------------
//
// A matrix B (K, N) is packed into panels of 8 columns, (panels, K, 8), so that the innermost loop reads it in order.
// The number of panels is a multiple of 4, the missing columns are zeros. Each block of the result is summed in 8
// vectors: as many as V8 keeps in registers; with more it slows down by half. A block is R rows by P panels, R P = 4.

enum { PANEL = 8, GROUP = 32 };  // columns in a panel, and in four

// out[r, :] = bias + A[r, :] B for R rows and P panels; of the columns only the first `columns` are stored.
#define BLOCK(NAME, R, P)                                                                                             \
    SEPARATE void NAME(int K, const float *A, int stride_A, const float *B, const float *bias, float *out,            \
                       int stride_out, int columns) {                                                                 \
        F4 sum[R][2 * P];                                                                                             \
        _Pragma("unroll") for (int r = 0; r < R; r++)                                                                 \
            _Pragma("unroll") for (int v = 0; v < 2 * P; v++) sum[r][v] = bias ? load(bias + 4 * v) : all(0);         \
        for (int k = 0; k < K; k++, B += PANEL) {                                                                     \
            F4 b[2 * P];                                                                                              \
            _Pragma("unroll") for (int v = 0; v < 2 * P; v++) b[v] = load(B + v / 2 * K * PANEL + v % 2 * 4);         \
            _Pragma("unroll") for (int r = 0; r < R; r++) {                                                           \
                F4 a = all(A[r * stride_A + k]);                                                                      \
                _Pragma("unroll") for (int v = 0; v < 2 * P; v++) sum[r][v] = multiply_add(a, b[v], sum[r][v]);       \
            }                                                                                                         \
        }                                                                                                             \
        _Pragma("unroll") for (int r = 0; r < R; r++) _Pragma("unroll") for (int v = 0; v < 2 * P; v++) {             \
            float *to = out + r * stride_out + 4 * v;                                                                 \
            if (columns >= 4 * v + 4) store(to, sum[r][v]);                                                           \
            else store_some(to, sum[r][v], columns - 4 * v);                                                          \
        }                                                                                                             \
    }
BLOCK(block_4x8, 4, 1)
BLOCK(block_2x16, 2, 2)
BLOCK(block_1x32, 1, 4)

// M rows times one group of four panels: out (M, <= 32) = bias + A (M, K) B.
INLINE void group(int M, int K, const float *A, int stride_A, const float *B, const float *bias, float *out,
                  int stride_out, int columns) {
    int m = 0;
    if (M >= 4)
        for (int p = 0; p < GROUP; p += PANEL)
            for (m = 0; m + 4 <= M; m += 4)
                block_4x8(K, A + m * stride_A, stride_A, B + p * K, bias ? bias + p : 0, out + m * stride_out + p,
                          stride_out, columns - p);
    if (m + 2 <= M) {
        for (int p = 0; p < GROUP; p += 2 * PANEL)
            block_2x16(K, A + m * stride_A, stride_A, B + p * K, bias ? bias + p : 0, out + m * stride_out + p,
                       stride_out, columns - p);
        m += 2;
    }
    if (m < M) block_1x32(K, A + m * stride_A, stride_A, B, bias, out + m * stride_out, stride_out, columns);
}

// numpy: out = A @ B + bias; bias may be null. `columns` (N) of B are real, out is (M, N).
SEPARATE void product(int M, int K, int columns, const float *A, const float *B, const float *bias, float *out) {
    for (int n = 0; n < columns; n += GROUP)
        group(M, K, A, K, B + n * K, bias ? bias + n : 0, out + n, columns, columns - n);
}

struct pack {
    int K, N;
    const float *B;  // (K, N)
    float *packed;   // (N / 8 rounded up to a multiple of 4, K, 8)
};

// numpy: packed = np.pad(B, ((0, 0), (0, -N % 32))).reshape(K, -1, 8).swapaxes(0, 1)
EXPORT void pack(const struct pack *a) {
    float *to = a->packed;
    for (int n = 0; n < a->N; n += GROUP)
        for (int p = n; p < n + GROUP; p += PANEL)
            for (int k = 0; k < a->K; k++, to += PANEL) {
                const float *from = a->B + (long)k * a->N + p;
                if (p + PANEL <= a->N) {
                    store(to, load(from));
                    store(to + 4, load(from + 4));
                } else
                    for (int j = 0; j < PANEL; j++) to[j] = p + j < a->N ? from[j] : 0;
            }
}

struct matmul {
    int M, K, N;
    const float *A;       // (M, K)
    const float *packed;  // B (K, N), packed
    float *out;           // (M, N)
};

// Rows that are taken through all of B together: their part of A stays in the second cache.
enum { ROWS = 64 };

// numpy: out = A @ B
EXPORT void matmul(const struct matmul *a) {
    for (int m = 0; m < a->M; m += ROWS)
        product(a->M - m < ROWS ? a->M - m : ROWS, a->K, a->N, a->A + m * a->K, a->packed, 0, a->out + m * a->N);
}

// --- the LSTM --------------------------------------------------------------------------------------------------------

// tanh = (1 - e) / (1 + e), e = exp(-2|x|), where e - 1 is what is reckoned: so it is right to some 2e-7 of its value
// for small x too, exactly +-1 for large, and NaN for NaN. exp(r) - 1 is Taylor's series up to r^7 for r within
// +-ln(2)/2, which leaves out 2e-8 of its value.
#define SHIFT 12582912.0f  // 1.5 2^23: a small number added to it is rounded, and stands in its last bits
INLINE F4 tanh4(F4 x) {
    F4 magnitude = (F4)((I4)x & 0x7fffffff);
    F4 t = __builtin_wasm_pmax_f32x4(magnitude * -2.0f, all(-60.0f));  // NaN stays, which in a comparison it may not
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

struct step {
    int pens, samples, times, units, outputs;
    const float *x;         // (times, pens * samples, 3)
    const float *h, *c;     // (pens, H)
    const float *W_x;       // (H / 8, 3, 32): the inputs' weights, columns ordered as below
    const float *W_h;       // (H, 32 H / 8) packed: of every 8 units in turn the gates i, g, f, o
    const float *b;         // (32 H / 8), in that order
    float *z;               // (ROWS, 32), overwritten
    float *h_out, *c_out;   // (times, pens * samples, H)
    const float *W_y, *b_y; // the head's weights (H, outputs), packed, and its bias, padded likewise
    float *out;             // (pens * samples, outputs), or null: then the head is left out
};

// The gates of 8 units, of which `left` exist, for one row. z (32): what h and the bias give; x (3), W_x (3, 32).
// numpy: z = tanh(z + x @ W_x); c = (c * (1 + f) + (1 + i) * g) / 2; h = tanh(c) * (1 + o) / 2
INLINE void gates(const float *z, const float *x, const float *W_x, const float *c, float *h_out, float *c_out,
                  int left) {
    F4 x0 = all(x[0]), x1 = all(x[1]), x2 = all(x[2]);
    for (int v = 0; v < PANEL && v < left; v += 4) {
        F4 gate[4];
        _Pragma("unroll") for (int k = 0; k < 4; k++) {
            const float *w = W_x + v + PANEL * k;
            F4 sum = multiply_add(x0, load(w), load(z + v + PANEL * k));
            sum = multiply_add(x1, load(w + GROUP), sum);
            gate[k] = tanh4(multiply_add(x2, load(w + 2 * GROUP), sum));
        }
        int some = left - v;
        F4 before = some >= 4 ? load(c + v) : load_some(c + v, some);
        F4 cell = (before * (gate[2] + 1.0f) + (gate[0] + 1.0f) * gate[1]) * 0.5f;
        F4 hidden = tanh4(cell) * (gate[3] + 1.0f) * 0.5f;
        if (some >= 4) {
            store(c_out + v, cell);
            store(h_out + v, hidden);
        } else {
            store_some(c_out + v, cell, some);
            store_some(h_out + v, hidden, some);
        }
    }
}

// One step of many pens, and what the head says then; `times` steps one after the other. Each pen goes on in as many
// ways as there are samples, from one state: what that contributes is reckoned once a pen.
// numpy: lstm.Network.advance
EXPORT void step(const struct step *a) {
    int H = a->units, all_rows = a->pens * a->samples, groups = (H + PANEL - 1) / PANEL;
    const float *x = a->x, *h = a->h, *c = a->c;
    float *h_out = a->h_out, *c_out = a->c_out;
    for (int t = 0; t < a->times; t++) {
        for (int first = 0; first < a->pens; first += ROWS) {
            int pens = a->pens - first < ROWS ? a->pens - first : ROWS;
            for (int g = 0; g < groups; g++) {
                int unit = g * PANEL;
                group(pens, H, h + first * H, H, a->W_h + g * GROUP * H, a->b + g * GROUP, a->z, GROUP, GROUP);
                for (int pen = 0; pen < pens; pen++)
                    for (int s = 0; s < a->samples; s++) {
                        int row = (first + pen) * a->samples + s;
                        gates(a->z + pen * GROUP, x + 3 * row, a->W_x + g * 3 * GROUP, c + (first + pen) * H + unit,
                              h_out + row * H + unit, c_out + row * H + unit, H - unit);
                    }
            }
        }
        h = h_out, c = c_out;
        h_out += all_rows * H, c_out += all_rows * H, x += 3 * all_rows;
    }
    if (a->out)
        for (int row = 0; row < all_rows; row += ROWS)
            product(all_rows - row < ROWS ? all_rows - row : ROWS, H, a->outputs, h + row * H, a->W_y, a->b_y,
                    a->out + row * a->outputs);
}

// --- t-SNE on a line -------------------------------------------------------------------------------------------------
//
// Van der Maaten and Hinton (2008), equations 4 and 5. Every pair is looked at once, for P is symmetric and what draws
// one thing draws the other the opposite way.

struct tsne {
    int n, iterations;
    void *y;               // (n,) places
    const void *P;         // (n, n), symmetric, only the part above the diagonal is read
    void *gradient, *push; // (n,), overwritten
    void *velocity, *gain; // (n,)
    double exaggeration, learning_rate, momentum, settled;
};

#define TSNE(T, VECTOR, MEMORY, LANES, MULTIPLY_ADD, TINY, GRADIENT, DESCEND)                                         \
    SEPARATE void GRADIENT##_of(const struct tsne *a) {                                                               \
        int n = a->n;                                                                                                 \
        const T *y = a->y, *P = a->P;                                                                                 \
        T *pull = a->gradient, *push = a->push;                                                                       \
        double normaliser = 0;                                                                                        \
        for (int i = 0; i < n; i++) pull[i] = push[i] = 0;                                                            \
        for (int i = 0; i < n; i++, P += n) {                                                                         \
            VECTOR pulls = {0}, pushes = {0}, total = {0};                                                            \
            T own = y[i], own_pull = 0, own_push = 0, own_total = 0;                                                  \
            int j = i + 1;                                                                                            \
            for (; j + LANES <= n; j += LANES) {                                                                      \
                VECTOR d = own - *(const MEMORY *)(y + j);                                                            \
                VECTOR q = 1 / MULTIPLY_ADD(d, d, (VECTOR){0} + 1); /* similarity, before it is normalised */         \
                VECTOR qd = q * d, p = *(const MEMORY *)(P + j) * qd, r = q * qd;                                     \
                pulls += p, pushes += r, total += q;                                                                  \
                *(MEMORY *)(pull + j) -= p;                                                                           \
                *(MEMORY *)(push + j) -= r;                                                                           \
            }                                                                                                         \
            for (; j < n; j++) {                                                                                      \
                T d = own - y[j], q = 1 / (1 + d * d), p = P[j] * (q * d), r = q * (q * d);                           \
                own_pull += p, own_push += r, own_total += q;                                                         \
                pull[j] -= p, push[j] -= r;                                                                           \
            }                                                                                                         \
            for (int k = 0; k < LANES; k++) own_pull += pulls[k], own_push += pushes[k], own_total += total[k];       \
            pull[i] += own_pull, push[i] += own_push, normaliser += own_total;                                        \
        }                                                                                                             \
        normaliser *= 2;                                                                                              \
        T Z = normaliser < TINY ? TINY : normaliser, exaggeration = a->exaggeration;                                  \
        for (int i = 0; i < n; i++) pull[i] = 4 * (exaggeration * pull[i] - push[i] / Z);                             \
    }                                                                                                                 \
    /* numpy: gradient = kernel.tsne_gradient(y, P, exaggeration) */                                                  \
    EXPORT void GRADIENT(const struct tsne *a) { GRADIENT##_of(a); }                                                  \
    /* numpy: so many iterations of kernel.tsne_descend, unless the gradient is `settled` before; how many were done */\
    EXPORT int DESCEND(const struct tsne *a) {                                                                        \
        int n = a->n;                                                                                                 \
        T *y = a->y, *gradient = a->gradient, *velocity = a->velocity, *gain = a->gain;                               \
        T rate = a->learning_rate, momentum = a->momentum;                                                            \
        for (int done = 0; done < a->iterations; done++) {                                                            \
            GRADIENT##_of(a);                                                                                         \
            double squares = 0, sum = 0;                                                                              \
            for (int i = 0; i < n; i++) squares += (double)gradient[i] * gradient[i];                                 \
            if (__builtin_sqrt(squares) < a->settled) return done;                                                    \
            for (int i = 0; i < n; i++) {                                                                             \
                T g = gradient[i], v = velocity[i];                                                                   \
                int overshot = (g > 0 && v > 0) || (g < 0 && v < 0) || (g == 0 && v == 0);                            \
                T new_gain = overshot ? gain[i] * (T)0.8 : gain[i] + (T)0.2;                                          \
                gain[i] = new_gain < (T)0.01 ? (T)0.01 : new_gain;                                                    \
                velocity[i] = momentum * v - rate * gain[i] * g;                                                      \
                y[i] += velocity[i];                                                                                  \
                sum += y[i];                                                                                          \
            }                                                                                                         \
            for (int i = 0; i < n; i++) y[i] -= (T)(sum / n);                                                         \
        }                                                                                                             \
        return a->iterations;                                                                                         \
    }
TSNE(float, F4, F4m, 4, multiply_add, 1.1754943508222875e-38f, tsne_gradient_f, tsne_descend_f)
TSNE(double, D2, D2m, 2, multiply_add_d, 2.2250738585072014e-308, tsne_gradient_d, tsne_descend_d)
