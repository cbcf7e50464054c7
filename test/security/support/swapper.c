/* Exchanges each pair of names for one another, for as long as its parent lives: with pauses of many lengths, so
   that every moment of whoever looks at the names is met. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

int main(int count, char **names) {
  unsigned state = 12345;
  pid_t parent = getppid();
  puts("ready");
  fflush(stdout);
  for (unsigned long turn = 0;; turn++) {
    for (int at = 1; at + 1 < count; at += 2)
      syscall(SYS_renameat2, AT_FDCWD, names[at], AT_FDCWD, names[at + 1], 2 /* RENAME_EXCHANGE */);
    state = state * 1103515245u + 12345u;
    unsigned pause = (state >> 16) & 1023;
    if (pause > 900) {
      struct timespec rest = {0, (pause - 900) * 2000L};
      nanosleep(&rest, NULL);
    } else {
      for (volatile unsigned spin = 0; spin < pause * 8; spin++) {
      }
    }
    if (turn % 1024 == 0 && getppid() != parent) return 0;
  }
}
