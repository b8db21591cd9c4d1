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

// w *= keep; m = beta1 m + (1 - beta1) g; v = beta2 v + (1 - beta2) g²;
// w -= rate * m / (sqrt(v) * correction + epsilon)
typedef struct {
  float scale, l2, keep, rate, beta1, beta2, correction, epsilon;
} ck_adam_rule;
void ck_adam(float *w, float *m, float *v, const float *g, const int32_t *indices, size_t rows,
             size_t columns, const ck_adam_rule *rule);

// sum += g²; w -= rate * g / (sqrt(sum) + epsilon)
typedef struct {
  float scale, l2, rate, epsilon;
} ck_adagrad_rule;
void ck_adagrad(float *w, float *sum, const float *g, const int32_t *indices, size_t rows,
                size_t columns, const ck_adagrad_rule *rule);
