# Stands in for postgres:15-bookworm.
FROM ringdown-stand-in/packages:bookworm
RUN mkdir /docker-entrypoint-initdb.d && install -d -o postgres -g postgres -m 0700 /var/lib/postgresql/data
ENV PATH=$PATH:/usr/lib/postgresql/15/bin PGDATA=/var/lib/postgresql/data LANG=C.UTF-8
COPY --chmod=0755 postgres-entrypoint.sh /usr/local/bin/docker-entrypoint.sh
VOLUME /var/lib/postgresql/data
STOPSIGNAL SIGINT
EXPOSE 5432
ENTRYPOINT ["docker-entrypoint.sh"]
CMD ["postgres"]
