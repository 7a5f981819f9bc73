# Stands in for nats:2.9-alpine, wget (of busybox) included.
FROM ringdown-stand-in/packages:bookworm
RUN ln -s /bin/busybox /usr/local/bin/wget
COPY --chmod=0755 nats-entrypoint.sh /usr/local/bin/docker-entrypoint.sh
EXPOSE 4222 8222 6222
ENTRYPOINT ["docker-entrypoint.sh"]
CMD ["nats-server"]
