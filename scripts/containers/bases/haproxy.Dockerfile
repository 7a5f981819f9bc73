# Stands in for haproxy:2.6.
FROM ringdown-stand-in/packages:bookworm
STOPSIGNAL SIGUSR1
USER haproxy
CMD ["haproxy", "-W", "-db", "-f", "/usr/local/etc/haproxy/haproxy.cfg"]
