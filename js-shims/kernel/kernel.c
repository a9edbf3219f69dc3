// The arithmetic that takes most of the time, in WebAssembly SIMD, for py/ductus/backend/wasm.py. build.py compiles two
// side modules: one with plain 128-bit SIMD, one (RELAXED) with fused multiply-adds.
//
// It works on Pyodide's own memory, shared with Python and numpy. So it has no data of its own, no stack in that memory
// and no allocation (build.py checks that): it reads and writes only the arrays whose addresses it is given. The Python
// side checks that those are large enough.
//
// Every routine takes one pointer, to a structure that ctypes fills: a call with many arguments takes longer than the
// arithmetic of a small step. All arrays are C-contiguous; no output overlaps an input, except where noted.

#include "guidance.h"
#include "mixture.h"
#include "product.h"
#include "simd.h"
#include "window.h"

// --- matrix products -------------------------------------------------------------------------------------------------

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

// The layer of H cells and its head, and memory to work in. What goes into its next step, and into the head, is h (W)
// for each row: the hidden state (H) and then, in a network with a window, what the window saw.
struct network {
    int units, width, outputs;
    const float *W_x;       // (H / 8, 3, 32): the inputs' weights, columns ordered as below
    const float *W_h;       // (W, 32 H / 8) packed: for every 8 units in turn the gates i, g, f, o
    const float *b;         // (32 H / 8), in that order
    const float *W_y, *b_y; // the head's weights (W, outputs), packed, and its bias, padded in the same way
    float *bands, *z;       // (ROWS, W) and (ROWS, 32), overwritten
    float *output;          // (ROWS, outputs), overwritten
    double *cumulative;     // (outputs / 6), overwritten
};

