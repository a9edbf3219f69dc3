// Matrix products, for kernel.c.
//
// A matrix B (K, N) is packed into panels of 8 columns, (panels, K, 8), and the rows of A that go through it are
// interleaved in bands, (K, BAND): so the innermost loop reads both in order, at two addresses and small fixed offsets
// from them. The number of panels is a multiple of 4, the missing columns are zeros. Rows that do not fill a band form
// bands of 2, and a last one of 1.
//
// A block of the result, BAND rows by 8 columns, is summed in registers, of which V8 allocates fifteen. With fused
// multiply-adds 6 rows make twelve sums, and two vectors of B and one of A fill the rest; without, each product needs
// a register too. (Twelve, not eight: a multiply-add takes four cycles and two start in each, so eight sums barely
// suffice. With an address for each row of A, instead of bands, such blocks spill and take twice as long.)

#include "simd.h"

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
