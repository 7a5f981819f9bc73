#define _GNU_SOURCE
#include "sockets.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

enum { longest_age_micros = 1000000 };

int sockets_begin(struct sockets *sockets, struct area *area) {
  sockets->area = area;
  sockets->open = NULL;
  sockets->count = sockets->room = 0;
  sockets->epoll = epoll_create1(EPOLL_CLOEXEC);
  return sockets->epoll < 0 ? -errno : 0;
}

void sockets_end(struct sockets *sockets) {
  for (int index = 0; index < sockets->count; index++) close(sockets->open[index]);
  free(sockets->open);
  sockets->open = NULL;
  sockets->count = sockets->room = 0;
  if (sockets->epoll >= 0) close(sockets->epoll);
  sockets->epoll = -1;
}

static int remember(struct sockets *sockets, int descriptor) {
  if (sockets->count == sockets->room) {
    int room = sockets->room == 0 ? 64 : 2 * sockets->room;
    int *grown = realloc(sockets->open, (size_t)room * sizeof *grown);
    if (grown == NULL) return -ENOMEM;
    sockets->open = grown;
    sockets->room = room;
  }
  sockets->open[sockets->count++] = descriptor;
  return 0;
}

int sockets_bind(struct sockets *sockets, const struct peer *at, int number, int receive_buffer_bytes) {
  union address address;
  socklen_t length = from_peer(at, &address);
  int descriptor = socket(address.any.sa_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (descriptor < 0) return -errno;
  int yes = 1;
  // The upper half is the descriptor, the lower one the number.
  struct epoll_event event = {.events = EPOLLIN, .data.u64 = (uint64_t)(uint32_t)descriptor << 32 | (uint32_t)number};
  int error = 0;
  if ((at->family == 6 && setsockopt(descriptor, IPPROTO_IPV6, IPV6_V6ONLY, &yes, sizeof yes) != 0) ||
      setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &receive_buffer_bytes, sizeof receive_buffer_bytes) != 0 ||
      setsockopt(descriptor, SOL_SOCKET, SO_TIMESTAMPNS, &yes, sizeof yes) != 0 ||
      bind(descriptor, &address.any, length) != 0 || epoll_ctl(sockets->epoll, EPOLL_CTL_ADD, descriptor, &event) != 0)
    error = -errno;
  else
    error = remember(sockets, descriptor);
  if (error != 0) {
    close(descriptor);
    return error;
  }
  return descriptor;
}

// How long ago the kernel got a message; nothing where it doesn't say, or the clock was set meanwhile.
static int32_t age_micros(struct msghdr *message, const struct timespec *now) {
  for (struct cmsghdr *control = CMSG_FIRSTHDR(message); control != NULL; control = CMSG_NXTHDR(message, control)) {
    if (control->cmsg_level != SOL_SOCKET || control->cmsg_type != SCM_TIMESTAMPNS) continue;
    struct timespec then;
    memcpy(&then, CMSG_DATA(control), sizeof then);
    int64_t micros = (now->tv_sec - then.tv_sec) * (int64_t)1000000 + (now->tv_nsec - then.tv_nsec) / 1000;
    return micros < 0 || micros > longest_age_micros ? 0 : (int32_t)micros;
  }
  return 0;
}

int sockets_receive(struct sockets *sockets) {
  struct area *area = sockets->area;
  struct epoll_event events[receive_slots];
  struct timespec now;
  int filled = 0;
  // Where all that is ready was of no use (too long, or an error that has been told) there may be more.
  while (filled == 0) {
    int ready = epoll_wait(sockets->epoll, events, receive_slots, 0);
    if (ready <= 0) return 0;
    clock_gettime(CLOCK_REALTIME, &now);
    for (int index = 0; index < ready; index++) {
      union address from;
      _Alignas(struct cmsghdr) uint8_t control[CMSG_SPACE(sizeof(struct timespec))];
      struct iovec bytes = {area->receive[filled], receive_stride};
      struct msghdr message = {
          .msg_name = &from,
          .msg_namelen = sizeof from,
          .msg_iov = &bytes,
          .msg_iovlen = 1,
          .msg_control = control,
          .msg_controllen = sizeof control,
      };
      ssize_t length = recvmsg((int)(events[index].data.u64 >> 32), &message, MSG_DONTWAIT);
      if (length < 0 || (message.msg_flags & MSG_TRUNC) != 0) continue;
      area->received_socket[filled] = (int32_t)(uint32_t)events[index].data.u64;
      area->received_length[filled] = (int32_t)length;
      area->received_age_micros[filled] = age_micros(&message, &now);
      to_peer(&from, &area->from[filled]);
      filled++;
    }
    if (filled == 0 && ready < receive_slots) return 0;
  }
  return filled;
}

int sockets_send(struct sockets *sockets, int count) {
  struct area *area = sockets->area;
  int refused = 0;
  for (int slot = 0; slot < count; slot++) {
    union address to;
    socklen_t length = from_peer(&area->to[slot], &to);
    ssize_t sent = sendto(area->send_descriptor[slot], area->send + area->send_offset[slot], (size_t)area->send_length[slot],
                          MSG_DONTWAIT | MSG_NOSIGNAL, &to.any, length);
    if (sent < 0) refused++;
  }
  return refused;
}

int sockets_connect(int descriptor, const struct peer *peer) {
  union address address = {.any = {.sa_family = AF_UNSPEC}};
  socklen_t length = peer == NULL ? sizeof address.any : from_peer(peer, &address);
  return connect(descriptor, &address.any, length) == 0 ? 0 : -errno;
}

int sockets_close(struct sockets *sockets, int descriptor) {
  for (int index = 0; index < sockets->count; index++) {
    if (sockets->open[index] != descriptor) continue;
    sockets->open[index] = sockets->open[--sockets->count];
    close(descriptor);
    return 1;
  }
  return 0;
}
