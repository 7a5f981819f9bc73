#include "socket-address.h"
#include <string.h>
#include <uv.h>

void to_peer(const union address *address, struct peer *peer) {
  if (address->any.sa_family == AF_INET) {
    peer->port = ntohs(address->v4.sin_port);
    peer->address[0] = ntohl(address->v4.sin_addr.s_addr);
    return;
  }
  peer->port = ntohs(address->v6.sin6_port);
  memcpy(peer->address, &address->v6.sin6_addr, sizeof peer->address);
  peer->scope = address->v6.sin6_scope_id;
}

socklen_t from_peer(const struct peer *peer, bool ipv6, union address *address) {
  if (!ipv6) {
    address->v4.sin_family = AF_INET;
    address->v4.sin_port = htons((uint16_t)peer->port);
    address->v4.sin_addr.s_addr = htonl(peer->address[0]);
    return sizeof address->v4;
  }
  address->v6.sin6_family = AF_INET6;
  address->v6.sin6_port = htons((uint16_t)peer->port);
  address->v6.sin6_flowinfo = 0;
  memcpy(&address->v6.sin6_addr, peer->address, sizeof peer->address);
  address->v6.sin6_scope_id = peer->scope;
  return sizeof address->v6;
}

napi_value address_text(napi_env env, const union address *address) {
  char text[INET6_ADDRSTRLEN + 1 + UV_IF_NAMESIZE] = "";
  if (address->any.sa_family == AF_INET) {
    uv_ip4_name(&address->v4, text, sizeof text);
  } else {
    uv_ip6_name(&address->v6, text, sizeof text);
    if (IN6_IS_ADDR_LINKLOCAL(&address->v6.sin6_addr) && address->v6.sin6_scope_id != 0) {
      size_t length = strlen(text);
      size_t room = sizeof text - length - 1;
      text[length] = '%';
      if (uv_if_indextoiid(address->v6.sin6_scope_id, text + length + 1, &room) != 0) text[length] = '\0';
    }
  }
  napi_value result = NULL;
  napi_create_string_latin1(env, text, NAPI_AUTO_LENGTH, &result);
  return result;
}
