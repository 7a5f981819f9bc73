#define _GNU_SOURCE
#include "udp-port.h"
#include <errno.h>

enum {
  // 256 datagrams a turn of the loop, so that timers and other sockets live beside a flood.
  reads_per_turn = 4,
  settles_per_turn = 4,
  window_ms = 10,
};

static void on_socket(uv_poll_t *poll, int status, int events);
static void on_tick(uv_timer_t *tick);

// Calls JavaScript with what the area holds. What it throws goes the way of an exception in any callback.
static bool tell(struct port *port) {
  napi_env env = port->env;
  napi_handle_scope scope;
  if (napi_open_handle_scope(env, &scope) != napi_ok) return false;
  napi_value function, global;
  napi_get_reference_value(env, port->on_turn, &function);
  napi_get_global(env, &global);
  napi_status status = napi_make_callback(env, NULL, global, function, 0, NULL, NULL);
  bool pending = false;
  if (status != napi_ok && napi_is_exception_pending(env, &pending) == napi_ok && pending) {
    napi_value thrown;
    if (napi_get_and_clear_last_exception(env, &thrown) == napi_ok) napi_fatal_exception(env, thrown);
  }
  napi_close_handle_scope(env, scope);
  return status == napi_ok || pending;
}

static void poll_socket(struct port *port) {
  int events = (port->gathering ? 0 : UV_READABLE) | (port->blocked ? UV_WRITABLE : 0);
  if (events == 0) uv_poll_stop(&port->socket);
  else uv_poll_start(&port->socket, events, on_socket);
}

static void set_gathering(struct port *port, bool gathering) {
  port->gathering = gathering;
  if (gathering) uv_timer_start(&port->tick, on_tick, port->gather_ms, port->gather_ms);
  else uv_timer_stop(&port->tick);
  poll_socket(port);
}

// Gathering begins as soon as a window has seen enough, and ends with the first window that has seen less than half of it.
static void note_rate(struct port *port, uint64_t received) {
  if (port->gather_ms == 0) return;
  uint64_t now_ms = uv_now(port->tick.loop);
  uint64_t elapsed_ms = now_ms - port->window_began_ms;
  if (elapsed_ms >= window_ms) {
    if (port->gathering && port->window_count * 2 * window_ms < port->gather_from * elapsed_ms) set_gathering(port, false);
    port->window_began_ms = now_ms;
    port->window_count = 0;
  }
  port->window_count += received;
  if (!port->gathering && port->window_count >= port->gather_from) set_gathering(port, true);
}

static void set_blocked(struct port *port, bool blocked) {
  if (port->blocked == blocked) return;
  port->blocked = blocked;
  poll_socket(port);
}

void flush(struct port *port) {
  struct area *area = port->area;
  for (; port->prepared < area->queued; port->prepared++) {
    uint32_t slot = port->prepared;
    struct msghdr *header = &port->out[slot].msg_hdr;
    port->out_bytes[slot].iov_base = area->send + area->send_offset[slot];
    port->out_bytes[slot].iov_len = area->send_length[slot];
    header->msg_namelen = from_peer(&area->to[slot], port->ipv6, &port->out_address[slot]);
  }
  while (port->sent < area->queued) {
    int count = sendmmsg(port->fd, port->out + port->sent, area->queued - port->sent, MSG_DONTWAIT | MSG_NOSIGNAL);
    area->counters.sends += 1;
    if (count > 0) {
      port->sent += (uint32_t)count;
    } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
      set_blocked(port, true);
      return;
    } else if (errno != EINTR) {
      struct refusal *refusal = &area->refusals[area->refused++];
      refusal->slot = port->sent++;
      refusal->error = (uint32_t)errno;
    }
  }
  area->queued = port->sent = port->prepared = 0;
  set_blocked(port, false);
}

// Sends what is queued and tells what was refused. Whoever is told may send again; what that leaves waits for the next turn.
static void settle(struct port *port) {
  for (int round = 0; round < settles_per_turn && port->area->queued > 0; round++) {
    flush(port);
    if (port->area->refused == 0) return;
    port->area->received = port->area->consumed = 0;
    if (!tell(port) || port->closed) return;
  }
  if (port->area->queued > 0) set_blocked(port, true);
}

