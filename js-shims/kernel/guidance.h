// Guidance of a text network, for kernel.c: py/ductus/guidance.py has the equations. In float64, as there, so that of the
// same candidates the same one is chosen.

#include "mixture.h"

// Of each component: where it is, 1 / sigma in x and y, rho, cosh(r), and all of log p that no point changes.
enum { MU_X, MU_Y, PER_X, PER_Y, RHO, COSH, LEVEL, TERMS };

INLINE double clipped(double x) { return x < -MAX_SIGMAS ? -MAX_SIGMAS : x > MAX_SIGMAS ? MAX_SIGMAS : x; }

// log(1 + exp(-|x|))
INLINE double log_1_plus_exp(double x) { return log_d(1 + exp_d((D2){-__builtin_fabs(x), 0})[0]); }

// What log p of any point is made of, for one row of the head's output (1 + 6 M): terms (M, TERMS).
SEPARATE void weigh(int M, const float *output, double *terms) {
    const float *of = output + 1;
    double largest = of[argmax(M, of)], sum = 0;
    for (int m = 0; m < M; m++) sum += exp_d((D2){of[m] - largest, 0})[0];
    double all_weights = sum == sum ? largest + log_d(sum) : sum;
    for (int m = 0; m < M; m++, of++, terms += TERMS) {
        D2 log_sigma = clip_d((D2){of[3 * M], of[4 * M]}, MAX_LOG_SIGMA);
        D2 per_sigma = exp_d(-log_sigma);
        double r = of[5 * M], size = __builtin_fabs(r), e = exp_d((D2){-2 * size, 0})[0];
        double log_cosh = size + log_d(1 + e) - LN_2;
        terms[MU_X] = of[M], terms[MU_Y] = of[2 * M];
        terms[PER_X] = per_sigma[0], terms[PER_Y] = per_sigma[1];
        terms[RHO] = __builtin_copysign((1 - e) / (1 + e), r);
        terms[COSH] = exp_d((D2){log_cosh > 300 ? 300 : log_cosh, 0})[0];
        terms[LEVEL] = of[0] - all_weights + log_cosh - log_sigma[0] - log_sigma[1];
    }
}

// log p of a point (3) up to a constant, from `weigh` and the lift's logit. `own` (M) is overwritten.
// numpy: mixture.log_density + mixture.log_lift
SEPARATE double log_p(int M, const double *terms, double logit, const float *point, double *own) {
    double largest = -1e308, sum = 0;
    for (int m = 0; m < M; m++, terms += TERMS) {
        double x = clipped((point[0] - terms[MU_X]) * terms[PER_X]);
        double y = clipped((point[1] - terms[MU_Y]) * terms[PER_Y]);
        double rest = clipped((y - terms[RHO] * x) * terms[COSH]);
        own[m] = terms[LEVEL] - 0.5 * (x * x + rest * rest);
        if (!(own[m] <= largest)) largest = own[m];
    }
    for (int m = 0; m < M; m += 2)
        for (int k = 0; k < 2 && m + k < M; k++) sum += exp_d((D2){own[m + k] - largest, 0})[0];
    double lift = point[2] > 0.5f ? logit : -logit;
    return (sum == sum ? largest + log_d(sum) : sum) + (lift < 0 ? lift : 0) - log_1_plus_exp(lift);
}

// numpy: guidance.sample, for the head's output with the text and without, (2, 1 + 6 M). `uniforms` (4 C + 1) decide
// the candidates and among them; points (C, 3), of which the first becomes the chosen one; `work` (2 TERMS M + M + C)
// and `cumulative` (M) are overwritten.
SEPARATE void choose(int M, const float *outputs, double temperature, double strength, int candidates,
                     const double *uniforms, double *cumulative, double *work, float *points) {
    int numbers = 1 + 6 * M, chosen = 0;
    double *without = work + TERMS * M, *own = without + TERMS * M, *preference = own + M, largest = -1e308, sum = 0;
    accumulate(M, outputs, temperature, cumulative);
    weigh(M, outputs, work);
    weigh(M, outputs + numbers, without);
    for (int i = 0; i < candidates; i++) {
        float *point = points + 3 * i;
        sample(M, outputs, temperature, cumulative, uniforms + 4 * i, point);
        double with_text = log_p(M, work, outputs[0], point, own);
        preference[i] = strength * (with_text - log_p(M, without, outputs[numbers], point, own));
        if (largest == largest && !(preference[i] <= largest)) largest = preference[i];
    }
    for (int i = 0; i < candidates; i++) preference[i] = sum += exp_d((D2){preference[i] - largest, 0})[0];
    double threshold = uniforms[4 * candidates] * sum;
    for (int i = 0; i < candidates - 1; i++) chosen += preference[i] <= threshold;
    for (int k = 0; k < 3; k++) points[k] = points[3 * chosen + k];
}
