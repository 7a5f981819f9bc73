-- Up Migration

-- Keys are compared byte by byte (collation "C"), so that pages end and begin at the same row under every locale.
create table directory.tenants (
  tenant_id text collate "C" primary key,
  display_name text not null,
  canonical_domain text collate "C" not null,
  realm text not null,
  digest_algorithms text[] not null check (cardinality(digest_algorithms) > 0),
  max_contacts_per_aor integer not null check (max_contacts_per_aor > 0),
  min_expires_sec integer not null check (min_expires_sec > 0),
  max_expires_sec integer not null check (max_expires_sec >= min_expires_sec),
  default_expires_sec integer not null check (default_expires_sec between min_expires_sec and max_expires_sec),
  max_registrations integer not null check (max_registrations >= 0),
  max_concurrent_calls integer not null check (max_concurrent_calls >= 0),
  max_calls_per_sec integer not null check (max_calls_per_sec >= 0),
  fork_mode text not null check (fork_mode in ('parallel', 'serial')),
  recurse_on_redirect boolean not null,
  redirect_mode text not null check (redirect_mode in ('proxy', 'redirect')),
  enabled boolean not null,
  version bigint not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);

-- The stored hashes contain the realm, and addresses of record the canonical domain: whoever changed them would lock every
-- subscriber out, so not even a slip in psql may.
create function directory.keep_tenant_names() returns trigger language plpgsql as $$
begin
  raise exception 'the realm and the canonical domain of tenant % never change', old.tenant_id using errcode = 'check_violation';
end
$$;

create trigger keep_tenant_names before update on directory.tenants for each row
  when (old.realm is distinct from new.realm or old.canonical_domain is distinct from new.canonical_domain)
  execute function directory.keep_tenant_names();

-- Global: a domain is one tenant's, so the key can't start with the tenant.
create table directory.domains (
  domain text collate "C" primary key,
  tenant_id text collate "C" not null references directory.tenants on delete cascade,
  version bigint not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
create index domains_by_tenant on directory.domains (tenant_id, domain);

create table directory.subscribers (
  tenant_id text collate "C" not null references directory.tenants on delete cascade,
  username text collate "C" not null,
  display_name text not null default '',
  ha1_md5 bytea not null check (octet_length(ha1_md5) = 16),
  ha1_sha256 bytea not null check (octet_length(ha1_sha256) = 32),
  ha1_sha512_256 bytea not null check (octet_length(ha1_sha512_256) = 32),
  max_contacts_per_aor integer check (max_contacts_per_aor > 0),
  max_concurrent_calls integer check (max_concurrent_calls >= 0),
  enabled boolean not null default true,
  version bigint not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (tenant_id, username)
);

-- Addresses of record beyond the one that the username makes.
create table directory.identities (
  tenant_id text collate "C" not null,
  username text collate "C" not null,
  address_of_record text collate "C" not null,
  primary key (tenant_id, username, address_of_record),
  foreign key (tenant_id, username) references directory.subscribers on delete cascade
);

-- Global, as domains are.
create table directory.numbers (
  e164 text collate "C" primary key,
  tenant_id text collate "C" not null references directory.tenants on delete cascade,
  username text collate "C",
  version bigint not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  foreign key (tenant_id, username) references directory.subscribers
);
create index numbers_by_tenant on directory.numbers (tenant_id, e164);
create index numbers_by_subscriber on directory.numbers (tenant_id, username);

-- Down Migration

drop table directory.numbers, directory.identities, directory.subscribers, directory.domains, directory.tenants;
drop function directory.keep_tenant_names();