static void on_before_wait(uv_prepare_t *prepare) {
  struct port *port = prepare->data;
  if (port->area->queued > 0 && !port->blocked) settle(port);
}

// Tells JavaScript of a batch, once again where it threw in the middle, and sends the answers. False when the port is closed.
static bool deliver(struct port *port, uint32_t count) {
  struct area *area = port->area;
  for (uint32_t slot = 0; slot < count; slot++) {
    to_peer(&port->in_address[slot], &area->from[slot]);
    area->received_length[slot] = port->in[slot].msg_len;
    port->in[slot].msg_hdr.msg_namelen = sizeof(union address);
  }
  area->received = count;
  area->consumed = 0;
  while (area->consumed < count) {
    uint32_t before = area->consumed;
    bool called = tell(port);
    if (port->closed) return false;
    if (!called || area->consumed == before) break;
  }
  area->received = area->consumed = 0;
  if (area->queued > 0 && !port->blocked) settle(port);
  return !port->closed;
}

// Reads until nothing is left, or the turn's share is used up, and then returns true: there may be more.
static bool read_turn(struct port *port) {
  port->area->counters.wake_ups += 1;
  uint64_t received = 0;
  int rounds = 0;
  bool more = true;
  for (; more && rounds < reads_per_turn; rounds++) {
    int count = recvmmsg(port->fd, port->in, receive_slots, MSG_DONTWAIT, NULL);
    port->area->counters.reads += 1;
    if (count < 0) {
      // An ICMP error of something sent earlier says nothing about what came in: reading goes on behind it.
      more = errno != EAGAIN && errno != EWOULDBLOCK;
      if (more && errno != EINTR) port->area->counters.read_errors += 1;
      continue;
    }
    received += (uint64_t)count;
    more = count == receive_slots;
    if (!deliver(port, (uint32_t)count)) return false;
  }
  note_rate(port, received);
  return more;
}

static void on_socket(uv_poll_t *poll, int status, int events) {
  struct port *port = poll->data;
  // libuv stops polling a socket that has an error to tell; reading takes the error away.
  if (status < 0) poll_socket(port);
  if ((events & UV_WRITABLE) != 0) {
    set_blocked(port, false);
    settle(port);
  }
  if (!port->closed && !port->gathering && ((events & UV_READABLE) != 0 || status < 0)) read_turn(port);
}

static void on_tick(uv_timer_t *tick) {
  struct port *port = tick->data;
  port->area->counters.gathered_waits += 1;
  // With more to read there is nothing to wait for.
  if (read_turn(port) && !port->closed && port->gathering) uv_timer_start(tick, on_tick, 0, port->gather_ms);
}

static void prepare_headers(struct port *port) {
  for (int slot = 0; slot < receive_slots; slot++) {
    port->in_bytes[slot].iov_base = port->area->receive + (size_t)slot * receive_stride;
    port->in_bytes[slot].iov_len = receive_stride;
    port->in[slot].msg_hdr.msg_iov = &port->in_bytes[slot];
    port->in[slot].msg_hdr.msg_iovlen = 1;
    port->in[slot].msg_hdr.msg_name = &port->in_address[slot];
    port->in[slot].msg_hdr.msg_namelen = sizeof(union address);
  }
  for (int slot = 0; slot < send_slots; slot++) {
    port->out[slot].msg_hdr.msg_iov = &port->out_bytes[slot];
    port->out[slot].msg_hdr.msg_iovlen = 1;
    port->out[slot].msg_hdr.msg_name = &port->out_address[slot];
  }
}

int start_handles(struct port *port, uv_loop_t *loop) {
  prepare_headers(port);
  port->before_wait.data = port->socket.data = port->tick.data = port;
  int error = uv_poll_init_socket(loop, &port->socket, port->fd);
  if (error != 0) return error;
  uv_timer_init(loop, &port->tick);
  uv_prepare_init(loop, &port->before_wait);
  uv_prepare_start(&port->before_wait, on_before_wait);
  uv_unref((uv_handle_t *)&port->before_wait);
  poll_socket(port);
  return 0;
}
