#include "mappings.h"

#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

enum { PLACES = 1024 };

// A place is taken before its other members are set, and its end is set last: where the end is 0,
// there is nothing to read.
static struct {
  atomic_bool is_taken;
  _Atomic(uintptr_t) begin;
  _Atomic(uintptr_t) end;
  _Atomic(const char *) name;
} places[PLACES];

int ck_mapping_add(const void *address, size_t size, const char *name) {
  for (int i = 0; i < PLACES; i++) {
    if (atomic_load(&places[i].is_taken) || atomic_exchange(&places[i].is_taken, 1)) continue;
    atomic_store(&places[i].begin, (uintptr_t)address);
    atomic_store(&places[i].name, name);
    atomic_store(&places[i].end, (uintptr_t)address + size);
    return i;
  }
  return -1;
}

void ck_mapping_remove(int place) {
  if (place < 0) return;
  atomic_store(&places[place].end, 0);
  atomic_store(&places[place].is_taken, 0);
}

static const char *program;
static struct sigaction earlier;

static void write_message(const char *name) {
  const char *parts[] = {program, ": ", name,
                         " became shorter while it was read, or its disk failed\n"};
  struct iovec pieces[4];
  for (int i = 0; i < 4; i++) {
    pieces[i].iov_base = (void *)parts[i];
    pieces[i].iov_len = strlen(parts[i]);
  }
  if (writev(STDERR_FILENO, pieces, 4) < 0) return;
}

static void handle(int number, siginfo_t *info, void *context) {
  (void)context;
  uintptr_t address = (uintptr_t)info->si_addr;
  // Codes of faults are positive; a signal from outside has no address.
  for (int i = 0; i < PLACES && info->si_code > 0; i++) {
    if (address >= atomic_load(&places[i].end) || address < atomic_load(&places[i].begin)) continue;
    write_message(atomic_load(&places[i].name));
    _exit(1);
  }
  // Comes again when this handler returns.
  sigaction(number, &earlier, NULL);
  raise(number);
}

void ck_mapping_report_truncation(const char *name) {
  program = name;
  struct sigaction action;
  memset(&action, 0, sizeof action);
  sigemptyset(&action.sa_mask);
  action.sa_sigaction = handle;
  action.sa_flags = SA_SIGINFO | SA_ONSTACK;
  sigaction(SIGBUS, &action, &earlier);
}
