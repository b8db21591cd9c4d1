#include "optimizers.h"

#include "kernel.h"

CK_INLINE size_t target_row(const int32_t *indices, size_t row) {
  return indices ? (size_t)indices[row] : row;
}

// Asks for the row of the weights or the state that is updated some rows later.
CK_INLINE void prefetch_target(const float *values, const int32_t *indices, size_t row,
                               size_t rows, size_t columns) {
  const size_t ahead = 4;
  if (indices && values && row + ahead < rows)
    ck_prefetch_row(values + (size_t)indices[row + ahead] * columns, columns);
}

CK_INLINE void sgd_row(float *restrict w, float *restrict velocity, const float *restrict g,
                       size_t n, ck_sgd_rule rule) {
  if (velocity) {
    for (size_t i = 0; i < n; i++) {
      velocity[i] = rule.momentum * velocity[i] + (rule.scale * g[i] + rule.l2 * w[i]);
      w[i] -= rule.rate * velocity[i];
    }
  } else {
    for (size_t i = 0; i < n; i++) w[i] -= rule.rate * (rule.scale * g[i] + rule.l2 * w[i]);
  }
}

CK_KERNEL(void, ck_sgd,
          (float *w, float *velocity, const float *g, const int32_t *indices, size_t rows,
           size_t columns, const ck_sgd_rule *rule),
          (w, velocity, g, indices, rows, columns, rule)) {
  for (size_t row = 0; row < rows; row++) {
    size_t at = target_row(indices, row) * columns;
    prefetch_target(w, indices, row, rows, columns);
    prefetch_target(velocity, indices, row, rows, columns);
    sgd_row(w + at, velocity ? velocity + at : 0, g + row * columns, columns, *rule);
  }
}

CK_INLINE void adam_row(float *restrict w, float *restrict m, float *restrict v,
                        const float *restrict g, size_t n, ck_adam_rule rule) {
  for (size_t i = 0; i < n; i++) {
    float gradient = rule.scale * g[i] + rule.l2 * w[i];
    m[i] = (m[i] - rule.gain1 * m[i]) + rule.gain1 * gradient;
    v[i] = (v[i] - rule.gain2 * v[i]) + rule.gain2 * gradient * gradient;
    float denominator = __builtin_elementwise_sqrt(v[i]) * rule.correction + rule.epsilon;
    w[i] -= rule.decay * w[i] + rule.rate * m[i] / denominator;
  }
}

CK_KERNEL(void, ck_adam,
          (float *w, float *m, float *v, const float *g, const int32_t *indices, size_t rows,
           size_t columns, const ck_adam_rule *rule),
          (w, m, v, g, indices, rows, columns, rule)) {
  for (size_t row = 0; row < rows; row++) {
    size_t at = target_row(indices, row) * columns;
    prefetch_target(w, indices, row, rows, columns);
    prefetch_target(m, indices, row, rows, columns);
    prefetch_target(v, indices, row, rows, columns);
    adam_row(w + at, m + at, v + at, g + row * columns, columns, *rule);
  }
}

CK_INLINE void adagrad_row(float *restrict w, float *restrict sum, const float *restrict g,
                           size_t n, ck_adagrad_rule rule) {
  for (size_t i = 0; i < n; i++) {
    float gradient = rule.scale * g[i] + rule.l2 * w[i];
    sum[i] += gradient * gradient;
    w[i] -= rule.rate * gradient / (__builtin_elementwise_sqrt(sum[i]) + rule.epsilon);
  }
}

CK_KERNEL(void, ck_adagrad,
          (float *w, float *sum, const float *g, const int32_t *indices, size_t rows,
           size_t columns, const ck_adagrad_rule *rule),
          (w, sum, g, indices, rows, columns, rule)) {
  for (size_t row = 0; row < rows; row++) {
    size_t at = target_row(indices, row) * columns;
    prefetch_target(w, indices, row, rows, columns);
    prefetch_target(sum, indices, row, rows, columns);
    adagrad_row(w + at, sum + at, g + row * columns, columns, *rule);
  }
}
