#pragma once
#include <stdint.h>

#include "kernel.h"

// 64 mixed bits of a key and an index (the finalizer of SplitMix64).
CK_INLINE uint64_t ck_hash(uint64_t key, uint64_t index) {
  uint64_t z = key + (index + 1) * 0x9e3779b97f4a7c15u;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}
