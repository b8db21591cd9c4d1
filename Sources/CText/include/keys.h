#pragma once
#include "dispatch.h"

// A hash of all bytes of a key.
uint64_t ck_key_hash(const uint8_t *key, size_t size);

// Numbers every stride-th cell by its bytes, in the order in which they first come: numbers[i] is
// the number of cell i, firsts[k] the first cell with number k, hashes[k] the hash of its bytes.
// Returns the number of different cells.
//
// slots is room for slot_count numbers, a power of two that is at least twice count. Reads up to
// 7 bytes behind each cell, whatever they are.
size_t ck_number_keys(const uint8_t *text, const uint32_t *starts, const uint32_t *ends,
                      size_t stride, size_t count, int32_t *slots, size_t slot_count,
                      int32_t *numbers, uint32_t *firsts, uint64_t *hashes);

// Takes `width` words of every row into the row's hash; rows are `stride` words apart.
void ck_row_hashes(const uint32_t *words, size_t width, size_t stride, size_t count,
                   uint64_t *hashes);