// The gates of 8 units, of which `left` exist, for one row. z (32): from h and the bias; x (3), W_x (3, 32).
// numpy: z = tanh(z + x @ W_x); c = (c * (1 + f) + (1 + i) * g) / 2; h = tanh(c) * (1 + o) / 2
// With `scale` and `value`, of the same units, c = scale * c + value before h.
// All eight vectors of gates at once, so that the long chains of their tanh run in parallel.
INLINE void gates(const float *z, const float *x, const float *W_x, const float *c, float *h_out, float *c_out,
                  int left, const float *scale, const float *value) {
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
        if (scale && some >= 4) cell = multiply_add(load(scale + at), cell, load(value + at));
        else if (scale) cell = multiply_add(load_some(scale + at, some), cell, load_some(value + at, some));
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

// An intervention on the cells of some rows: what is done to c in each step.
struct change {
    int each;                    // rows in turn that share one
    const float *scale, *value;  // (rows / each, H)
};

// One step of rows `first` to `first + rows`. `samples` rows in turn go on from one state, row / samples of h and c: its
// contribution is computed once. Those states are ROWS at most. Row r has its input at x + r * stride and its new state
// at h_out + r * W; h_out and c_out may be h and c if samples is 1.
INLINE void feed_rows(const struct network *a, int first, int rows, int samples, const float *x, int stride,
                      const float *h, const float *c, float *h_out, float *c_out, const struct change *change) {
    int H = a->units, W = a->width, pen = first / samples, pens = (first + rows - 1) / samples - pen + 1;
    interleave(pens, W, h + pen * W, a->bands);
    for (int g = 0, unit = 0; unit < H; g++, unit += PANEL) {
        group(pens, W, a->bands, a->W_h + g * GROUP * W, a->b + g * GROUP, a->z, GROUP, GROUP);
        for (int row = first; row < first + rows; row++) {
            int own = row / samples, at = change ? row / change->each * H + unit : 0;
            gates(a->z + (own - pen) * GROUP, x + row * stride, a->W_x + g * 3 * GROUP, c + own * H + unit,
                  h_out + row * W + unit, c_out + row * H + unit, H - unit, change ? change->scale + at : 0,
                  change ? change->value + at : 0);
        }
    }
}

// Two copies, so that steps without an intervention do not look for one in their loops.
SEPARATE void feed(const struct network *a, int first, int rows, int samples, const float *x, int stride,
                   const float *h, const float *c, float *h_out, float *c_out) {
    feed_rows(a, first, rows, samples, x, stride, h, c, h_out, c_out, 0);
}
SEPARATE void feed_changed(const struct network *a, int first, int rows, int samples, const float *x, int stride,
                           const float *h, const float *c, float *h_out, float *c_out,
                           const struct change *change) {
    feed_rows(a, first, rows, samples, x, stride, h, c, h_out, c_out, change);
}

struct step {
    const struct network *network;
    int pens, samples, times;
    const float *x;       // (times, pens * samples, 3)
    const float *h, *c;   // (pens, W), (pens, H)
    float *h_out, *c_out; // (times, pens * samples, W), (times, pens * samples, H)
    float *out;           // (pens * samples, outputs), or null to skip the head
    const struct change *change; // of the rows in every step, or null
};

// One step of many pens, and what the head says then; `times` steps one after the other. If W is more than H, the rest
// of h and h_out is not written: it holds more inputs, of the step after the state beside it.
// numpy: lstm.Network.advance, trace
EXPORT void step(const struct step *a) {
    const struct network *net = a->network;
    int H = net->units, W = net->width, samples = a->samples, rows = a->pens * samples;
    const float *x = a->x, *h = a->h, *c = a->c;
    float *h_out = a->h_out, *c_out = a->c_out;
    for (int t = 0; t < a->times; t++) {
        for (int pen = 0; pen < a->pens; pen += ROWS) {
            int pens = a->pens - pen < ROWS ? a->pens - pen : ROWS;
            if (a->change)
                feed_changed(net, pen * samples, pens * samples, samples, x, 3, h, c, h_out, c_out, a->change);
            else feed(net, pen * samples, pens * samples, samples, x, 3, h, c, h_out, c_out);
        }
        h = h_out, c = c_out;
        h_out += rows * W, c_out += rows * H, x += 3 * rows;
    }
    if (a->out) product(rows, W, net->outputs, h, net->W_y, net->b_y, net->bands, a->out);
}

struct draw {
    const struct network *network;
    int rows, samples, steps; // rows: samples of one pen after the other
    int alike;                // rows in turn that begin in one state
    double temperature;
    const float *x;           // (rows, 3): points to feed first; or null
    const float *h, *c;       // (rows / alike, H); W is H
    const double *uniforms;   // (rows / samples, steps, samples, 4)
    float *h_out, *c_out;     // (rows, H); unchanged if nothing is fed
    float *paths;             // (rows, steps, 3)
    const struct change *change; // of the rows in every step, or null
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
                if (a->change)
                    feed_changed(net, first, rows, alike, x, stride, h, c, a->h_out, a->c_out, a->change);
                else feed(net, first, rows, alike, x, stride, h, c, a->h_out, a->c_out);
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

struct write {
    const struct network *network;
    const struct window *window;
    int rows, times, length;
    int stride;                     // from a row's input to the next one's: 3, or 0 if all rows have the same
    int candidates;                 // 0, or of how many one is chosen for two rows, with a text and without
    double temperature, strength;
    double limit;                   // characters that the first row's window may see; no step after that is taken
    const float *x;                 // (times, rows or 1, 3); if points are sampled, of the first step alone
    const float *h, *c, *kappa;     // (rows, W), (rows, H), (rows, K)
    const long long *codes;         // (length,): of the text, which has J codes or more
    const double *uniforms;         // (times, rows, 4), (times, 4 candidates + 1), or null to sample no points
    double *work;                   // (2 TERMS M + M + candidates), overwritten
    float *h_out, *c_out, *alpha, *beta, *kappa_out, *place; // (times, rows, W or H or K three times, or 1)
    float *points;                  // (times, rows, 3), or (times + candidates - 1, 3), of which `times` are chosen
    int *taken;                     // (1,): steps
};

// Steps of a network with a window, one after the other; with uniforms a point is sampled after each for every row, or
// one for two rows, with guidance, and is the next step's input.
// A row's numbers are the same whatever rows are beside it.
// numpy: text_network.TextLayer.draw, trace, write
EXPORT void write(const struct write *a) {
    const struct network *net = a->network;
    const struct window *window = a->window;
    int H = net->units, W = net->width, K = window->gaussians, outputs = net->outputs, M = outputs / 6;
    int points = a->candidates ? 1 : a->rows, uniforms = a->candidates ? 4 * a->candidates + 1 : 4 * a->rows;
    const float *x = a->x, *h = a->h, *c = a->c, *before = a->kappa;
    *a->taken = 0;
    for (int t = 0; t < a->times; t++) {
        int done = t * a->rows;
        float *h_out = a->h_out + done * W, *c_out = a->c_out + done * H, *place = a->place + done;
        float *alpha = a->alpha + done * K, *beta = a->beta + done * K, *kappa = a->kappa_out + done * K;
        float *drawn = a->points + 3 * t * points;
        const double *chance = a->uniforms + t * uniforms;
        for (int first = 0; first < a->rows; first += ROWS) {
            int rows = a->rows - first < ROWS ? a->rows - first : ROWS;
            feed(net, first, rows, 1, x, a->stride, h, c, h_out, c_out);
            for (int row = first; row < first + rows; row++) {
                float *own = h_out + row * W;
                int at = row * K;
                product(1, H, GAUSSIAN_NUMBERS * K, own, window->W_k, window->b_k, net->bands, window->raw);
                move(window, before + at, alpha + at, beta + at, kappa + at, place + row);
                look(window, alpha + at, beta + at, kappa + at, place[row], a->codes, a->length, own + H);
            }
            if (!a->uniforms) continue;
            product(rows, W, outputs, h_out + first * W, net->W_y, net->b_y, net->bands, net->output);
            if (a->candidates) {
                choose(M, net->output, a->temperature, a->strength, a->candidates, chance, net->cumulative, a->work,
                       drawn);
                continue;
            }
            for (int row = first; row < first + rows; row++) {
                const float *output = net->output + (row - first) * outputs;
                accumulate(M, output, a->temperature, net->cumulative);
                sample(M, output, a->temperature, net->cumulative, chance + 4 * row, drawn + 3 * row);
            }
        }
        if (__builtin_floor(*place) + window->ahead + 1 > a->limit) return;
        *a->taken = t + 1;
        x = a->uniforms ? drawn : x + (a->stride ? 3 * a->rows : 3);
        h = h_out, c = c_out, before = kappa;
    }
}

enum { FACTS = 5 };  // about each point

struct read {
    const struct network *network;
    int rows, times;
    const float *x;      // (times, 3): what every row is fed
    const double *truth; // (times, 3): the points that come then
    float *h, *c;        // (rows, H), changed; W is H
    const struct change *change; // of the rows in every step, or null
    double *facts;       // (times, rows, FACTS)
};

// Points fed to all rows alike, and what each says of the point after each of them. A row's numbers are the same
// whatever rows are beside it.
// numpy: lstm.Network.read
EXPORT void read(const struct read *a) {
    const struct network *net = a->network;
    int H = net->units, outputs = net->outputs;
    for (int first = 0; first < a->rows; first += ROWS) {
        int rows = a->rows - first < ROWS ? a->rows - first : ROWS;
        for (int t = 0; t < a->times; t++) {
            const float *x = a->x + 3 * t;
            if (a->change) feed_changed(net, first, rows, 1, x, 0, a->h, a->c, a->h, a->c, a->change);
            else feed(net, first, rows, 1, x, 0, a->h, a->c, a->h, a->c);
            product(rows, H, outputs, a->h + first * H, net->W_y, net->b_y, net->bands, net->output);
            for (int row = 0; row < rows; row++)
                score(outputs / 6, net->output + row * outputs, a->truth + 3 * t, net->cumulative,
                      a->facts + FACTS * (t * a->rows + first + row));
        }
    }
}
