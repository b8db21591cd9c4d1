#pragma once
#include <stdint.h>

// The decompressor of ISA-L 2.30, as far as it is used here. Nothing is linked: isal_inflate_init and
// isal_inflate are looked up in the library while the program runs, and tried out, because another
// version may lay out its state in another way.

// How a stream is wrapped: no header, but the trailer of gzip, which is verified.
#define ISAL_GZIP_WITHOUT_HEADER 6

// Where a stream is: at its end, with all its bytes written and its trailer verified.
#define ISAL_BLOCK_FINISH 5

// What isal_inflate returns: zero, or 1 where it needs more input; else what is wrong.
#define ISAL_OK 0
#define ISAL_END_INPUT 1

// The library's struct inflate_state. The names are the library's, but for parts with an underscore,
// which are its own.
typedef struct {
  uint8_t *next_out;
  uint32_t avail_out;
  uint32_t total_out;
  uint8_t *next_in;
  uint64_t _bits;
  uint32_t avail_in;
  int32_t _bit_count;
  uint32_t _literal_short_codes[1 << 12];
  uint16_t _literal_long_codes[1264];
  uint16_t _distance_short_codes[1 << 10];
  uint16_t _distance_long_codes[80];
  int32_t block_state;
  uint32_t _dictionary_length;
  uint32_t _is_last_block;
  uint32_t crc_flag;
  uint32_t _checksum;
  uint32_t _history_bits;
  int32_t _block_rest;
  int32_t _overflow[4];
  int16_t _wrapper;
  int16_t _input_count;
  int32_t _output_counts[2];
  uint8_t _input[328];
  uint8_t _output[(64 << 10) + 288];
} isal_inflate_state;
