# What the stand-ins install from: a Debian that knows its packages.
FROM debian:bookworm-slim
RUN apt-get update -qq
