// Graves' soft window over a text, for kernel.c: py/ductus/window.py has the equations. In float64, because a float32
// sum in another order would move where the window is.

#include "mixture.h"

enum { GAUSSIAN_NUMBERS = 3 };  // of the window: alpha, beta, kappa

// What is fixed for a network. The window sees J = behind + 1 + ahead characters.
struct window {
    int gaussians, symbols, behind, ahead;
    double low, high;  // bounds of log(alpha) and log(beta)
    const float *W_k;  // (H, 3K) packed: blocks of K alpha, beta, kappa
    const float *b_k;  // (3K), padded
    float *raw;        // (3K), overwritten
};

INLINE double within(double x, double low, double high) { return x < low ? low : x > high ? high : x; }

// numpy: window.Window.move, for one row; its raw numbers (3K) are in a->raw. `before` (K) is kappa in the step before;
// alpha, beta and kappa (K) and the place (1) are written.
SEPARATE void move(const struct window *a, const float *before, float *alpha, float *beta, float *kappa, float *place) {
    int K = a->gaussians;
    double weights = 0, places = 0;
    for (int k = 0; k < K; k++) {
        double raw[GAUSSIAN_NUMBERS];
        _Pragma("unroll") for (int i = 0; i < GAUSSIAN_NUMBERS; i++) {
            raw[i] = a->raw[i * K + k];
            raw[i] = raw[i] == raw[i] ? raw[i] : 0;  // as numpy's nan_to_num
        }
        D2 sizes = exp_d((D2){within(raw[0], a->low, a->high), within(raw[1], a->low, a->high)});
        double e = exp_d((D2){-__builtin_fabs(raw[2]), 0})[0];
        alpha[k] = (float)sizes[0], beta[k] = (float)sizes[1];
        kappa[k] = (float)(before[k] + (raw[2] < 0 ? e : 1) / (1 + e));
        weights += alpha[k], places += (double)alpha[k] * kappa[k];
    }
    *place = (float)(places / weights);
    for (int k = 0; k < K; k++) kappa[k] = (float)within(kappa[k], *place - a->behind, *place + a->ahead);
}

// numpy: window.Window.look, for one row. w (symbols). No code outside `codes` (length) is read, wherever the window is.
SEPARATE void look(const struct window *a, const float *alpha, const float *beta, const float *kappa, double place,
                   const long long *codes, int length, float *w) {
    int J = a->behind + 1 + a->ahead, K = a->gaussians;
    for (int s = 0; s < a->symbols; s++) w[s] = 0;
    double character = __builtin_floor(place);
    int first = character < length - J ? character > 0 ? (int)character : 0 : length - J;
    for (int j = 0; j < J; j++) {
        double u = character - a->behind + j, phi = 0;
        for (int k = 0; k < K; k += 2) {
            int other = k + 1 < K ? k + 1 : k;
            D2 distance = (D2){kappa[k], kappa[other]} - u, b = {beta[k], beta[other]};
            D2 seen = (D2){alpha[k], other > k ? alpha[other] : 0} * exp_d(-b * distance * distance);
            phi += seen[0] + seen[1];
        }
        long long code = codes[first + j];
        if (code >= 0 && code < a->symbols) w[code] += (float)phi;
    }
}
