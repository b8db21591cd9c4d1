#include "embedding.h"

#include <string.h>

#include "kernel.h"

// Copies the table row of ids[position], and asks for one of those to come.
CK_INLINE void gather_row(const float *table, const int32_t *ids, size_t position, size_t count,
                          float *target, size_t columns) {
  const size_t ahead = position + 8;
  if (ahead < count && ids[ahead] >= 0)
    ck_prefetch_row(table + (size_t)ids[ahead] * columns, columns);
  if (ids[position] < 0) {
    for (size_t i = 0; i < columns; i++) target[i] = 0;
  } else {
    const float *row = table + (size_t)ids[position] * columns;
    for (size_t i = 0; i < columns; i++) target[i] = row[i];
  }
}

CK_KERNEL(void, ck_gather_rows,
          (const float *table, const int32_t *ids, float *out, size_t count, size_t columns),
          (table, ids, out, count, columns)) {
  for (size_t position = 0; position < count; position++)
    gather_row(table, ids, position, count, out + position * columns, columns);
}

CK_KERNEL(void, ck_gather_rows_times,
          (const float *table, const int32_t *ids, const float *factors, float scale, float *out,
           size_t count, size_t columns),
          (table, ids, factors, scale, out, count, columns)) {
  for (size_t position = 0; position < count; position++) {
    const float *row = table + (size_t)ids[position] * columns;
    const float *factor = factors + position * columns;
    float *target = out + position * columns;
    for (size_t i = 0; i < columns; i++) target[i] = row[i] * (scale * factor[i]);
  }
}

CK_KERNEL(void, ck_gather_fields,
          (const float *table, const int32_t *ids, float *out, size_t rows, size_t fields,
           size_t columns, size_t stride),
          (table, ids, out, rows, fields, columns, stride)) {
  for (size_t row = 0; row < rows; row++)
    for (size_t field = 0; field < fields; field++)
      gather_row(table, ids, row * fields + field, rows * fields,
                 out + row * stride + field * columns, columns);
}

CK_KERNEL(void, ck_scatter_add_rows,
          (const float *gradient, const int32_t *slots, float *sums, size_t count, size_t columns),
          (gradient, slots, sums, count, columns)) {
  for (size_t position = 0; position < count; position++) {
    if (slots[position] < 0) continue;
    float *target = sums + (size_t)slots[position] * columns;
    const float *row = gradient + position * columns;
    for (size_t i = 0; i < columns; i++) target[i] += row[i];
  }
}

CK_KERNEL(void, ck_pool_rows,
          (const float *table, const int32_t *ids, const int32_t *offsets, int32_t mean,
           float *out, size_t rows, size_t columns),
          (table, ids, offsets, mean, out, rows, columns)) {
  for (size_t row = 0; row < rows; row++) {
    float *target = out + row * columns;
    for (size_t i = 0; i < columns; i++) target[i] = 0;
    int32_t length = offsets[row + 1] - offsets[row];
    for (int32_t at = offsets[row]; at < offsets[row + 1]; at++) {
      const float *source = table + (size_t)ids[at] * columns;
      for (size_t i = 0; i < columns; i++) target[i] += source[i];
    }
    if (mean && length > 1) {
      float scale = 1.0f / (float)length;
      for (size_t i = 0; i < columns; i++) target[i] *= scale;
    }
  }
}
