#include "peer.h"
#include <arpa/inet.h>
#include <string.h>

void to_peer(const union address *address, struct peer *peer) {
  if (address->any.sa_family == AF_INET) {
    *peer = (struct peer){.port = ntohs(address->v4.sin_port), .address = {ntohl(address->v4.sin_addr.s_addr)}, .family = 4};
    return;
  }
  peer->port = ntohs(address->v6.sin6_port);
  memcpy(peer->address, &address->v6.sin6_addr, sizeof peer->address);
  peer->scope = address->v6.sin6_scope_id;
  peer->family = 6;
}

socklen_t from_peer(const struct peer *peer, union address *address) {
  memset(address, 0, sizeof *address);
  if (peer->family == 4) {
    address->v4.sin_family = AF_INET;
    address->v4.sin_port = htons((uint16_t)peer->port);
    address->v4.sin_addr.s_addr = htonl(peer->address[0]);
    return sizeof address->v4;
  }
  address->v6.sin6_family = AF_INET6;
  address->v6.sin6_port = htons((uint16_t)peer->port);
  memcpy(&address->v6.sin6_addr, peer->address, sizeof peer->address);
  address->v6.sin6_scope_id = peer->scope;
  return sizeof address->v6;
}
