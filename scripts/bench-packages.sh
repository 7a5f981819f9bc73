# Sourced where the benchmark's programs are installed: to run it, and to test that it runs.
bench_packages="sip-tester:/usr/bin/sipp tcpdump:/usr/bin/tcpdump nats-server:/usr/sbin/nats-server \
postgresql-15:/usr/lib/postgresql/15/bin/postgres kamailio:/usr/sbin/kamailio \
kamailio-postgres-modules:/usr/lib/$(uname -m)-linux-gnu/kamailio/modules/db_postgres.so janus:/usr/bin/janus"
