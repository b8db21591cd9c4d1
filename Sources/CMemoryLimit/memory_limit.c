#include "memory_limit.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

uint64_t cm_address_space_limit(void) {
  struct rlimit limit;
  if (getrlimit(RLIMIT_AS, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return UINT64_MAX;
  return limit.rlim_cur;
}

uint64_t cm_stack_size(void) {
  struct rlimit limit;
  if (getrlimit(RLIMIT_STACK, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return 2 << 20;
  return limit.rlim_cur;
}

#ifdef __linux__

// What the start itself takes, beside the program and its libraries, with room to say something.
enum { START = 24 << 20 };

static const char variable[] = "OPENBLAS_NUM_THREADS=";

// The address space of this process, in bytes; 0 where the system does not say.
static uint64_t used(void) {
  char text[128] = "";
  int file = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
  if (file < 0) return 0;
  ssize_t size = read(file, text, sizeof text - 1);
  close(file);
  return size > 0 ? strtoull(text, NULL, 10) * (uint64_t)sysconf(_SC_PAGESIZE) : 0;
}

static void refuse(uint64_t needed, uint64_t limit) {
  char text[200];
  int size = snprintf(text, sizeof text,
                      "aesm2: there is not enough memory to start: the limit (ulimit -v) is %llu, "
                      "but must be at least %llu\n",
                      (unsigned long long)(limit >> 10), (unsigned long long)(needed >> 10));
  if (write(STDERR_FILENO, text, (size_t)size) < 0) _exit(1);
  _exit(1);
}

// Keeps OpenBLAS from starting threads of its own where memory is limited; we never use them.
//
// Each asks for 128 MB without end, and keeps the process from ending while it does not get them. They
// are started before main, unless the environment says otherwise: so the program begins once more.
static void before_libraries_start(int count, char **arguments, char **environment) {
  (void)count;
  uint64_t limit = cm_address_space_limit();
  if (limit == UINT64_MAX) return;
  uint64_t needed = used() + START;
  if (needed > limit) refuse(needed, limit);
  size_t size = 0;
  for (; environment[size]; size++) {
    if (strncmp(environment[size], variable, sizeof variable - 1) == 0) return;
  }
  char *entries[size + 2];
  char own[sizeof variable + 1];
  snprintf(own, sizeof own, "%s1", variable);
  memcpy(entries, environment, size * sizeof *entries);
  entries[size] = own;
  entries[size + 1] = NULL;
  execve("/proc/self/exe", arguments, entries);
}

// Runs before the initializers of shared libraries; only a program can have this, and no library.
__attribute__((section(".preinit_array"), used)) static void (*const entry)(int, char **, char **) =
    before_libraries_start;

#endif
