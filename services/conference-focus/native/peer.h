// Addresses, as the kernel and as JavaScript know them.
#pragma once
#include "media-area.h"
#include <netinet/in.h>
#include <sys/socket.h>

union address {
  struct sockaddr any;
  struct sockaddr_in v4;
  struct sockaddr_in6 v6;
};

void to_peer(const union address *address, struct peer *peer);

// Returns the length of the address.
socklen_t from_peer(const struct peer *peer, union address *address);
