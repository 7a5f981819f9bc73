// What JavaScript sees of the add-on (src/udp-addon.ts), and the life of a port.
#define _GNU_SOURCE
#include "udp-port.h"
#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void release(struct port *port) {
  if (--port->references == 0) free(port);
}

static void on_handle_closed(uv_handle_t *handle) {
  struct port *port = handle->data;
  if (--port->open_handles == 0 && port->cleanup != NULL) napi_remove_async_cleanup_hook(port->cleanup);
  release(port);
}

static void close_handle(struct port *port, uv_handle_t *handle) {
  if (handle->type == UV_UNKNOWN_HANDLE) return;
  port->references++;
  port->open_handles++;
  uv_close(handle, on_handle_closed);
}

static void close_port(struct port *port) {
  if (port->closed) return;
  port->closed = true;
  close_handle(port, (uv_handle_t *)&port->before_wait);
  close_handle(port, (uv_handle_t *)&port->socket);
  close_handle(port, (uv_handle_t *)&port->tick);
  close(port->fd);
}

static void on_environment_ends(napi_async_cleanup_hook_handle hook, void *data) {
  (void)hook;
  close_port(data);
}

static void on_collected(napi_env env, void *data, void *hint) {
  (void)env;
  (void)hint;
  release(data);
}

static uint32_t number_of(napi_env env, napi_value object, const char *name) {
  napi_value value;
  uint32_t number = 0;
  napi_get_named_property(env, object, name, &value);
  napi_get_value_uint32(env, value, &number);
  return number;
}

static bool flag_of(napi_env env, napi_value object, const char *name) {
  napi_value value;
  bool flag = false;
  napi_get_named_property(env, object, name, &value);
  napi_get_value_bool(env, value, &flag);
  return flag;
}

static void set_number(napi_env env, napi_value object, const char *name, double number) {
  napi_value value;
  napi_create_double(env, number, &value);
  napi_set_named_property(env, object, name, value);
}

// The bound socket, or an error as libuv numbers them (negative).
static int bound_socket(napi_env env, napi_value options, bool ipv6, union address *address) {
  char host[INET6_ADDRSTRLEN + 1 + UV_IF_NAMESIZE] = "";
  napi_value text;
  napi_get_named_property(env, options, "host", &text);
  napi_get_value_string_utf8(env, text, host, sizeof host, NULL);
  int port = (int)number_of(env, options, "port");
  int error = ipv6 ? uv_ip6_addr(host, port, &address->v6) : uv_ip4_addr(host, port, &address->v4);
  if (error != 0) return error;
  int fd = socket(ipv6 ? AF_INET6 : AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return -errno;
  int yes = 1;
  int receive_buffer = (int)number_of(env, options, "receiveBufferBytes");
  int send_buffer = (int)number_of(env, options, "sendBufferBytes");
  socklen_t length = ipv6 ? sizeof address->v6 : sizeof address->v4;
  if ((ipv6 && setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &yes, sizeof yes) != 0) ||
      (flag_of(env, options, "reusePort") && setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &yes, sizeof yes) != 0) ||
      setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer) != 0 ||
      setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &send_buffer, sizeof send_buffer) != 0 ||
      bind(fd, &address->any, length) != 0 || getsockname(fd, &address->any, &length) != 0) {
    error = -errno;
    close(fd);
    return error;
  }
  return fd;
}

static napi_value error_number(napi_env env, int error) {
  napi_value result = NULL;
  napi_create_int32(env, error, &result);
  return result;
}

// open(options, onTurn): the port, or libuv's number of what went wrong.
static napi_value open_port(napi_env env, napi_callback_info info) {
  napi_value arguments[2];
  size_t count = 2;
  uv_loop_t *loop;
  if (napi_get_cb_info(env, info, &count, arguments, NULL, NULL) != napi_ok || count != 2) return error_number(env, UV_EINVAL);
  if (napi_get_uv_event_loop(env, &loop) != napi_ok) return error_number(env, UV_EINVAL);
  bool ipv6 = flag_of(env, arguments[0], "ipv6");
  union address bound = {0};
  int fd = bound_socket(env, arguments[0], ipv6, &bound);
  if (fd < 0) return error_number(env, fd);
  struct port *port = calloc(1, sizeof *port);
  napi_value result, buffer, handle;
  if (port == NULL || napi_create_arraybuffer(env, sizeof(struct area), (void **)&port->area, &buffer) != napi_ok) {
    free(port);
    close(fd);
    return error_number(env, UV_ENOMEM);
  }
  port->env = env;
  port->references = 1;
  port->ipv6 = ipv6;
  port->fd = fd;
  port->gather_ms = number_of(env, arguments[0], "gatherMs");
  port->gather_from = number_of(env, arguments[0], "gatherFrom");
  port->window_began_ms = uv_now(loop);
  napi_create_external(env, port, on_collected, NULL, &handle);
  int error = start_handles(port, loop);
  if (error != 0) {
    close_port(port);
    return error_number(env, error);
  }
  napi_create_reference(env, arguments[1], 1, &port->on_turn);
  napi_create_reference(env, buffer, 1, &port->area_buffer);
  napi_add_async_cleanup_hook(env, on_environment_ends, port, &port->cleanup);
  napi_create_object(env, &result);
  napi_set_named_property(env, result, "handle", handle);
  napi_set_named_property(env, result, "area", buffer);
  napi_set_named_property(env, result, "host", address_text(env, &bound));
  set_number(env, result, "port", ntohs(ipv6 ? bound.v6.sin6_port : bound.v4.sin_port));
  return result;
}

