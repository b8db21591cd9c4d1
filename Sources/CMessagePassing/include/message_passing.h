#pragma once
#include <stddef.h>

// The few functions of Open MPI 4 and 5 that ranks of one run need, loaded at run time: nothing is linked
// and no header is needed. All calls come from the thread that started the library.

typedef enum {
  CK_MPI_STARTED,
  // No library was found, or the file cannot be loaded: the message is the reason.
  CK_MPI_NOT_LOADED,
  // The library is another MPI, whose handles differ: the message is its version, or empty.
  CK_MPI_OTHER,
  // The library could not start: the message is its error.
  CK_MPI_FAILED,
} ck_mpi_start_result;

// A pending message; NULL if there is none.
typedef void *ck_mpi_request;

// Loads the library from a file, or the one that the system finds if the file is NULL, and joins the
// ranks that mpirun or srun started. Writes the version of the library or a message to `text`.
ck_mpi_start_result ck_mpi_start(const char *file, char *text, size_t size);

int ck_mpi_rank(void);
int ck_mpi_rank_count(void);

// Start a message of at most INT_MAX bytes, which must stay in place until it is complete. Return 0, or
// an error of the library.
int ck_mpi_send(const void *bytes, size_t count, int rank, int tag, ck_mpi_request *request);
int ck_mpi_receive(void *bytes, size_t count, int rank, int tag, ck_mpi_request *request);

// Advances all messages and sets `done` to whether the given ones are complete. Returns 0 or an error.
int ck_mpi_test(ck_mpi_request *requests, int count, int *done);

// The message of an error.
void ck_mpi_describe(int error, char *text, size_t size);

// Ends all ranks with a status.
void ck_mpi_abort(int status);

// Leaves the ranks; waits until all do.
void ck_mpi_finish(void);
