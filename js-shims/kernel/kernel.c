// The arithmetic that takes most of the time, in WebAssembly SIMD, for py/ductus/backend/wasm.py. build.py compiles two
// side modules: one with plain 128-bit SIMD, one (RELAXED) with fused multiply-adds.
//
// It works on Pyodide's own memory, shared with Python and numpy. So it has no data of its own, no stack in that memory
// and no allocation (build.py checks that): it reads and writes only the arrays whose addresses it is given. The Python
// side checks that those are large enough.
//
// Every routine takes one pointer, to a structure that ctypes fills: a call with many arguments takes longer than the
// arithmetic of a small step. All arrays are C-contiguous; no output overlaps an input, except where noted.

#include "mixture.h"
#include "simd.h"

// --- matrix products -------------------------------------------------------------------------------------------------
//
// A matrix B (K, N) is packed into panels of 8 columns, (panels, K, 8), and the rows of A that go through it are
// interleaved in bands, (K, BAND): so the innermost loop reads both in order, at two addresses and small fixed
// offsets from them. The number of panels is a multiple of 4, the missing columns are
// zeros. Rows that do not fill a band form bands of 2, and a last one of 1.
//
// A block of the result, BAND rows by 8 columns, is summed in registers, of which V8 allocates fifteen. With fused
// multiply-adds 6 rows make twelve sums, and two vectors of B and one of A fill the rest; without, each product needs
// a register too. (Twelve, not eight: a multiply-add takes four cycles and two start in each, so eight sums barely
// suffice. With an address for each row of A, instead of bands, such blocks spill and take twice as long.)

enum { PANEL = 8, GROUP = 32 };  // columns in a panel, and in four
enum { ROWS = 66 };              // multiplied by all of B together: they stay in the second-level cache
#ifdef RELAXED
#define BAND 6
#else
#define BAND 5
#endif

// The number of rows in the next band, with `left` rows left.
INLINE int band(int left) { return left >= BAND ? BAND : left >= 2 ? 2 : 1; }

// The rows of A (M, K) in bands of R, each (K, R).
SEPARATE void interleave(int M, int K, const float *A, float *to) {
    for (int left = M, R; left > 0; left -= R, to += R * K) {
        R = band(left);
        for (int r = 0; r < R; r++, A += K)
            for (int k = 0; k < K; k++) to[k * R + r] = A[k];
    }
}

// out[r, :] = bias + A[r, :] B for a band A of R rows and P panels; only the first `columns` are stored.
#define BLOCK(NAME, R, P)                                                                                             \
    SEPARATE void NAME(int K, const float *A, const float *B, const float *bias, float *out, int stride,              \
                       int columns) {                                                                                 \
        F4 sum[R][2 * P];                                                                                             \
        _Pragma("unroll") for (int r = 0; r < R; r++)                                                                 \
            _Pragma("unroll") for (int v = 0; v < 2 * P; v++) sum[r][v] = bias ? load(bias + 4 * v) : all(0);         \
        for (int k = 0; k < K; k++, A += R, B += PANEL) {                                                             \
            F4 b[2 * P];                                                                                              \
            _Pragma("unroll") for (int v = 0; v < 2 * P; v++) b[v] = load(B + v / 2 * K * PANEL + v % 2 * 4);         \
            _Pragma("unroll") for (int r = 0; r < R; r++) {                                                           \
                F4 a = all(A[r]);                                                                                     \
                _Pragma("unroll") for (int v = 0; v < 2 * P; v++) sum[r][v] = multiply_add(a, b[v], sum[r][v]);       \
            }                                                                                                         \
        }                                                                                                             \
        _Pragma("unroll") for (int r = 0; r < R; r++) _Pragma("unroll") for (int v = 0; v < 2 * P; v++) {             \
            float *to = out + r * stride + 4 * v;                                                                     \
            if (columns >= 4 * v + 4) store(to, sum[r][v]);                                                           \
            else store_some(to, sum[r][v], columns - 4 * v);                                                          \
        }                                                                                                             \
    }
BLOCK(block_8, BAND, 1)
BLOCK(block_16, 2, 2)
BLOCK(block_32, 1, 4)

