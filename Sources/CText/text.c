#include "text.h"

#include "decimal.h"
#include "internal/decimal_digits.h"
#include "kernel.h"

#include <float.h>
#include <math.h>
#include <string.h>

typedef uint8_t bytes64 __attribute__((vector_size(64)));
typedef _Bool bits64 __attribute__((ext_vector_type(64)));

// One bit for each of 64 bytes that equals `byte`.
CK_INLINE uint64_t matches(const bytes64 *bytes, uint8_t byte) {
  bits64 bits = __builtin_convertvector(*bytes == byte, bits64);
  uint64_t result;
  memcpy(&result, &bits, sizeof result);
  return result;
}

// Loads up to 64 bytes of a text; zeros stand behind its end.
CK_INLINE void load64(bytes64 *bytes, const uint8_t *text, size_t size) {
  if (size >= 64) {
    memcpy(bytes, text, 64);
  } else {
    memset(bytes, 0, 64);
    memcpy(bytes, text, size);
  }
}

CK_KERNEL(ck_text_counts, ck_text_count, (const uint8_t *text, size_t size, uint8_t separator),
          (text, size, separator)) {
  ck_text_counts counts = {0, 0, 0, 1};
  bytes64 all = {0};
  for (size_t i = 0; i < size; i += 64) {
    bytes64 bytes;
    load64(&bytes, text + i, size - i);
    counts.newlines += (size_t)__builtin_popcountll(matches(&bytes, '\n'));
    counts.separators += (size_t)__builtin_popcountll(matches(&bytes, separator));
    counts.quotes += (size_t)__builtin_popcountll(matches(&bytes, '"'));
    all |= bytes;
  }
  uint64_t words[8];
  memcpy(words, &all, sizeof words);
  for (int i = 0; i < 8; i++) counts.is_ascii &= (words[i] & 0x8080808080808080u) == 0;
  return counts;
}

CK_KERNEL(size_t, ck_text_cells,
          (const uint8_t *text, size_t size, uint8_t separator, uint32_t *starts, uint32_t *ends),
          (text, size, separator, starts, ends)) {
  size_t count = 0;
  for (size_t i = 0; i < size; i += 64) {
    bytes64 bytes;
    load64(&bytes, text + i, size - i);
    uint64_t bits = matches(&bytes, '\n') | matches(&bytes, separator);
    size_t found = (size_t)__builtin_popcountll(bits);
    for (size_t done = 0; done < found; done += 8) {
      for (size_t k = 0; k < 8; k++) {
        ends[count + done + k] = (uint32_t)i + (uint32_t)__builtin_ctzll(bits | (uint64_t)1 << 63);
        bits &= bits - 1;
      }
    }
    count += found;
  }
  if (size > 0 && text[size - 1] != '\n') ends[count++] = (uint32_t)size;
  if (count > 0) starts[0] = 0;
  for (size_t i = 1; i < count; i++) starts[i] = ends[i - 1] + 1;
  return count;
}

// The last eight characters of some cells, how many characters the cells have, the first, and where
// it stands.
enum { TILE = 64 };
typedef struct {
  uint64_t words[TILE], sizes[TILE], firsts[TILE];
  uint32_t starts[TILE];
} ck_cell_tile;

// The loop has no branches, so that the compiler can read several cells at once: a cell is the top
// bytes of a word, the point is taken out, and the digits are added up in pairs.
CK_INLINE size_t tile_numbers(const ck_cell_tile *restrict tile, size_t count,
                              double *restrict values, uint8_t *restrict others) {
  const uint64_t ones = 0x0101010101010101u;
  uint64_t other_count = 0;
  for (size_t i = 0; i < count; i++) {
    uint64_t first = tile->firsts[i];
    uint64_t is_empty = tile->sizes[i] == 0;
    uint64_t has_sign = (first == '-') | (first == '+');
    uint64_t size = tile->sizes[i] - has_sign;
    uint64_t unused = (8 - (size < 8 ? size : 8)) * 8;
    uint64_t used = unused >= 64 ? 0 : ~(uint64_t)0 << (unused & 63);
    uint64_t word = (tile->words[i] & used) | (ones * '0' & ~used);
    uint64_t x = word ^ ones * '.';
    uint64_t point = ~(((x & ones * 0x7f) + ones * 0x7f) | x | ones * 0x7f);
    uint64_t decimals = ((point >> 7) * 0x0706050403020100u) >> 56;
    uint64_t before = (word & ((point >> 7) - 1)) << 8 | '0';
    uint64_t behind = word & ~((point << 1) - 1);
    uint64_t digits = (point ? before | behind : word) - ones * '0';
    uint64_t is_wrong = ((digits | (digits + ones * 0x76)) & ones * 0x80) != 0;
    is_wrong |= ((point & (point - 1)) != 0) | (size > 8) | (size == (point != 0));
    double value = (double)(int32_t)eight_values(digits) / exact_powers[decimals & 7];
    value = first == '-' ? -value : value;
    values[i] = is_empty ? NAN : value;
    uint64_t other = is_empty ? CK_EMPTY : is_wrong ? CK_NO_DECIMAL : 0;
    others[i] = (uint8_t)other;
    other_count += other != 0;
  }
  return other_count;
}

