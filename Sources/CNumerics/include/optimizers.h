#pragma once
#include <stddef.h>
#include <stdint.h>

// Row r of g (`columns` floats) updates row indices[r] of the weights and of the optimizer's
// state, or row r where indices is null. Indices are distinct. Before anything else a gradient
// becomes scale * g + l2 * w.

// velocity = momentum * velocity + g; w -= rate * velocity. A null velocity means no momentum.
typedef struct {
  float scale, l2, rate, momentum;
} ck_sgd_rule;
void ck_sgd(float *w, float *velocity, const float *g, const int32_t *indices, size_t rows,
            size_t columns, const ck_sgd_rule *rule);

// m = m - gain1 m + gain1 g; v = v - gain2 v + gain2 g²;
// w = w - (decay w + rate * m / (sqrt(v) * correction + epsilon))
//
// gain1 and gain2 are 1 - beta, rounded once: what is lost in rounding beta itself to 32 bits is
// 3 % of 1 - beta at .999999.
typedef struct {
  float scale, l2, decay, rate, gain1, gain2, correction, epsilon;
} ck_adam_rule;
void ck_adam(float *w, float *m, float *v, const float *g, const int32_t *indices, size_t rows,
             size_t columns, const ck_adam_rule *rule);

// sum += g²; w -= rate * g / (sqrt(sum) + epsilon)
typedef struct {
  float scale, l2, rate, epsilon;
} ck_adagrad_rule;
void ck_adagrad(float *w, float *sum, const float *g, const int32_t *indices, size_t rows,
                size_t columns, const ck_adagrad_rule *rule);
