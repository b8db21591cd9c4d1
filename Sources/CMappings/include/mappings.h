#pragma once
#include <stddef.h>

// A table of the files that are mapped into memory, which a signal handler can read.

// Enters a mapped file under the name that a message shows, which must stay until it is removed.
//
// Returns the place in the table, or -1 where it is full: what is then said of the file is less.
int ck_mapping_add(const void *address, size_t size, const char *name);

// Removes the file at a place of the table; nothing for -1.
void ck_mapping_remove(int place);

// From now on, a mapped file that became shorter (SIGBUS at an address in the table) ends the process:
// "<program>: <name> became shorter while it was read" on standard error, and exit status 1.
//
// Any other SIGBUS does what it did before.
void ck_mapping_report_truncation(const char *program);
