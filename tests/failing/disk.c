/* Lets the nth write below a folder fail, whoever in this process asks for it.
 *
 * Preloaded (LD_PRELOAD), it stands between the process and the C library, so that SQLite, the
 * index and Python all meet the same full or broken disk. A write is whatever needs room or a
 * healthy disk: opening a new file, writing, cutting, syncing, renaming, linking, making a folder.
 * Removing is none: a full disk lets everybody remove.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

static char folder[4096];
static size_t folder_length;
static atomic_long met, failed;
static long first, last;
static int code;

/* From now on the writes `from` to `to` below a folder fail with an error; 0, 0: they are counted. */
void fail_writes(const char *below, long from, long to, int error) {
    folder_length = 0;
    strncpy(folder, below, sizeof folder - 1);
    first = from, last = to, code = error;
    atomic_store(&met, 0);
    atomic_store(&failed, 0);
    folder_length = strlen(folder);
}

long writes_met(void) { return atomic_load(&met); }
long writes_failed(void) { return atomic_load(&failed); }

static int fails(const char *path) {
    if (!folder_length || path == NULL || strncmp(path, folder, folder_length)) return 0;
    long number = atomic_fetch_add(&met, 1) + 1;
    if (number < first || number > last) return 0;
    atomic_fetch_add(&failed, 1);
    errno = code;
    return 1;
}

static int fails_at(int file) {
    char link[64], path[4096];
    if (!folder_length) return 0;
    int kept = errno;
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    ssize_t length = readlink(link, path, sizeof path - 1);
    errno = kept;
    if (length < 0) return 0;
    path[length] = 0;
    return fails(path);
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))
#define BY_FILE(type, name, parameters, arguments) \
    type name parameters { return fails_at(file) ? -1 : REAL(name) arguments; }
#define BY_PATH(name, parameters, arguments) \
    int name parameters { return fails(path) ? -1 : REAL(name) arguments; }
#define OPENING(name, at_parameter, at_argument) \
    int name(at_parameter const char *path, int flags, ...) { \
        va_list rest; \
        va_start(rest, flags); \
        mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(rest, mode_t) : 0; \
        va_end(rest); \
        if ((flags & O_CREAT) && access(path, F_OK) && fails(path)) return -1; \
        return REAL(name)(at_argument path, flags, mode); \
    }
#define NOTHING
#define COMMA ,

BY_FILE(ssize_t, write, (int file, const void *data, size_t size), (file, data, size))
BY_FILE(ssize_t, writev, (int file, const struct iovec *data, int count), (file, data, count))
BY_FILE(ssize_t, pwrite, (int file, const void *data, size_t size, off_t at),
        (file, data, size, at))
BY_FILE(ssize_t, pwrite64, (int file, const void *data, size_t size, off64_t at),
        (file, data, size, at))
BY_FILE(ssize_t, sendfile, (int file, int from, off_t *at, size_t size), (file, from, at, size))
BY_FILE(ssize_t, sendfile64, (int file, int from, off64_t *at, size_t size),
        (file, from, at, size))
BY_FILE(int, fsync, (int file), (file))
BY_FILE(int, fdatasync, (int file), (file))
BY_FILE(int, ftruncate, (int file, off_t size), (file, size))
BY_FILE(int, ftruncate64, (int file, off64_t size), (file, size))
BY_PATH(rename, (const char *from, const char *path), (from, path))
BY_PATH(link, (const char *from, const char *path), (from, path))
BY_PATH(mkdir, (const char *path, mode_t mode), (path, mode))
OPENING(open, NOTHING, NOTHING)
OPENING(open64, NOTHING, NOTHING)
OPENING(openat, int folder_file COMMA, folder_file COMMA)
OPENING(openat64, int folder_file COMMA, folder_file COMMA)
