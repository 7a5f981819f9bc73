#pragma once
#include "udp-area.h"
#include <netinet/in.h>
#include <node_api.h>
#include <stdbool.h>
#include <sys/socket.h>

union address {
  struct sockaddr any;
  struct sockaddr_in v4;
  struct sockaddr_in6 v6;
};

void to_peer(const union address *address, struct peer *peer);

// Returns the length of the address.
socklen_t from_peer(const struct peer *peer, bool ipv6, union address *address);

// As Node writes it: a link-local IPv6 address has its interface behind it.
napi_value address_text(napi_env env, const union address *address);
