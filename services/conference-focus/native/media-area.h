// The memory that JavaScript and the add-on share (src/worker/media-area.ts).
#pragma once
#include <stdint.h>

// Few slots, so that they stay in the cache, an odd number of cache lines apart, so that they don't compete for the same ones.
enum { receive_slots = 64, receive_stride = 31 * 64, send_slots = 256, send_bytes = 256 * 1600 };

// Seven words: a typed array of them is what JavaScript knows of an address.
struct peer {
  uint32_t port;
  // IPv4: the first of them, in the host's order. IPv6: as it is on the wire.
  uint32_t address[4];
  uint32_t scope;
  // 4 or 6.
  uint32_t family;
};

struct area {
  // What was received: whose it is (the number that `bind` was given), its bytes, how long ago the kernel got it, where from.
  int32_t received_socket[receive_slots];
  int32_t received_length[receive_slots];
  int32_t received_age_micros[receive_slots];
  struct peer from[receive_slots];
  // What is to be sent: the descriptor, where its bytes are in `send`, where to.
  int32_t send_descriptor[send_slots];
  int32_t send_offset[send_slots];
  int32_t send_length[send_slots];
  struct peer to[send_slots];
  uint8_t send[send_bytes];
  uint8_t receive[receive_slots][receive_stride];
};
