#include "keys.h"

#include "kernel.h"

#include <string.h>

CK_INLINE uint64_t mixed(uint64_t hash, uint64_t word) {
  __uint128_t product = (__uint128_t)(hash ^ word) * 0x9e3779b97f4a7c15u;
  return (uint64_t)product ^ (uint64_t)(product >> 64);
}

// The last 1 to 8 bytes of a key, with zeros behind them; may read behind the key.
CK_INLINE uint64_t masked_word(const uint8_t *key, size_t size) {
  uint64_t word;
  memcpy(&word, key, 8);
  return word & (~(uint64_t)0 >> (64 - 8 * size));
}

CK_INLINE uint64_t safe_word(const uint8_t *key, size_t size) {
  uint64_t word = 0;
  memcpy(&word, key, size);
  return word;
}

#define CK_HASH(key, size, last_word)                                    \
  uint64_t hash = mixed(0x2545f4914f6cdd1du, size);                      \
  size_t at = 0;                                                         \
  for (; at + 8 < size; at += 8) {                                       \
    uint64_t word;                                                       \
    memcpy(&word, key + at, 8);                                          \
    hash = mixed(hash, word);                                            \
  }                                                                      \
  if (size > 0) hash = mixed(hash, last_word(key + at, size - at));      \
  return mixed(hash, 0)

CK_INLINE uint64_t hash_of_cell(const uint8_t *key, size_t size) {
  CK_HASH(key, size, masked_word);
}

uint64_t ck_key_hash(const uint8_t *key, size_t size) { CK_HASH(key, size, safe_word); }

CK_INLINE int is_equal(const uint8_t *a, const uint8_t *b, size_t size) {
  if (size == 0) return 1;
  if (size <= 8) return masked_word(a, size) == masked_word(b, size);
  return memcmp(a, b, size) == 0;
}

size_t ck_number_keys(const uint8_t *text, const uint32_t *starts, const uint32_t *ends,
                      size_t stride, size_t count, int32_t *slots, size_t slot_count,
                      int32_t *numbers, uint32_t *firsts, uint64_t *hashes) {
  memset(slots, 0xff, slot_count * sizeof *slots);
  size_t key_count = 0;
  for (size_t i = 0; i < count; i++) {
    const uint8_t *key = text + starts[i * stride];
    size_t size = ends[i * stride] - starts[i * stride];
    uint64_t hash = hash_of_cell(key, size);
    size_t slot = hash & (slot_count - 1);
    int32_t number;
    while ((number = slots[slot]) >= 0) {
      if (hashes[number] == hash) {
        size_t first = firsts[number] * stride;
        if (ends[first] - starts[first] == size && is_equal(text + starts[first], key, size)) break;
      }
      slot = (slot + 1) & (slot_count - 1);
    }
    if (number < 0) {
      number = (int32_t)key_count++;
      slots[slot] = number;
      firsts[number] = (uint32_t)i;
      hashes[number] = hash;
    }
    numbers[i] = number;
  }
  return key_count;
}

typedef uint64_t words8 __attribute__((vector_size(64)));
typedef uint32_t halves8 __attribute__((vector_size(32)));

CK_KERNEL(void, ck_row_hashes,
          (const uint32_t *words, size_t width, size_t stride, size_t count, uint64_t *hashes),
          (words, width, stride, count, hashes)) {
  for (size_t row = 0; row < count; row++) {
    const uint32_t *cells = words + row * stride;
    words8 lanes = {1, 2, 3, 4, 5, 6, 7, 8};
    for (size_t i = 0; i < width; i += 8) {
      halves8 some = {0};
      if (width - i >= 8)
        memcpy(&some, cells + i, 32);
      else
        memcpy(&some, cells + i, 4 * (width - i));
      lanes = (lanes ^ __builtin_convertvector(some, words8)) * 0x9e3779b97f4a7c15u;
      lanes ^= lanes >> 32;
    }
    uint64_t hash = mixed(hashes[row], width);
    for (int lane = 0; lane < 8; lane++) hash = mixed(hash, lanes[lane]);
    hashes[row] = hash;
  }
}
