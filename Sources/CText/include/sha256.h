#pragma once
#include "dispatch.h"

// Takes blocks of 64 bytes into the state of a SHA-256 digest (FIPS 180-4).
void ck_sha256_blocks(uint32_t state[8], const uint8_t *bytes, size_t block_count);
