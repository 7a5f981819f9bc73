// All sockets of a thread, and what can be done with them.
#pragma once
#include "peer.h"

struct sockets {
  struct area *area;
  int epoll;
  // Descriptors that are open, in no order.
  int *open;
  int count;
  int room;
};

// Whether there is memory and an epoll instance.
int sockets_begin(struct sockets *sockets, struct area *area);

// Closes whatever is open.
void sockets_end(struct sockets *sockets);

// The descriptor, or a negative errno.
int sockets_bind(struct sockets *sockets, const struct peer *at, int number, int receive_buffer_bytes);

// At most one datagram of each socket that has any, into the area's slots. Returns how many; 0 when nothing is left.
int sockets_receive(struct sockets *sockets);

// What is in the area's first slots. Returns how many the kernel didn't take.
int sockets_send(struct sockets *sockets, int count);

// Only this peer's datagrams come in from now on; everybody's again without one. A negative errno where it can't be done.
int sockets_connect(int descriptor, const struct peer *peer);

// False for a descriptor that isn't one of these.
int sockets_close(struct sockets *sockets, int descriptor);
