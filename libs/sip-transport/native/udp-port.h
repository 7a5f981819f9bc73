// A UDP socket for Node that takes a batch of datagrams by one recvmmsg and sends a batch by one sendmmsg, where node:dgram
// makes three system calls and a wake-up a datagram. JavaScript and C share one block of memory, `struct area`: received
// datagrams are cut from it, those to send are written into it, and one call tells JavaScript of a whole batch.
//
// Under load the socket isn't polled but read whenever a timer ticks, so that one wake-up serves all that came meanwhile. When the
// rate falls the timer stops, and the socket wakes the loop again.
#pragma once
#include "socket-address.h"
#include <node_api.h>
#include <stdbool.h>
#include <sys/uio.h>
#include <uv.h>

struct port {
  napi_env env;
  napi_ref on_turn;
  napi_ref area_buffer;
  napi_async_cleanup_hook_handle cleanup;
  // Handles that aren't closed yet, and the JavaScript object: the last to go frees the memory.
  int references;
  int open_handles;
  bool closed;
  bool ipv6;
  int fd;
  uv_poll_t socket;
  uv_timer_t tick;
  uv_prepare_t before_wait;
  struct area *area;

  bool blocked;
  uint32_t sent;
  uint32_t prepared;

  bool gathering;
  uint32_t gather_ms;
  uint32_t gather_from;
  uint64_t window_began_ms;
  uint64_t window_count;

  struct mmsghdr in[receive_slots];
  struct iovec in_bytes[receive_slots];
  union address in_address[receive_slots];
  struct mmsghdr out[send_slots];
  struct iovec out_bytes[send_slots];
  union address out_address[send_slots];
};

// Begins to read and to send.
int start_handles(struct port *port, uv_loop_t *loop);

// Sends what is queued, in order. Stops where the socket has no room, and goes on when it has.
void flush(struct port *port);
