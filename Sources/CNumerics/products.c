#include "products.h"

#include <stdbool.h>
#include <string.h>

#include "kernel.h"

// Vectors that may lie anywhere. One that is wider than the processor's is computed in parts.
typedef float v16 __attribute__((ext_vector_type(16), aligned(4)));
typedef float v8 __attribute__((ext_vector_type(8), aligned(4)));
typedef float v4 __attribute__((ext_vector_type(4), aligned(4)));
typedef float v1;

// The rows of b that are multiplied before the next: with 32 columns they fill the cache next to
// the processor.
#define DEPTH 256
#define WIDEST 32

#define EACH(index, count) \
  _Pragma("clang loop unroll(full)") for (size_t index = 0; index < count; index++)

// c[rows, vectors] = (adds ? c : 0) + a b, with each element of c in a register of its own.
#define DEFINE_TILE(V)                                                                      \
  CK_INLINE void tile_##V(const float *a, size_t lda, const float *b, size_t ldb, float *c, \
                          size_t ldc, size_t depth, bool adds, const size_t rows,           \
                          const size_t vectors) {                                           \
    const size_t lanes = sizeof(V) / sizeof(float);                                         \
    V sums[8][2];                                                                           \
    EACH(r, rows) EACH(v, vectors)                                                          \
      sums[r][v] = adds ? *(const V *)(c + r * ldc + v * lanes) : (V)0;                     \
    for (size_t p = 0; p < depth; p++) {                                                    \
      V x[2];                                                                               \
      EACH(v, vectors) x[v] = *(const V *)(b + p * ldb + v * lanes);                        \
      EACH(r, rows) EACH(v, vectors) sums[r][v] += a[r * lda + p] * x[v];                   \
    }                                                                                       \
    EACH(r, rows) EACH(v, vectors) *(V *)(c + r * ldc + v * lanes) = sums[r][v];            \
  }
DEFINE_TILE(v16)
DEFINE_TILE(v8)
DEFINE_TILE(v4)
DEFINE_TILE(v1)

#define TILES(V, ROWS, VECTORS)                                                             \
  for (; i + ROWS <= m; i += ROWS)                                                          \
    tile_##V(a + i * lda + start, lda, x, ldx, c + i * ldc + j, ldc, depth, start > 0, ROWS, \
             VECTORS);

// Computes all panels of VECTORS vectors that fit into the columns from j on.
//
// The rows of b lie far apart there, so they are laid together where many rows of a read them.
#define PANELS(V, ROWS, VECTORS)                                                               \
  for (const size_t width = VECTORS * sizeof(V) / sizeof(float); j + width <= n; j += width)   \
    for (size_t start = 0; start == 0 || start < k; start += DEPTH) {                          \
      const size_t depth = k - start < DEPTH ? k - start : DEPTH;                              \
      const float *x = b + start * ldb + j;                                                    \
      size_t ldx = ldb, i = 0;                                                                 \
      if (m >= 64 && ldb >= 128) {                                                             \
        for (size_t p = 0; p < depth; p++)                                                     \
          memcpy(panel + p * width, x + p * ldb, width * sizeof(float));                       \
        x = panel;                                                                             \
        ldx = width;                                                                           \
      }                                                                                        \
      TILES(V, ROWS, VECTORS) TILES(V, 4, VECTORS) TILES(V, 1, VECTORS)                        \
    }

CK_INLINE void multiply_by_column(const float *a, size_t lda, const float *b, float *c, size_t ldc,
                                  size_t m, size_t k) {
  const size_t whole = k / 16 * 16;
  v16 last = 0;
  memcpy(&last, b + whole, (k - whole) * sizeof(float));
  for (size_t i = 0; i < m; i++, a += lda) {
    v16 sums = 0;
    for (size_t p = 0; p < whole; p += 16) sums += *(const v16 *)(a + p) * *(const v16 *)(b + p);
    if (whole < k) {
      v16 rest = 0;
      memcpy(&rest, a + whole, (k - whole) * sizeof(float));
      sums += rest * last;
    }
    v8 eight = sums.lo + sums.hi;
    v4 four = eight.lo + eight.hi;
    c[i * ldc] = (four.x + four.z) + (four.y + four.w);
  }
}

#define PARAMETERS                                                                            \
  (const float *a, size_t lda, const float *b, size_t ldb, float *c, size_t ldc, size_t m,    \
   size_t n, size_t k)
#define DEFINE_PRODUCT(name, ...)                                                             \
  static void name PARAMETERS {                                                               \
    _Alignas(64) float panel[DEPTH * WIDEST];                                                 \
    size_t j = 0;                                                                             \
    if (n == 1 && ldb == 1 && k >= 32)                                                        \
      multiply_by_column(a, lda, b, c, ldc, m, k);                                            \
    else {                                                                                    \
      __VA_ARGS__                                                                             \
    }                                                                                         \
  }

#if defined(__x86_64__)
__attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx2,fma")))
DEFINE_PRODUCT(multiply_avx512, PANELS(v16, 8, 2) PANELS(v16, 8, 1) PANELS(v8, 8, 1)
                                  PANELS(v4, 8, 1) PANELS(v1, 8, 1))
__attribute__((target("avx2,fma")))
DEFINE_PRODUCT(multiply_avx2, PANELS(v8, 6, 2) PANELS(v8, 6, 1) PANELS(v4, 6, 1) PANELS(v1, 6, 1))
#endif

#if defined(__aarch64__)
DEFINE_PRODUCT(multiply_portable, PANELS(v4, 8, 2) PANELS(v4, 8, 1) PANELS(v1, 8, 1))
#else
DEFINE_PRODUCT(multiply_portable, PANELS(v4, 4, 2) PANELS(v4, 4, 1) PANELS(v1, 4, 1))
#endif

void ck_multiply_rows PARAMETERS {
#if defined(__x86_64__)
  if (ck_level() == 2) return multiply_avx512(a, lda, b, ldb, c, ldc, m, n, k);
  if (ck_level() == 1) return multiply_avx2(a, lda, b, ldb, c, ldc, m, n, k);
#endif
  multiply_portable(a, lda, b, ldb, c, ldc, m, n, k);
}
