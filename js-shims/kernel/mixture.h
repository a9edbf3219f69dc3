// Sampling from the head's output, and scoring by it, for kernel.c: py/ductus/mixture.py has the equations. All in
// float64, as there, so that from the same output and uniforms the same component is chosen: a sample takes some 0.1 us,
// a score 2 us, and a step 50 us.

#pragma once
#include "simd.h"

#define LN_2_HIGH 0x1.62e42feep-1  // 33 bits: times n it is exact
#define LN_2_LOW 0x1.a39ef35793c76p-33
#define SHIFT_D 0x1.8p52  // as SHIFT in kernel.c
#define SQRT_2 1.4142135623730951
#define LN_2 0.6931471805599453
#define LN_2_PI 1.8378770664093453
#define MAX_LOG_SIGMA 20.0
#define MAX_SIGMAS 1e150

// exp(x), within an ulp or two; 0, infinity and NaN where numpy gives them. exp(r) is Taylor's series up to r^13 for r
// within +-ln(2)/2.
INLINE D2 exp_d(D2 x) {
    x = __builtin_wasm_pmin_f64x2(__builtin_wasm_pmax_f64x2(x, (D2){-1000, -1000}), (D2){1000, 1000});  // keeps NaN
    D2 shifted = x * 1.4426950408889634 + SHIFT_D, n = shifted - SHIFT_D;
    D2 r = x - n * LN_2_HIGH - n * LN_2_LOW, series = (D2){1, 1} / 6227020800;
    series = series * r + 1.0 / 479001600;
    series = series * r + 1.0 / 39916800;
    series = series * r + 1.0 / 3628800;
    series = series * r + 1.0 / 362880;
    series = series * r + 1.0 / 40320;
    series = series * r + 1.0 / 5040;
    series = series * r + 1.0 / 720;
    series = series * r + 1.0 / 120;
    series = series * r + 1.0 / 24;
    series = series * r + 1.0 / 6;
    series = series * r + 0.5;
    series = series * r * r + r + 1;
    // 2^n in two factors, because n may be -1443 to 1443.
    L2 bits = (L2)shifted - (L2)(D2){SHIFT_D, SHIFT_D}, half = bits >> 1;
    return series * (D2)((half + 1023) << 52) * (D2)((bits - half + 1023) << 52);
}

// log(x) for a positive, normal x.
INLINE double log_d(double x) {
    long long bits = ((L2)(D2){x, x})[0], exponent = (bits >> 52) - 1023;
    L2 fraction = (L2){1, 1} * ((bits & 0xfffffffffffff) | 0x3ff0000000000000);
    double m = ((D2)fraction)[0], n = (double)exponent;  // x = m 2^n
    if (m > SQRT_2) m *= 0.5, n += 1;
    double s = (m - 1) / (m + 1), z = s * s, series = 1.0 / 23;  // log(m) = 2 artanh(s)
    for (int k = 21; k > 1; k -= 2) series = series * z + 1.0 / k;
    return n * LN_2_HIGH + (n * LN_2_LOW + 2 * s * z * series + 2 * s);
}

// cos(2 pi u) and sin(2 pi u) for u in [0, 1].
INLINE D2 circle(double u) {
    int quarter = (int)(4 * u + 0.5);
    double r = (4 * u - quarter) * 1.5707963267948966, z = r * r;  // within +-pi / 4
    double sine = r + r * z * (-1.0 / 6 + z * (1.0 / 120 + z * (-1.0 / 5040 + z * (1.0 / 362880 + z * (-1.0 / 39916800
                + z * (1.0 / 6227020800 - z / 1307674368000))))));
    double cosine = 1 - z / 2 + z * z * (1.0 / 24 + z * (-1.0 / 720 + z * (1.0 / 40320 + z * (-1.0 / 3628800
                  + z * (1.0 / 479001600 + z * (-1.0 / 87178291200 + z / 20922789888000))))));
    D2 turned = quarter & 1 ? (D2){-sine, cosine} : (D2){cosine, sine};
    return quarter & 2 ? -turned : turned;
}

// Within +-most; NaN stays.
INLINE D2 clip_d(D2 x, double most) {
    return __builtin_wasm_pmin_f64x2(__builtin_wasm_pmax_f64x2(x, (D2){-most, -most}), (D2){most, most});
}

// The first number that is not less than another, or the first NaN, as numpy's argmax.
INLINE int argmax(int M, const float *x) {
    int best = 0;
    for (int m = 1; m < M; m++)
        if (x[best] == x[best] && !(x[m] <= x[best])) best = m;
    return best;
}

// The sums of the first 1, 2 to M of the components' weights to the power 1 / temperature, from a row of the head's
// output. At temperature 0 the likeliest component has all the weight.
SEPARATE void accumulate(int M, const float *output, double temperature, double *cumulative) {
    const float *logits = output + 1;
    int best = argmax(M, logits);
    double largest = logits[best], floor = -700 * temperature, sum = 0;
    for (int m = 0; m < M; m += 2) {
        D2 weight = {m == best, m + 1 == best};
        if (temperature > 0) {
            D2 logit = (D2){logits[m], m + 1 < M ? logits[m + 1] : 0} - largest;
            weight = exp_d(__builtin_wasm_pmax_f64x2(logit, (D2){floor, floor}) / temperature);
        }
        cumulative[m] = sum += weight[0];
        if (m + 1 < M) cumulative[m + 1] = sum += weight[1];
    }
}

