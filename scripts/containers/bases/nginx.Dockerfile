# Stands in for nginx:1.22, which has the stream module built in.
FROM ringdown-stand-in/packages:bookworm
RUN printf 'load_module /usr/lib/nginx/modules/ngx_stream_module.so;\n' >/etc/nginx/stream-module.conf
STOPSIGNAL SIGQUIT
CMD ["nginx", "-g", "daemon off;"]