// M rows, in bands, times one group of four panels: out (M, <= 32) = bias + A (M, K) B.
INLINE void group(int M, int K, const float *A, const float *B, const float *bias, float *out, int stride,
                  int columns) {
    int m = M / BAND * BAND;
    for (int p = 0; p < GROUP; p += PANEL)
        for (int first = 0; first < m; first += BAND)
            block_8(K, A + first * K, B + p * K, bias ? bias + p : 0, out + first * stride + p, stride, columns - p);
    for (; m + 2 <= M; m += 2)
        for (int p = 0; p < GROUP; p += 2 * PANEL)
            block_16(K, A + m * K, B + p * K, bias ? bias + p : 0, out + m * stride + p, stride, columns - p);
    if (m < M) block_32(K, A + m * K, B, bias, out + m * stride, stride, columns);
}

// numpy: out = A @ B + bias; bias may be null. `columns` (N) of B are real, out is (M, N). `bands` (ROWS, K) or, for
// fewer rows, (M, K) is overwritten.
SEPARATE void product(int M, int K, int columns, const float *A, const float *B, const float *bias, float *bands,
                      float *out) {
    for (int m = 0; m < M; m += ROWS, A += ROWS * K, out += ROWS * columns) {
        int rows = M - m < ROWS ? M - m : ROWS;
        interleave(rows, K, A, bands);
        for (int n = 0; n < columns; n += GROUP)
            group(rows, K, bands, B + n * K, bias ? bias + n : 0, out + n, columns, columns - n);
    }
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
    float *bands;         // (ROWS, K), or (M, K) if that is less; overwritten
    float *out;           // (M, N)
};

// numpy: out = A @ B
EXPORT void matmul(const struct matmul *a) { product(a->M, a->K, a->N, a->A, a->packed, 0, a->bands, a->out); }

// --- the LSTM --------------------------------------------------------------------------------------------------------

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

// The layer and its head, and memory to work in.
struct network {
    int units, outputs;
    const float *W_x;       // (H / 8, 3, 32): the inputs' weights, columns ordered as below
    const float *W_h;       // (H, 32 H / 8) packed: for every 8 units in turn the gates i, g, f, o
    const float *b;         // (32 H / 8), in that order
    const float *W_y, *b_y; // the head's weights (H, outputs), packed, and its bias, padded in the same way
    float *bands, *z;       // (ROWS, H) and (ROWS, 32), overwritten
    float *output;          // (ROWS, outputs), overwritten
    double *cumulative;     // (outputs / 6), overwritten
};

// The gates of 8 units, of which `left` exist, for one row. z (32): from h and the bias; x (3), W_x (3, 32).
// numpy: z = tanh(z + x @ W_x); c = (c * (1 + f) + (1 + i) * g) / 2; h = tanh(c) * (1 + o) / 2
// All eight vectors of gates at once, so that the long chains of their tanh run in parallel.
INLINE void gates(const float *z, const float *x, const float *W_x, const float *c, float *h_out, float *c_out,
                  int left) {
    F4 x0 = all(x[0]), x1 = all(x[1]), x2 = all(x[2]), gate[4][2];
    _Pragma("unroll") for (int k = 0; k < 8; k++) {
        const float *w = W_x + 4 * k;
        F4 sum = multiply_add(x0, load(w), load(z + 4 * k));
        sum = multiply_add(x1, load(w + GROUP), sum);
        gate[k / 2][k % 2] = tanh4(multiply_add(x2, load(w + 2 * GROUP), sum));
    }
    _Pragma("unroll") for (int v = 0; v < 2; v++) {
        int at = 4 * v, some = left - at;
        F4 before = some >= 4 ? load(c + at) : load_some(c + at, some);
        F4 cell = (before * (gate[2][v] + 1.0f) + (gate[0][v] + 1.0f) * gate[1][v]) * 0.5f;
        F4 hidden = tanh4(cell) * (gate[3][v] + 1.0f) * 0.5f;
        if (some >= 4) {
            store(c_out + at, cell);
            store(h_out + at, hidden);
        } else {
            store_some(c_out + at, cell, some);
            store_some(h_out + at, hidden, some);
        }
    }
}

