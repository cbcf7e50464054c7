/*
 * A preload library that stands between a process and its disk, for Linux with glibc.
 *
 * It numbers the calls that change anything below one folder (and, if asked, those that only read there), writes
 * them down, and at one number does what disks and machines do at times: the process is killed, the call fails,
 * writes a part only, or the power goes. It can also lie, for controls: then a guard that counts on the call is
 * out, and whoever looks afterwards must find that.
 *
 *   FAULT_ROOT   the folder; nothing outside is seen or touched
 *   FAULT_LOG    a file for the calls, one a line: `number call path[ -> path]`
 *   FAULT_READS  1: number reads too
 *   FAULT_AT     the number at which it strikes, from 1; 0: never
 *   FAULT_HOW    kill-before, kill-after, error, short, cut, cut-flushed (the power goes before the call, or at the
 *                process's end if that comes sooner)
 *   FAULT_ERRNO  for error: its number
 *   FAULT_STAYS  1: from there on, where the error can befall a call; for short: a full disk from there on
 *   FAULT_LIE    sync: syncs are answered and not done; intent: the intent's rename is; loss: what fails or is
 *                written short is answered as done
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

/* XFS_IOC_GOINGDOWN; ext4 and f2fs have taken it over. */
#define GOING_DOWN _IOR('X', 125, unsigned int)
#define FLUSH_THE_LOG 1u
#define DROP_THE_LOG 2u
#define FICLONE_CALL _IOW(0x94, 9, int)

enum how { NOTHING, KILL_BEFORE, KILL_AFTER, CUT, CUT_FLUSHED, FAIL, SHORT };
/* What an errno can befall is told apart by these. */
enum kind { READING, OPENING, CREATING, WRITING, NAMING, LINKING, REMOVING, MARKING, SYNCING };

static char root[PATH_MAX];
static size_t root_length;
static long strike_at;
static enum how how;
static int error_number, stays, reads_count, lies_about_syncs, lies_about_intents, lies_about_losses;
static int log_fd = -1;
static atomic_long calls;
static atomic_int full;

static long (*real_syscall)(long, ...);

static void *next(const char *name) { return dlsym(RTLD_NEXT, name); }
#define REAL(type, name, ...)                       \
  static type (*real)(__VA_ARGS__);                 \
  if (real == NULL) real = (type(*)(__VA_ARGS__))next(name)

static const char *from_environment(const char *name) {
  const char *value = getenv(name);
  return value == NULL ? "" : value;
}