CK_INLINE void add_to_tile(ck_cell_tile *tile, size_t i, const uint8_t *text, size_t start,
                           size_t end) {
  memcpy(&tile->words[i], text + end - 8, 8);
  tile->sizes[i] = end - start;
  tile->starts[i] = (uint32_t)start;
  tile->firsts[i] = text[start];
}

// Reads the cells that the tile could not, which are found first: where they are is hard to foresee.
CK_INLINE size_t read_others(const uint8_t *text, const ck_cell_tile *tile, size_t count,
                             double *values, uint8_t *others) {
  uint8_t rest[TILE];
  size_t rest_count = 0;
  for (size_t i = 0; i < count; i++) {
    rest[rest_count] = (uint8_t)i;
    rest_count += others[i] != 0;
  }
  size_t other_count = 0;
  for (size_t k = 0; k < rest_count; k++) {
    size_t i = rest[k];
    const uint8_t *cell = text + tile->starts[i];
    size_t size = tile->sizes[i];
    if (size > 0 && (read_fraction(cell, size, values + i) || ck_decimal(cell, size, values + i)))
      others[i] = 0;
    else
      other_count++;
  }
  return other_count;
}

CK_KERNEL(size_t, ck_text_numbers,
          (const uint8_t *text, const uint32_t *starts, const uint32_t *ends, size_t stride,
           size_t count, double *values, uint8_t *others),
          (text, starts, ends, stride, count, values, others)) {
  ck_cell_tile tile;
  size_t other_count = 0;
  for (size_t first = 0; first < count; first += TILE) {
    size_t size = count - first < TILE ? count - first : TILE;
    for (size_t i = 0; i < size; i++) {
      size_t cell = (first + i) * stride;
      add_to_tile(&tile, i, text, starts[cell], ends[cell]);
    }
    if (tile_numbers(&tile, size, values + first, others + first))
      other_count += read_others(text, &tile, size, values + first, others + first);
  }
  return other_count;
}

CK_KERNEL(size_t, ck_text_rows,
          (const uint8_t *text, const uint32_t *starts, const uint32_t *ends, size_t stride,
           size_t count, const uint32_t *columns, size_t width, float *values, uint8_t *others),
          (text, starts, ends, stride, count, columns, width, values, others)) {
  ck_cell_tile tile;
  double numbers[TILE];
  size_t other_count = 0;
  size_t row = 0, column = 0;
  size_t total = width * count;
  for (size_t first = 0; first < total; first += TILE) {
    size_t size = total - first < TILE ? total - first : TILE;
    for (size_t i = 0; i < size; i++) {
      size_t cell = row + columns[column];
      add_to_tile(&tile, i, text, starts[cell], ends[cell]);
      int is_last = ++column == width;
      row += is_last ? stride : 0;
      column = is_last ? 0 : column;
    }
    if (tile_numbers(&tile, size, numbers, others + first))
      other_count += read_others(text, &tile, size, numbers, others + first);
    uint32_t largest = 0;
    for (size_t i = 0; i < size; i++) {
      float value = (float)numbers[i];
      uint32_t bits;
      memcpy(&bits, &value, sizeof bits);
      bits &= 0x7fffffffu;
      largest = largest > bits ? largest : bits;
      values[first + i] = value;
    }
    // Infinite, or not a number: mostly an empty cell.
    if (largest >= 0x7f800000u) {
      for (size_t i = 0; i < size; i++) {
        uint8_t is_large = (fabsf(values[first + i]) > FLT_MAX) & (others[first + i] == 0);
        others[first + i] |= is_large;
        other_count += is_large;
      }
    }
  }
  return other_count;
}
