#pragma once
#include <stdint.h>

// The largest address space that this process may have, in bytes; UINT64_MAX where there is no limit.
uint64_t cm_address_space_limit(void);

// The memory that a new thread takes for its stack, in bytes.
uint64_t cm_stack_size(void);
