#include "message_passing.h"

#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

// The types and constants of Open MPI's binary interface, which versions 4 and 5 share: handles are
// addresses of objects that the library exports under the names `ompi_mpi_…`.
typedef struct ompi_communicator_t *communicator;
typedef struct ompi_datatype_t *datatype;
typedef struct ompi_errhandler_t *error_handler;

// MPI_THREAD_FUNNELED, MPI_MAX_ERROR_STRING, and more than MPI_MAX_LIBRARY_VERSION_STRING of any MPI.
enum { FUNNELED = 1, ERROR_TEXT_SIZE = 256, VERSION_TEXT_SIZE = 8193 };

static struct {
  int (*get_library_version)(char *, int *);
  int (*initialized)(int *);
  int (*init_thread)(int *, char ***, int, int *);
  int (*comm_dup)(communicator, communicator *);
  int (*comm_set_errhandler)(communicator, error_handler);
  int (*comm_rank)(communicator, int *);
  int (*comm_size)(communicator, int *);
  int (*isend)(const void *, int, datatype, int, int, communicator, void **);
  int (*irecv)(void *, int, datatype, int, int, communicator, void **);
  int (*testall)(int, void **, int *, void *);
  int (*error_string)(int, char *, int *);
  int (*abort)(communicator, int);
  int (*finalize)(void);
} mpi;

static const struct {
  const char *name;
  void *place;
} functions[] = {
    {"MPI_Get_library_version", &mpi.get_library_version},
    {"MPI_Initialized", &mpi.initialized},
    {"MPI_Init_thread", &mpi.init_thread},
    {"MPI_Comm_dup", &mpi.comm_dup},
    {"MPI_Comm_set_errhandler", &mpi.comm_set_errhandler},
    {"MPI_Comm_rank", &mpi.comm_rank},
    {"MPI_Comm_size", &mpi.comm_size},
    {"MPI_Isend", &mpi.isend},
    {"MPI_Irecv", &mpi.irecv},
    {"MPI_Testall", &mpi.testall},
    {"MPI_Error_string", &mpi.error_string},
    {"MPI_Abort", &mpi.abort},
    {"MPI_Finalize", &mpi.finalize},
};

static communicator ranks;
static datatype bytes_type;
static int own_rank, rank_count;

static void copy_text(char *target, size_t size, const char *source) {
  snprintf(target, size, "%s", source ? source : "");
}

static void *open_library(const char *file) {
  // Plugins of the library look for its symbols, so these are made visible.
  if (file) return dlopen(file, RTLD_NOW | RTLD_GLOBAL);
  static const char *const names[] = {"libmpi.so.40", "libmpi.40.dylib"};
  void *handle = NULL;
  for (size_t i = 0; i < sizeof names / sizeof *names && !handle; i++)
    handle = dlopen(names[i], RTLD_NOW | RTLD_GLOBAL);
  return handle;
}

static ck_mpi_start_result fail(int error, char *text, size_t size) {
  ck_mpi_describe(error, text, size);
  return CK_MPI_FAILED;
}

ck_mpi_start_result ck_mpi_start(const char *file, char *text, size_t size) {
  void *library = open_library(file);
  if (!library) {
    copy_text(text, size, dlerror());
    return CK_MPI_NOT_LOADED;
  }
  char version[VERSION_TEXT_SIZE] = "";
  int length = 0;
  mpi.get_library_version = (int (*)(char *, int *))dlsym(library, functions[0].name);
  if (mpi.get_library_version) mpi.get_library_version(version, &length);
  version[strcspn(version, ",\n")] = 0;
  copy_text(text, size, version);
  communicator world = dlsym(library, "ompi_mpi_comm_world");
  bytes_type = dlsym(library, "ompi_mpi_byte");
  error_handler returning = dlsym(library, "ompi_mpi_errors_return");
  if (!world || !bytes_type || !returning) return CK_MPI_OTHER;
  for (size_t i = 0; i < sizeof functions / sizeof *functions; i++) {
    void *function = dlsym(library, functions[i].name);
    if (!function) return CK_MPI_OTHER;
    memcpy(functions[i].place, &function, sizeof function);
  }
  int is_started = 0, provided = 0, error;
  if ((error = mpi.initialized(&is_started))) return fail(error, text, size);
  if (!is_started && (error = mpi.init_thread(NULL, NULL, FUNNELED, &provided)))
    return fail(error, text, size);
  if ((error = mpi.comm_dup(world, &ranks)) ||
      (error = mpi.comm_set_errhandler(ranks, returning)) ||
      (error = mpi.comm_rank(ranks, &own_rank)) || (error = mpi.comm_size(ranks, &rank_count)))
    return fail(error, text, size);
  return CK_MPI_STARTED;
}

int ck_mpi_rank(void) { return own_rank; }

int ck_mpi_rank_count(void) { return rank_count; }

int ck_mpi_send(const void *bytes, size_t count, int rank, int tag, ck_mpi_request *request) {
  return mpi.isend(bytes, (int)count, bytes_type, rank, tag, ranks, request);
}

int ck_mpi_receive(void *bytes, size_t count, int rank, int tag, ck_mpi_request *request) {
  return mpi.irecv(bytes, (int)count, bytes_type, rank, tag, ranks, request);
}

int ck_mpi_test(ck_mpi_request *requests, int count, int *done) {
  return mpi.testall(count, requests, done, NULL);
}

void ck_mpi_describe(int error, char *text, size_t size) {
  char description[ERROR_TEXT_SIZE + 1] = "";
  int length = 0;
  mpi.error_string(error, description, &length);
  copy_text(text, size, description);
}

void ck_mpi_abort(int status) { mpi.abort(ranks, status); }

void ck_mpi_finish(void) { mpi.finalize(); }