// numpy: mixture.sample, for one row of the head's output (1 + 6 M) and its uniforms u (4): point (3).
SEPARATE void sample(int M, const float *output, double temperature, const double *cumulative, const double *u,
                     float *point) {
    double threshold = u[0] * cumulative[M - 1];
    int chosen = 0;
    for (int m = 0; m < M - 1; m++) chosen += cumulative[m] <= threshold;
    const float *of = output + 1 + chosen;
    D2 mu = {of[M], of[2 * M]}, log_sigma = {of[3 * M], of[4 * M]};
    D2 sigma = exp_d(clip_d(log_sigma, MAX_LOG_SIGMA)) * temperature;
    // e^-|r|, which tanh(r) and 1 / cosh(r) are made of, and e^-|logit|, of the logistic function
    double r = of[5 * M], logit = output[0], size = __builtin_fabs(r);
    D2 e = exp_d((D2){size > 300 ? -300 : -size, -__builtin_fabs(logit)});
    double e2 = e[0] * e[0], rho = __builtin_copysign((1 - e2) / (1 + e2), r), rest = 2 * e[0] / (1 + e2);
    D2 z = __builtin_sqrt(-2 * log_d(1 - u[2])) * circle(u[3]);
    D2 place = mu + sigma * (D2){z[0], rho * z[0] + rest * z[1]};
    point[0] = (float)place[0], point[1] = (float)place[1];
    point[2] = u[1] < (logit < 0 ? e[1] : 1) / (1 + e[1]);
}

// Numbers m and m + 1 of M; `missing` if there is no m + 1.
INLINE D2 pair(int M, const float *x, int m, double missing) { return (D2){x[m], m + 1 < M ? x[m + 1] : missing}; }

// Copies of their own: where speed does not count, the file is smaller.
SEPARATE D2 exp_apart(D2 x) { return exp_d(x); }
SEPARATE double log_apart(double x) { return log_d(x); }

// numpy: mixture.facts, for one row of the head's output (1 + 6 M) and the true point (3): facts (5). `terms` (M) is
// overwritten.
SEPARATE void score(int M, const float *output, const double *truth, double *terms, double *facts) {
    const float *of = output + 1;
    double top = of[argmax(M, of)];
    D2 sum = {0, 0}, x = sum, y = sum, total = sum;
    for (int m = 0; m < M; m += 2) {
        D2 logit = pair(M, of, m, -__builtin_inf()) - top, mu1 = pair(M, of + M, m, 0), mu2 = pair(M, of + 2 * M, m, 0);
        D2 log_sigma1 = clip_d(pair(M, of + 3 * M, m, 0), MAX_LOG_SIGMA);
        D2 log_sigma2 = clip_d(pair(M, of + 4 * M, m, 0), MAX_LOG_SIGMA);
        D2 r = pair(M, of + 5 * M, m, 0), size = __builtin_elementwise_abs(r), e = exp_apart(-2 * size), pi = exp_apart(logit);
        sum += pi, x += pi * mu1, y += pi * mu2;
        D2 rho = __builtin_elementwise_copysign((1 - e) / (1 + e), r);
        D2 log_cosh = size + (D2){log_apart(1 + e[0]), log_apart(1 + e[1])} - LN_2;
        D2 cosh = exp_apart(__builtin_wasm_pmin_f64x2(log_cosh, (D2){300, 300}));
        D2 z1 = clip_d((truth[0] - mu1) * exp_apart(-log_sigma1), MAX_SIGMAS);
        D2 z2 = clip_d((truth[1] - mu2) * exp_apart(-log_sigma2), MAX_SIGMAS);
        D2 rest = clip_d((z2 - rho * z1) * cosh, MAX_SIGMAS);
        D2 term = logit + log_cosh - log_sigma1 - log_sigma2 - 0.5 * (z1 * z1 + rest * rest);
        terms[m] = term[0];
        if (m + 1 < M) terms[m + 1] = term[1];
    }
    double largest = terms[0], pis = sum[0] + sum[1];
    for (int m = 1; m < M; m++) largest = terms[m] > largest ? terms[m] : largest;
    for (int m = 0; m < M; m += 2)
        total += exp_apart((D2){terms[m], m + 1 < M ? terms[m + 1] : -__builtin_inf()} - largest);
    double all = total[0] + total[1];
    facts[0] = all == all ? LN_2_PI + log_apart(pis) - largest - log_apart(all) : all;
    double logit = output[0], e = exp_apart((D2){-__builtin_fabs(logit), 0})[0], against = truth[2] > 0.5 ? -logit : logit;
    facts[1] = (against < 0 ? 0 : against) + log_apart(1 + e);
    facts[2] = (logit < 0 ? e : 1) / (1 + e);
    facts[3] = (x[0] + x[1]) / pis, facts[4] = (y[0] + y[1]) / pis;
}
