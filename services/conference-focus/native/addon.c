// What JavaScript sees of the add-on (src/worker/media-addon.ts).
#include "sockets.h"
#include <node_api.h>
#include <stddef.h>
#include <stdlib.h>
#include <uv.h>

static void on_collected(napi_env env, void *data, void *hint) {
  (void)env;
  (void)hint;
  sockets_end(data);
  free(data);
}

static napi_value number(napi_env env, int value) {
  napi_value result = NULL;
  napi_create_int32(env, value, &result);
  return result;
}

static int int_of(napi_env env, napi_value value) {
  int32_t result = 0;
  napi_get_value_int32(env, value, &result);
  return result;
}

static struct sockets *sockets_of(napi_env env, napi_value handle) {
  void *sockets = NULL;
  napi_get_value_external(env, handle, &sockets);
  return sockets;
}

static struct peer *peer_of(napi_env env, napi_value words) {
  void *data = NULL;
  size_t length = 0;
  bool is_words = false;
  napi_is_typedarray(env, words, &is_words);
  if (is_words) napi_get_typedarray_info(env, words, NULL, &length, &data, NULL, NULL);
  return length == sizeof(struct peer) / sizeof(uint32_t) ? data : NULL;
}

// begin(): the sockets of a thread, none yet, and the memory that they share; or a negative errno.
static napi_value begin(napi_env env, napi_callback_info info) {
  (void)info;
  napi_value result, handle, buffer;
  void *area = NULL;
  struct sockets *sockets = malloc(sizeof *sockets);
  if (sockets == NULL || napi_create_arraybuffer(env, sizeof(struct area), &area, &buffer) != napi_ok) {
    free(sockets);
    return number(env, UV_ENOMEM);
  }
  int error = sockets_begin(sockets, area);
  if (error != 0) {
    free(sockets);
    return number(env, error);
  }
  napi_create_external(env, sockets, on_collected, NULL, &handle);
  napi_create_object(env, &result);
  napi_set_named_property(env, result, "handle", handle);
  napi_set_named_property(env, result, "area", buffer);
  return result;
}

// bind(handle, words, number, receiveBufferBytes): the descriptor, or a negative errno.
static napi_value bind_socket(napi_env env, napi_callback_info info) {
  napi_value arguments[4];
  size_t count = 4;
  napi_get_cb_info(env, info, &count, arguments, NULL, NULL);
  struct sockets *sockets = sockets_of(env, arguments[0]);
  struct peer *at = peer_of(env, arguments[1]);
  if (sockets == NULL || at == NULL) return number(env, UV_EINVAL);
  return number(env, sockets_bind(sockets, at, int_of(env, arguments[2]), int_of(env, arguments[3])));
}

// receive(handle): how many slots are filled.
static napi_value receive(napi_env env, napi_callback_info info) {
  napi_value handle;
  size_t count = 1;
  napi_get_cb_info(env, info, &count, &handle, NULL, NULL);
  struct sockets *sockets = sockets_of(env, handle);
  return number(env, sockets == NULL ? 0 : sockets_receive(sockets));
}

// send(handle, count): how many of the first slots the kernel didn't take.
static napi_value send_queued(napi_env env, napi_callback_info info) {
  napi_value arguments[2];
  size_t count = 2;
  napi_get_cb_info(env, info, &count, arguments, NULL, NULL);
  struct sockets *sockets = sockets_of(env, arguments[0]);
  int slots = int_of(env, arguments[1]);
  if (sockets == NULL || slots < 0 || slots > send_slots) return number(env, 0);
  return number(env, sockets_send(sockets, slots));
}

// connect(descriptor, words or undefined): 0, or a negative errno.
static napi_value connect_socket(napi_env env, napi_callback_info info) {
  napi_value arguments[2];
  size_t count = 2;
  napi_get_cb_info(env, info, &count, arguments, NULL, NULL);
  return number(env, sockets_connect(int_of(env, arguments[0]), peer_of(env, arguments[1])));
}

// close(handle, descriptor): the port is free at once.
static napi_value close_socket(napi_env env, napi_callback_info info) {
  napi_value arguments[2];
  size_t count = 2;
  napi_get_cb_info(env, info, &count, arguments, NULL, NULL);
  struct sockets *sockets = sockets_of(env, arguments[0]);
  return number(env, sockets == NULL ? 0 : sockets_close(sockets, int_of(env, arguments[1])));
}

// parse(host, words): whether the text is an address; the words are then that peer's, but for the port.
static napi_value parse(napi_env env, napi_callback_info info) {
  char host[INET6_ADDRSTRLEN + 1 + UV_IF_NAMESIZE] = "";
  napi_value arguments[2], result;
  size_t count = 2, length = 0;
  union address address = {0};
  napi_get_cb_info(env, info, &count, arguments, NULL, NULL);
  struct peer *peer = peer_of(env, arguments[1]);
  // One byte more than an address has: what was cut off is none.
  bool is_address = peer != NULL && napi_get_value_string_utf8(env, arguments[0], host, sizeof host, &length) == napi_ok &&
                    length < sizeof host - 1 &&
                    (uv_ip4_addr(host, 0, &address.v4) == 0 || uv_ip6_addr(host, 0, &address.v6) == 0);
  if (is_address) to_peer(&address, peer);
  napi_get_boolean(env, is_address, &result);
  return result;
}

// format(words): the address as Node writes it.
static napi_value format(napi_env env, napi_callback_info info) {
  char text[INET6_ADDRSTRLEN + 1 + UV_IF_NAMESIZE] = "";
  napi_value words, result;
  size_t count = 1;
  union address address;
  napi_get_cb_info(env, info, &count, &words, NULL, NULL);
  struct peer *peer = peer_of(env, words);
  if (peer != NULL) {
    from_peer(peer, &address);
    if (peer->family == 4) uv_ip4_name(&address.v4, text, sizeof text);
    else uv_ip6_name(&address.v6, text, sizeof text);
  }
  napi_create_string_latin1(env, text, NAPI_AUTO_LENGTH, &result);
  return result;
}

static void set_number(napi_env env, napi_value object, const char *name, double value) {
  napi_value result;
  napi_create_double(env, value, &result);
  napi_set_named_property(env, object, name, result);
}

static napi_value layout(napi_env env) {
  napi_value object;
  napi_create_object(env, &object);
  set_number(env, object, "receivedSocket", offsetof(struct area, received_socket));
  set_number(env, object, "receivedLength", offsetof(struct area, received_length));
  set_number(env, object, "receivedAgeMicros", offsetof(struct area, received_age_micros));
  set_number(env, object, "from", offsetof(struct area, from));
  set_number(env, object, "sendDescriptor", offsetof(struct area, send_descriptor));
  set_number(env, object, "sendOffset", offsetof(struct area, send_offset));
  set_number(env, object, "sendLength", offsetof(struct area, send_length));
  set_number(env, object, "to", offsetof(struct area, to));
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
  export_function(env, exports, "begin", begin);
  export_function(env, exports, "bind", bind_socket);
  export_function(env, exports, "receive", receive);
  export_function(env, exports, "send", send_queued);
  export_function(env, exports, "connect", connect_socket);
  export_function(env, exports, "close", close_socket);
  export_function(env, exports, "parse", parse);
  export_function(env, exports, "format", format);
  napi_set_named_property(env, exports, "layout", layout(env));
  return exports;
}
