// recvmmsg and sendmmsg that fail where a datagram says so, for tests: compile with -Drecvmmsg=failing_recvmmsg
// -Dsendmmsg=failing_sendmmsg. A datagram that begins with "fail:<errno>:" fails so once and then goes through as "past:<errno>:";
// one that begins with "never:<errno>:" fails so always. What comes before it in a batch is sent, as the kernel does it.
#define _GNU_SOURCE
#undef recvmmsg
#undef sendmmsg
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

// The errno that the bytes ask for; 0: none.
static int asked_errno(char *bytes, size_t length) {
  bool once = length > 5 && memcmp(bytes, "fail:", 5) == 0;
  bool always = length > 6 && memcmp(bytes, "never:", 6) == 0;
  if (!once && !always) return 0;
  char digits[4] = "";
  strncpy(digits, bytes + (once ? 5 : 6), sizeof digits - 1);
  if (once) memcpy(bytes, "past:", 5);
  return atoi(digits);
}

int failing_sendmmsg(int fd, struct mmsghdr *messages, unsigned count, int flags) {
  for (unsigned i = 0; i < count; i++) {
    struct iovec *bytes = messages[i].msg_hdr.msg_iov;
    if (bytes->iov_len < 6 || (memcmp(bytes->iov_base, "fail:", 5) != 0 && memcmp(bytes->iov_base, "never:", 6) != 0)) continue;
    if (i > 0) return sendmmsg(fd, messages, i, flags);
    errno = asked_errno(bytes->iov_base, bytes->iov_len);
    return -1;
  }
  return sendmmsg(fd, messages, count, flags);
}

// Reads one datagram a call. One that asks for a failure is taken away, and the call fails.
int failing_recvmmsg(int fd, struct mmsghdr *messages, unsigned count, int flags, struct timespec *timeout) {
  char bytes[16];
  ssize_t length = recv(fd, bytes, sizeof bytes, MSG_PEEK | MSG_DONTWAIT);
  int asked = length < 0 ? 0 : asked_errno(bytes, (size_t)length);
  if (asked == 0) return recvmmsg(fd, messages, count > 1 ? 1 : count, flags, timeout);
  recv(fd, bytes, sizeof bytes, MSG_DONTWAIT);
  errno = asked;
  return -1;
}