__attribute__((constructor)) static void begin(void) {
  real_syscall = (long (*)(long, ...))next("syscall");
  snprintf(root, sizeof root, "%s", from_environment("FAULT_ROOT"));
  root_length = strlen(root);
  strike_at = atol(from_environment("FAULT_AT"));
  error_number = atoi(from_environment("FAULT_ERRNO"));
  stays = atoi(from_environment("FAULT_STAYS"));
  reads_count = atoi(from_environment("FAULT_READS"));
  const char *lie = from_environment("FAULT_LIE");
  lies_about_syncs = strcmp(lie, "sync") == 0;
  lies_about_intents = strcmp(lie, "intent") == 0;
  lies_about_losses = strcmp(lie, "loss") == 0;
  const char *names[] = {"", "kill-before", "kill-after", "cut", "cut-flushed", "error", "short"};
  for (int each = 1; each < 7; each++)
    if (strcmp(from_environment("FAULT_HOW"), names[each]) == 0) how = (enum how)each;
  if (*from_environment("FAULT_LOG"))
    log_fd = (int)real_syscall(SYS_openat, AT_FDCWD, from_environment("FAULT_LOG"),
                               O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  /* What this process starts is none of ours. */
  unsetenv("LD_PRELOAD");
}

/* What `path` is below the root, or NULL. Names that are looked up in a descriptor are taken apart. */
static const char *below_root(int folder, const char *path, char *space) {
  static const char descriptors[] = "/proc/self/fd/";
  if (root_length == 0 || path == NULL) return NULL;
  const char *rest = path;
  if (strncmp(path, descriptors, sizeof descriptors - 1) == 0) {
    char *end;
    folder = (int)strtol(path + sizeof descriptors - 1, &end, 10);
    rest = *end == '/' ? end + 1 : end;
  } else if (*path == '/' || folder == AT_FDCWD) {
    snprintf(space, PATH_MAX, "%s", path);
    folder = -1;
  }
  if (folder >= 0) {
    char name[64];
    snprintf(name, sizeof name, "/proc/self/fd/%d", folder);
    long length = real_syscall(SYS_readlink, name, space, (size_t)PATH_MAX - 1);
    if (length < 0) return NULL;
    space[length] = 0;
    if (*rest) snprintf(space + length, (size_t)(PATH_MAX - length), "/%s", rest);
  }
  if (strncmp(space, root, root_length) != 0) return NULL;
  if (space[root_length] == 0) return space + root_length;
  return space[root_length] == '/' ? space + root_length + 1 : NULL;
}

static int can_befall(enum kind kind) {
  switch (error_number) {
    case EMFILE: return kind == OPENING || kind == CREATING;
    case EXDEV: return kind == LINKING || kind == NAMING;
    case ENOSPC:
      return kind == CREATING || kind == WRITING || kind == LINKING || kind == NAMING || kind == SYNCING;
    case EROFS: return kind != READING && kind != OPENING && kind != SYNCING;
    default: return 1;
  }
}

static void note(long number, const char *call, const char *path, const char *other) {
  if (log_fd < 0) return;
  char line[3 * PATH_MAX];
  int length = snprintf(line, sizeof line, "%ld %s %s%s%s\n", number, call, path, other ? " -> " : "",
                        other ? other : "");
  real_syscall(SYS_write, log_fd, line, (size_t)length);
}

static void die(void) {
  for (;;) real_syscall(SYS_kill, (pid_t)real_syscall(SYS_getpid), SIGKILL);
}

static void cut_the_power(unsigned int flags) {
  long fd = real_syscall(SYS_openat, AT_FDCWD, root, O_RDONLY | O_CLOEXEC, 0);
  if (fd < 0 || real_syscall(SYS_ioctl, fd, GOING_DOWN, &flags) < 0) _exit(99);
  die();
}

/* The power may go only when all is done and said. */
__attribute__((destructor)) static void finish(void) {
  if (strike_at == 0 || atomic_load(&calls) >= strike_at) return;
  if (how == CUT) cut_the_power(DROP_THE_LOG);
  if (how == CUT_FLUSHED) cut_the_power(FLUSH_THE_LOG);
}

/* Asked before each call. What it answers is asked again after the call by `done`. */
static enum how strike(const char *call, enum kind kind, const char *path, const char *other) {
  if (path == NULL && other == NULL) return NOTHING;
  if ((kind == READING || kind == OPENING) && !reads_count) return NOTHING;
  long number = atomic_fetch_add(&calls, 1) + 1;
  note(number, call, path ? path : "?", other);
  if (strike_at == 0 || number < strike_at) return NOTHING;
  if (how == SHORT && atomic_load(&full) && (kind == CREATING || kind == WRITING)) {
    errno = ENOSPC;
    return FAIL;
  }
  if (number > strike_at && !(how == FAIL && stays)) return NOTHING;
  if (how == KILL_BEFORE) die();
  if (how == CUT) cut_the_power(DROP_THE_LOG);
  if (how == CUT_FLUSHED) cut_the_power(FLUSH_THE_LOG);
  if (how == FAIL && !can_befall(kind)) return NOTHING;
  if (how == FAIL) errno = error_number;
  if (how == SHORT && stays) atomic_store(&full, 1);
  return how;
}

#define DONE(answer)                  \
  do {                                \
    int kept = errno;                 \
    if (struck == KILL_AFTER) die();  \
    errno = kept;                     \
    return answer;                    \
  } while (0)

#define ON_PATH(call, kind, folder, path, action)                            \
  char space[PATH_MAX];                                                      \
  enum how struck = strike(call, kind, below_root(folder, path, space), NULL); \
  if (struck == FAIL) return -1;                                             \
  int answer = action;                                                       \
  DONE(answer)

#define ON_TWO(call, kind, folder, path, other_folder, other_path, action)          \
  char space[PATH_MAX], other_space[PATH_MAX];                                       \
  const char *target = below_root(other_folder, other_path, other_space);            \
  enum how struck = strike(call, kind, below_root(folder, path, space), target);     \
  if (struck == FAIL) return -1;                                                     \
  if (lies_about_intents && target != NULL && is_intent(target)) return 0;           \
  int answer = action;                                                               \
  DONE(answer)

static int is_intent(const char *path) {
  size_t length = strlen(path);
  return length > 12 && strcmp(path + length - 12, "/intent.json") == 0;
}

static const char *of_descriptor(int fd, char *space) { return below_root(fd, "", space); }

/* Names. */

int rename(const char *from, const char *to) {
  REAL(int, "rename", const char *, const char *);
  ON_TWO("rename", NAMING, AT_FDCWD, from, AT_FDCWD, to, real(from, to));
}
int renameat(int a, const char *from, int b, const char *to) {
  REAL(int, "renameat", int, const char *, int, const char *);
  ON_TWO("rename", NAMING, a, from, b, to, real(a, from, b, to));
}
int renameat2(int a, const char *from, int b, const char *to, unsigned int flags) {
  REAL(int, "renameat2", int, const char *, int, const char *, unsigned int);
  ON_TWO("rename", NAMING, a, from, b, to, real(a, from, b, to, flags));
}
int link(const char *from, const char *to) {
  REAL(int, "link", const char *, const char *);
  ON_TWO("link", LINKING, AT_FDCWD, from, AT_FDCWD, to, real(from, to));
}
int linkat(int a, const char *from, int b, const char *to, int flags) {
  REAL(int, "linkat", int, const char *, int, const char *, int);
  ON_TWO("link", LINKING, a, from, b, to, real(a, from, b, to, flags));
}
int unlink(const char *path) {
  REAL(int, "unlink", const char *);
  ON_PATH("unlink", REMOVING, AT_FDCWD, path, real(path));
}
int unlinkat(int folder, const char *path, int flags) {
  REAL(int, "unlinkat", int, const char *, int);
  ON_PATH("unlink", REMOVING, folder, path, real(folder, path, flags));
}
int rmdir(const char *path) {
  REAL(int, "rmdir", const char *);
  ON_PATH("rmdir", REMOVING, AT_FDCWD, path, real(path));
}
int mkdir(const char *path, mode_t mode) {
  REAL(int, "mkdir", const char *, mode_t);
  ON_PATH("mkdir", CREATING, AT_FDCWD, path, real(path, mode));
}
int mkdirat(int folder, const char *path, mode_t mode) {
  REAL(int, "mkdirat", int, const char *, mode_t);
  ON_PATH("mkdir", CREATING, folder, path, real(folder, path, mode));
}
int symlink(const char *to, const char *path) {
  REAL(int, "symlink", const char *, const char *);
  ON_PATH("symlink", CREATING, AT_FDCWD, path, real(to, path));
}
int symlinkat(const char *to, int folder, const char *path) {
  REAL(int, "symlinkat", const char *, int, const char *);
  ON_PATH("symlink", CREATING, folder, path, real(to, folder, path));
}

/* Marks. */

int chmod(const char *path, mode_t mode) {
  REAL(int, "chmod", const char *, mode_t);
  ON_PATH("chmod", MARKING, AT_FDCWD, path, real(path, mode));
}
int fchmod(int fd, mode_t mode) {
  REAL(int, "fchmod", int, mode_t);
  ON_PATH("chmod", MARKING, fd, "", real(fd, mode));
}
int fchmodat(int folder, const char *path, mode_t mode, int flags) {
  REAL(int, "fchmodat", int, const char *, mode_t, int);
  ON_PATH("chmod", MARKING, folder, path, real(folder, path, mode, flags));
}
int utimensat(int folder, const char *path, const struct timespec times[2], int flags) {
  REAL(int, "utimensat", int, const char *, const struct timespec *, int);
  ON_PATH("utimens", MARKING, folder, path, real(folder, path, times, flags));
}
int futimens(int fd, const struct timespec times[2]) {
  REAL(int, "futimens", int, const struct timespec *);
  ON_PATH("utimens", MARKING, fd, "", real(fd, times));
}

/* Contents. */

int ftruncate(int fd, off_t size) {
  REAL(int, "ftruncate", int, off_t);
  ON_PATH("truncate", WRITING, fd, "", real(fd, size));
}
int ftruncate64(int fd, off64_t size) { return ftruncate(fd, size); }
int truncate(const char *path, off_t size) {
  REAL(int, "truncate", const char *, off_t);
  ON_PATH("truncate", WRITING, AT_FDCWD, path, real(path, size));
}
int truncate64(const char *path, off64_t size) { return truncate(path, size); }
int fallocate(int fd, int mode, off_t at, off_t length) {
  REAL(int, "fallocate", int, int, off_t, off_t);
  ON_PATH("fallocate", WRITING, fd, "", real(fd, mode, at, length));
}

/* Half of it, and a byte at the least: a call that takes nothing is an error by another name. */
static size_t part_of(size_t length) { return length > 1 ? length / 2 : length; }

#define WRITES(fd, length, whole, part)                                                \
  char space[PATH_MAX];                                                                \
  enum how struck = strike("write", WRITING, of_descriptor(fd, space), NULL);          \
  if (struck == FAIL) return lies_about_losses ? (ssize_t)(length) : -1;               \
  if (struck == SHORT) {                                                               \
    ssize_t written = part;                                                            \
    return lies_about_losses && written > 0 ? (ssize_t)(length) : written;             \
  }                                                                                    \
  ssize_t answer = whole;                                                              \
  DONE(answer)

ssize_t write(int fd, const void *bytes, size_t length) {
  REAL(ssize_t, "write", int, const void *, size_t);
  WRITES(fd, length, real(fd, bytes, length), real(fd, bytes, part_of(length)));
}
ssize_t pwrite(int fd, const void *bytes, size_t length, off_t at) {
  REAL(ssize_t, "pwrite", int, const void *, size_t, off_t);
  WRITES(fd, length, real(fd, bytes, length, at), real(fd, bytes, part_of(length), at));
}
ssize_t pwrite64(int fd, const void *bytes, size_t length, off64_t at) { return pwrite(fd, bytes, length, at); }

static size_t length_of(const struct iovec *pieces, int count) {
  size_t length = 0;
  for (int each = 0; each < count; each++) length += pieces[each].iov_len;
  return length;
}
ssize_t writev(int fd, const struct iovec *pieces, int count) {
  REAL(ssize_t, "writev", int, const struct iovec *, int);
  WRITES(fd, length_of(pieces, count), real(fd, pieces, count),
         write(fd, pieces[0].iov_base, part_of(pieces[0].iov_len)));
}
ssize_t pwritev(int fd, const struct iovec *pieces, int count, off_t at) {
  REAL(ssize_t, "pwritev", int, const struct iovec *, int, off_t);
  WRITES(fd, length_of(pieces, count), real(fd, pieces, count, at),
         pwrite(fd, pieces[0].iov_base, part_of(pieces[0].iov_len), at));
}
ssize_t pwritev64(int fd, const struct iovec *pieces, int count, off64_t at) {
  return pwritev(fd, pieces, count, at);
}
ssize_t sendfile(int to, int from, off_t *at, size_t length) {
  REAL(ssize_t, "sendfile", int, int, off_t *, size_t);
  WRITES(to, length, real(to, from, at, length), real(to, from, at, part_of(length)));
}
ssize_t sendfile64(int to, int from, off64_t *at, size_t length) { return sendfile(to, from, at, length); }
ssize_t copy_file_range(int from, off64_t *from_at, int to, off64_t *to_at, size_t length, unsigned int flags) {
  REAL(ssize_t, "copy_file_range", int, off64_t *, int, off64_t *, size_t, unsigned int);
  WRITES(to, length, real(from, from_at, to, to_at, length, flags),
         real(from, from_at, to, to_at, part_of(length), flags));
}

int ioctl(int fd, unsigned long request, ...) {
  REAL(int, "ioctl", int, unsigned long, void *);
  va_list rest;
  va_start(rest, request);
  void *argument = va_arg(rest, void *);
  va_end(rest);
  if (request != FICLONE_CALL) return real(fd, request, argument);
  ON_PATH("clone", WRITING, fd, "", real(fd, request, argument));
}

#define SYNCS(fd, action)                                                        \
  char space[PATH_MAX];                                                          \
  const char *path = of_descriptor(fd, space);                                   \
  enum how struck = strike("sync", SYNCING, path, NULL);                         \
  if (lies_about_syncs && path != NULL) return 0;                                \
  if (struck == FAIL) return lies_about_losses ? 0 : -1;                         \
  int answer = action;                                                           \
  DONE(answer)

int fsync(int fd) {
  REAL(int, "fsync", int);
  SYNCS(fd, real(fd));
}
int fdatasync(int fd) {
  REAL(int, "fdatasync", int);
  SYNCS(fd, real(fd));
}

/* Opening and reading. */

static enum kind kind_of(int flags) { return flags & (O_CREAT | O_TRUNC) ? CREATING : OPENING; }

int open(const char *path, int flags, ...) {
  REAL(int, "open", const char *, int, mode_t);
  va_list rest;
  va_start(rest, flags);
  mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(rest, mode_t) : 0;
  va_end(rest);
  ON_PATH(flags & O_CREAT ? "create" : "open", kind_of(flags), AT_FDCWD, path, real(path, flags, mode));
}
int open64(const char *path, int flags, ...) {
  va_list rest;
  va_start(rest, flags);
  mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(rest, mode_t) : 0;
  va_end(rest);
  return open(path, flags, mode);
}
int openat(int folder, const char *path, int flags, ...) {
  REAL(int, "openat", int, const char *, int, mode_t);
  va_list rest;
  va_start(rest, flags);
  mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(rest, mode_t) : 0;
  va_end(rest);
  ON_PATH(flags & O_CREAT ? "create" : "open", kind_of(flags), folder, path, real(folder, path, flags, mode));
}
int openat64(int folder, const char *path, int flags, ...) {
  va_list rest;
  va_start(rest, flags);
  mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(rest, mode_t) : 0;
  va_end(rest);
  return openat(folder, path, flags, mode);
}

#define READS(fd, action)                                                  \
  if (!reads_count) return action;                                         \
  char space[PATH_MAX];                                                    \
  enum how struck = strike("read", READING, of_descriptor(fd, space), NULL); \
  if (struck == FAIL) return -1;                                           \
  ssize_t answer = action;                                                 \
  DONE(answer)

ssize_t read(int fd, void *bytes, size_t length) {
  REAL(ssize_t, "read", int, void *, size_t);
  READS(fd, real(fd, bytes, length));
}
ssize_t pread(int fd, void *bytes, size_t length, off_t at) {
  REAL(ssize_t, "pread", int, void *, size_t, off_t);
  READS(fd, real(fd, bytes, length, at));
}
ssize_t pread64(int fd, void *bytes, size_t length, off64_t at) { return pread(fd, bytes, length, at); }
ssize_t readv(int fd, const struct iovec *pieces, int count) {
  REAL(ssize_t, "readv", int, const struct iovec *, int);
  READS(fd, real(fd, pieces, count));
}
ssize_t preadv(int fd, const struct iovec *pieces, int count, off_t at) {
  REAL(ssize_t, "preadv", int, const struct iovec *, int, off_t);
  READS(fd, real(fd, pieces, count, at));
}
ssize_t preadv64(int fd, const struct iovec *pieces, int count, off64_t at) { return preadv(fd, pieces, count, at); }

int scandir64(const char *path, struct dirent64 ***names, int (*filter)(const struct dirent64 *),
              int (*compare)(const struct dirent64 **, const struct dirent64 **)) {
  REAL(int, "scandir64", const char *, struct dirent64 ***, int (*)(const struct dirent64 *),
       int (*)(const struct dirent64 **, const struct dirent64 **));
  ON_PATH("list", OPENING, AT_FDCWD, path, real(path, names, filter, compare));
}

/* libuv asks the kernel by number for what older C libraries have no name for. */
long syscall(long number, ...) {
  va_list rest;
  va_start(rest, number);
  long a = va_arg(rest, long), b = va_arg(rest, long), c = va_arg(rest, long);
  long d = va_arg(rest, long), e = va_arg(rest, long), f = va_arg(rest, long);
  va_end(rest);
  if (real_syscall == NULL) real_syscall = (long (*)(long, ...))next("syscall");
  if (number == SYS_copy_file_range) {
    return (long)copy_file_range((int)a, (off64_t *)b, (int)c, (off64_t *)d, (size_t)e, (unsigned int)f);
  }
  if (number == SYS_statx && reads_count) {
    char space[PATH_MAX];
    if (strike("stat", READING, below_root((int)a, (const char *)b, space), NULL) == FAIL) return -1;
  }
  return real_syscall(number, a, b, c, d, e, f);
}
