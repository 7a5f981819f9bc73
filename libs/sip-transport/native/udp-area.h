// The memory that a port shares with JavaScript (src/batched-udp-area.ts).
#pragma once
#include <stdint.h>

enum {
  receive_slots = 64,
  // The largest datagram, and 17 cache lines more: at a power of two every slot would fall into the same sets of the cache.
  receive_stride = 65536 + 17 * 64,
  send_slots = 256,
  send_bytes = 256 * 1024,
};

// For IPv4 address[0] is the address as a number; for IPv6 the words are the address as it stands in a packet.
struct peer {
  uint32_t port;
  uint32_t address[4];
  uint32_t scope;
};

struct refusal {
  uint32_t slot;
  uint32_t error;
};

struct counters {
  double wake_ups;
  double gathered_waits;
  double reads;
  double read_errors;
  double sends;
};

struct area {
  struct counters counters;
  uint32_t received;
  uint32_t consumed;
  uint32_t queued;
  uint32_t refused;
  struct peer from[receive_slots];
  uint32_t received_length[receive_slots];
  struct peer to[send_slots];
  uint32_t send_offset[send_slots];
  uint32_t send_length[send_slots];
  struct refusal refusals[send_slots];
  uint8_t send[send_bytes];
  uint8_t receive[receive_slots * receive_stride];
};
