/* The element-wise half of a step of the text network's layer, forward and backward: see recurrence.py, which has the
   equations, and compiled.py, which builds this and runs the large products between the calls.

   B rows, H cells, V symbols of the window, K Gaussians, REACH characters within the window's reach.
   bf16 is the upper half of a float. Compiled with -ffast-math, so that expf runs on whole vectors. */

#include <math.h>
#include <stdint.h>
#include <string.h>

#define MAX_K 16
#define MAX_REACH 16

typedef uint16_t bf16;

static inline float widen(bf16 x) {
    uint32_t bits = (uint32_t)x << 16;
    float f;
    memcpy(&f, &bits, 4);
    return f;
}

static inline bf16 narrow(float f) { /* to nearest, ties to even */
    uint32_t bits;
    memcpy(&bits, &f, 4);
    return (bf16)((bits + 0x7FFFu + ((bits >> 16) & 1u)) >> 16);
}

/* Bounded, because the quick division of -ffast-math makes NaN of 1 / infinity. */
static inline float logistic(float x) { return 1.0f / (1.0f + expf(x > -80.0f ? -x : 80.0f)); }

/* Gates of n cells: the logistic function with scale 1, the tanh with scale 2. W_x (4, width): of the point's three
   numbers x, and the bias. */
static void gate(const bf16 *restrict z, const float *restrict x, const float *restrict W_x, int64_t width,
                 float *restrict g, int64_t n, float scale) {
    for (int64_t j = 0; j < n; j++) {
        const float input = x[0] * W_x[j] + x[1] * W_x[width + j] + x[2] * W_x[2 * width + j] + W_x[3 * width + j];
        g[j] = scale * logistic(scale * (widen(z[j]) + input)) - (scale - 1.0f);
    }
}

typedef struct {
    int64_t B, H, V, K, behind, reach, width; /* width: of a row of codes */
    float low, high;                          /* bounds of log alpha, log beta */
} Sizes;

/* The exponentials of alpha and beta, bounded. */
static inline float bounded_exp(float x, float low, float high) {
    return expf(x < low ? low : x > high ? high : x);
}

/* What phi is made of: distances d and exp(-beta d^2), (K, reach) each; returns the first character's place + behind. */
static int64_t near(const Sizes *n, const float *raw, const float *kappa, int64_t base, float *alpha, float *beta,
                    float *d, float *bell) {
    const int64_t K = n->K, J = n->reach;
    for (int64_t k = 0; k < K; k++) {
        alpha[k] = bounded_exp(raw[k], n->low, n->high);
        beta[k] = bounded_exp(raw[K + k], n->low, n->high);
    }
    for (int64_t k = 0; k < K; k++)
        for (int64_t j = 0; j < J; j++) {
            d[k * J + j] = kappa[k] - (float)(base + j - n->behind);
            const float power = beta[k] * d[k * J + j] * d[k * J + j];
            bell[k * J + j] = power < 80.0f ? -power : -80.0f;
        }
    for (int64_t i = 0; i < K * J; i++) bell[i] = expf(bell[i]);
    const int64_t last = n->width - J;
    return base < last ? base : last;
}

/* z (B, 4H) bf16 = [w, h] W; x (B, 3); W_x (4, 4H) = [W_xh; bias]. Writes gates, c (B, H), h (B, H), the next [w, h] in bf16, w (B, V),
   raw (B, 3K), kappa (B, K) (from kappa_before), inside (B, K), which is 0 where kappa is held back, and base (B). codes (B, width), symbol V meaning nothing. */
