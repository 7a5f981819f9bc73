# What the stand-ins are made of: the programs of all of them, installed at once.
FROM debian:bookworm-slim
RUN echo force-unsafe-io >/etc/dpkg/dpkg.cfg.d/fast \
  && printf 'path-exclude=/usr/share/%s/*\n' doc man locale info >/etc/dpkg/dpkg.cfg.d/small \
  && apt-get update -qq \
  && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends gcc libc6-dev postgresql-15 nats-server busybox haproxy \
    nginx-light libnginx-mod-stream >/dev/null \
  && rm -rf /var/lib/apt/lists/* /var/cache/apt/* /var/lib/postgresql/15