static struct port *port_of(napi_env env, napi_callback_info info) {
  napi_value handle;
  size_t count = 1;
  void *port = NULL;
  if (napi_get_cb_info(env, info, &count, &handle, NULL, NULL) == napi_ok && count == 1) napi_get_value_external(env, handle, &port);
  return port;
}

// flush(handle): sends now. Who calls it looks for refusals itself.
static napi_value flush_port(napi_env env, napi_callback_info info) {
  struct port *port = port_of(env, info);
  if (port != NULL && !port->closed) flush(port);
  return NULL;
}

// close(handle): one more try to send what is queued, then the address is free.
static napi_value close_now(napi_env env, napi_callback_info info) {
  struct port *port = port_of(env, info);
  if (port == NULL || port->closed) return NULL;
  flush(port);
  close_port(port);
  napi_delete_reference(env, port->on_turn);
  napi_delete_reference(env, port->area_buffer);
  return NULL;
}

static struct peer *peer_argument(napi_env env, napi_value words) {
  void *data = NULL;
  size_t length = 0;
  napi_get_typedarray_info(env, words, NULL, &length, &data, NULL, NULL);
  return length == sizeof(struct peer) / sizeof(uint32_t) ? data : NULL;
}

// parseIpv6(host, words): whether the text is an address; the words are then the peer's, but for the port.
static napi_value parse_ipv6(napi_env env, napi_callback_info info) {
  char host[INET6_ADDRSTRLEN + 1 + UV_IF_NAMESIZE] = "";
  napi_value arguments[2], result;
  size_t count = 2, length = 0;
  union address address = {0};
  napi_get_cb_info(env, info, &count, arguments, NULL, NULL);
  struct peer *peer = peer_argument(env, arguments[1]);
  // One byte more than an address has: what was cut off is none.
  bool valid = peer != NULL && napi_get_value_string_utf8(env, arguments[0], host, sizeof host, &length) == napi_ok &&
               length < sizeof host - 1 && uv_ip6_addr(host, 0, &address.v6) == 0;
  if (valid) to_peer(&address, peer);
  napi_get_boolean(env, valid, &result);
  return result;
}

// formatIpv6(words): the address as text.
static napi_value format_ipv6(napi_env env, napi_callback_info info) {
  napi_value words;
  size_t count = 1;
  union address address = {0};
  napi_get_cb_info(env, info, &count, &words, NULL, NULL);
  struct peer *peer = peer_argument(env, words);
  if (peer == NULL) return NULL;
  from_peer(peer, true, &address);
  return address_text(env, &address);
}

static napi_value layout(napi_env env) {
  napi_value object;
  napi_create_object(env, &object);
  set_number(env, object, "counters", offsetof(struct area, counters));
  set_number(env, object, "control", offsetof(struct area, received));
  set_number(env, object, "from", offsetof(struct area, from));
  set_number(env, object, "receivedLength", offsetof(struct area, received_length));
  set_number(env, object, "to", offsetof(struct area, to));
  set_number(env, object, "sendOffset", offsetof(struct area, send_offset));
  set_number(env, object, "sendLength", offsetof(struct area, send_length));
  set_number(env, object, "refusals", offsetof(struct area, refusals));
  set_number(env, object, "send", offsetof(struct area, send));
  set_number(env, object, "receive", offsetof(struct area, receive));
  set_number(env, object, "receiveSlots", receive_slots);
  set_number(env, object, "receiveStride", receive_stride);
  set_number(env, object, "sendSlots", send_slots);
  set_number(env, object, "sendBytes", send_bytes);
  return object;
}

static void export_function(napi_env env, napi_value exports, const char *name, napi_callback callback) {
  napi_value function;
  napi_create_function(env, name, NAPI_AUTO_LENGTH, callback, NULL, &function);
  napi_set_named_property(env, exports, name, function);
}

NAPI_MODULE_INIT() {
  export_function(env, exports, "open", open_port);
  export_function(env, exports, "flush", flush_port);
  export_function(env, exports, "close", close_now);
  export_function(env, exports, "parseIpv6", parse_ipv6);
  export_function(env, exports, "formatIpv6", format_ipv6);
  napi_set_named_property(env, exports, "layout", layout(env));
  return exports;
}