void forward_step(const Sizes *n, const bf16 *z, const float *x, const float *W_x, const int64_t *codes,
                  const float *W_kT, const float *b_k, const float *c_before, const float *kappa_before, float *gates, float *c,
                  float *h, float *w, float *raw, float *kappa, float *inside, int64_t *base, bf16 *s) {
    const int64_t H = n->H, V = n->V, K = n->K, J = n->reach;
    for (int64_t b = 0; b < n->B; b++) {
        const bf16 *zb = z + b * 4 * H;
        const float *restrict xb = x + b * 3, *restrict cb = c_before + b * H;
        float *restrict g = gates + b * 4 * H, *restrict c_new = c + b * H, *restrict h_new = h + b * H;
        float *p = raw + b * 3 * K;
        bf16 *restrict sb = s + b * (V + H);
        gate(zb, xb, W_x, 4 * H, g, H, 1.0f);
        gate(zb + H, xb, W_x + H, 4 * H, g + H, H, 2.0f);
        gate(zb + 2 * H, xb, W_x + 2 * H, 4 * H, g + 2 * H, 2 * H, 1.0f);
        for (int64_t j = 0; j < H; j++) {
            const float cell = cb[j] * g[2 * H + j] + g[j] * g[H + j];
            c_new[j] = cell;
            h_new[j] = (2.0f * logistic(2.0f * cell) - 1.0f) * g[3 * H + j];
        }
        for (int64_t j = 0; j < H; j++) sb[V + j] = narrow(h_new[j]);
        for (int64_t k = 0; k < 3 * K; k++) {
            float sum = 0;
            for (int64_t j = 0; j < H; j++) sum += h_new[j] * W_kT[k * H + j];
            p[k] = b_k[k] + sum;
        }
        float weight = 0, place = 0, alpha[MAX_K], beta[MAX_K], d[MAX_K * MAX_REACH], bell[MAX_K * MAX_REACH];
        for (int64_t k = 0; k < K; k++) {
            kappa[b * K + k] = kappa_before[b * K + k] + logistic(p[2 * K + k]);
            const float a = bounded_exp(p[k], n->low, n->high);
            weight += a;
            place += a * kappa[b * K + k];
        }
        place /= weight;
        base[b] = (int64_t)floorf(place);
        for (int64_t k = 0; k < K; k++) {
            const float free = kappa[b * K + k], low = place - n->behind, high = place + (n->reach - n->behind - 1);
            inside[b * K + k] = free >= low && free <= high ? 1.0f : 0.0f;
            kappa[b * K + k] = free < low ? low : free > high ? high : free;
        }
        const int64_t first = near(n, p, kappa + b * K, base[b], alpha, beta, d, bell);
        float *wb = w + b * V, window[512];
        memset(window, 0, (V + 1) * sizeof(float));
        for (int64_t j = 0; j < J; j++) {
            float phi = 0;
            for (int64_t k = 0; k < K; k++) phi += alpha[k] * bell[k * J + j];
            window[codes[b * n->width + first + j]] += phi;
        }
        for (int64_t v = 0; v < V; v++) {
            wb[v] = window[v];
            sb[v] = narrow(window[v]);
        }
    }
}

/* ds (B, V + H) bf16: the gradient of [w, h] from the step after. Writes dz (B, 4H) in bf16 and dp (B, 3K); dc (B, H)
   and d_kappa (B, K) carry on. W_kT (3K, H). */
void backward_step(const Sizes *n, const bf16 *ds, const float *d_h, const float *d_w, const float *gates,
                   const float *c, const float *c_before, const float *raw, const float *kappa, const float *inside, const int64_t *base,
                   const int64_t *codes, const float *W_kT, float *dc, float *d_kappa, bf16 *dz, float *dp,
                   float *scratch) {
    const int64_t H = n->H, V = n->V, K = n->K, J = n->reach;
    for (int64_t b = 0; b < n->B; b++) {
        const bf16 *sb = ds + b * (V + H);
        const float *p = raw + b * 3 * K;
        float alpha[MAX_K], beta[MAX_K], d[MAX_K * MAX_REACH], bell[MAX_K * MAX_REACH], dw[512];
        for (int64_t v = 0; v < V; v++) dw[v] = d_w[b * V + v] + widen(sb[v]);
        dw[V] = 0;
        const int64_t first = near(n, p, kappa + b * K, base[b], alpha, beta, d, bell);
        float *q = dp + b * 3 * K;
        for (int64_t k = 0; k < K; k++) {
            float total = 0, far = 0, square = 0;
            for (int64_t j = 0; j < J; j++) {
                const float e = alpha[k] * bell[k * J + j] * dw[codes[b * n->width + first + j]];
                const float at = d[k * J + j];
                total += e;
                far += e * at;
                square += e * at * at;
            }
            float *carried = d_kappa + b * K + k;
            *carried = (*carried - 2.0f * beta[k] * far) * inside[b * K + k];
            const float step = logistic(p[2 * K + k]);
            q[k] = p[k] >= n->low && p[k] <= n->high ? total : 0.0f;
            q[K + k] = p[K + k] >= n->low && p[K + k] <= n->high ? -square * beta[k] : 0.0f;
            q[2 * K + k] = *carried * step * (1.0f - step);
        }
        float *restrict dh = scratch;
        for (int64_t j = 0; j < H; j++) dh[j] = d_h[b * H + j] + widen(sb[V + j]);
        for (int64_t k = 0; k < 3 * K; k++)
            for (int64_t j = 0; j < H; j++) dh[j] += q[k] * W_kT[k * H + j];
        const float *restrict g = gates + b * 4 * H, *restrict cb = c + b * H, *restrict before = c_before + b * H;
        float *restrict dcb = dc + b * H;
        bf16 *restrict out = dz + b * 4 * H;
        for (int64_t j = 0; j < H; j++) {
            const float i = g[j], u = g[H + j], f = g[2 * H + j], o = g[3 * H + j];
            const float t = 2.0f * logistic(2.0f * cb[j]) - 1.0f;
            const float dho = dh[j] * o, d_cell = dcb[j] + dho * (1.0f - t * t);
            out[j] = narrow(d_cell * u * i * (1.0f - i));
            out[H + j] = narrow(d_cell * i * (1.0f - u * u));
            out[2 * H + j] = narrow(d_cell * before[j] * f * (1.0f - f));
            out[3 * H + j] = narrow(dho * t * (1.0f - o));
            dcb[j] = d_cell * f;
        }
    }
}
