# Stands in for node:<version>-bookworm-slim.
FROM debian:bookworm-slim
COPY node /usr/local/bin/node
CMD ["node"]