// One step of rows `first` to `first + rows`. `samples` rows in turn go on from one state, row / samples of h and c: its
// contribution is computed once. Those states are ROWS at most. Row r has its input at x + r * stride and its new state
// at h_out + r * H; h_out and c_out may be h and c if samples is 1.
SEPARATE void feed(const struct network *a, int first, int rows, int samples, const float *x, int stride,
                   const float *h, const float *c, float *h_out, float *c_out) {
    int H = a->units, pen = first / samples, pens = (first + rows - 1) / samples - pen + 1;
    interleave(pens, H, h + pen * H, a->bands);
    for (int g = 0, unit = 0; unit < H; g++, unit += PANEL) {
        group(pens, H, a->bands, a->W_h + g * GROUP * H, a->b + g * GROUP, a->z, GROUP, GROUP);
        for (int row = first; row < first + rows; row++) {
            int own = row / samples;
            gates(a->z + (own - pen) * GROUP, x + row * stride, a->W_x + g * 3 * GROUP, c + own * H + unit,
                  h_out + row * H + unit, c_out + row * H + unit, H - unit);
        }
    }
}

struct step {
    const struct network *network;
    int pens, samples, times;
    const float *x;       // (times, pens * samples, 3)
    const float *h, *c;   // (pens, H)
    float *h_out, *c_out; // (times, pens * samples, H)
    float *out;           // (pens * samples, outputs), or null to skip the head
};

// One step of many pens, and what the head says then; `times` steps one after the other.
// numpy: lstm.Network.advance, trace
EXPORT void step(const struct step *a) {
    const struct network *net = a->network;
    int H = net->units, samples = a->samples, rows = a->pens * samples;
    const float *x = a->x, *h = a->h, *c = a->c;
    float *h_out = a->h_out, *c_out = a->c_out;
    for (int t = 0; t < a->times; t++) {
        for (int pen = 0; pen < a->pens; pen += ROWS) {
            int pens = a->pens - pen < ROWS ? a->pens - pen : ROWS;
            feed(net, pen * samples, pens * samples, samples, x, 3, h, c, h_out, c_out);
        }
        h = h_out, c = c_out;
        h_out += rows * H, c_out += rows * H, x += 3 * rows;
    }
    if (a->out) product(rows, H, net->outputs, h, net->W_y, net->b_y, net->bands, a->out);
}

struct draw {
    const struct network *network;
    int rows, samples, steps; // rows: samples of one pen after the other
    int alike;                // rows in turn that begin in one state
    double temperature;
    const float *x;           // (rows, 3): points to feed first; or null
    const float *h, *c;       // (rows / alike, H)
    const double *uniforms;   // (rows / samples, steps, samples, 4)
    float *h_out, *c_out;     // (rows, H); unchanged if nothing is fed
    float *paths;             // (rows, steps, 3)
};

// Draw points one after the other, each fed before the next. A row's numbers are the same whatever rows are beside it.
// numpy: lstm.Network.draw
EXPORT void draw(const struct draw *a) {
    const struct network *net = a->network;
    int H = net->units, outputs = net->outputs, M = outputs / 6, steps = a->steps, samples = a->samples;
    for (int first = 0; first < a->rows; first += ROWS) {
        int rows = a->rows - first < ROWS ? a->rows - first : ROWS, alike = a->alike, stride = 3;
        const float *x = a->x, *h = a->h, *c = a->c;
        for (int t = 0; t < steps; t++) {
            if (x) {
                feed(net, first, rows, alike, x, stride, h, c, a->h_out, a->c_out);
                h = a->h_out, c = a->c_out, alike = 1;
            }
            int state = first / alike, states = (first + rows - 1) / alike - state + 1;
            product(states, H, outputs, h + state * H, net->W_y, net->b_y, net->bands, net->output);
            for (int row = first; row < first + rows; row++) {
                const float *output = net->output + (row / alike - state) * outputs;
                if (row == first || row % alike == 0) accumulate(M, output, a->temperature, net->cumulative);
                sample(M, output, a->temperature, net->cumulative,
                       a->uniforms + 4 * ((row / samples * steps + t) * samples + row % samples),
                       a->paths + 3 * (row * steps + t));
            }
            x = a->paths + 3 * t, stride = 3 * steps;
        }
    }
}
