-- Up Migration

create table directory.routes (
  tenant_id text collate "C" not null references directory.tenants on delete cascade,
  route_id text collate "C" not null,
  match_kind text not null check (match_kind in ('domain', 'number-prefix')),
  match_value text collate "C" not null,
  action jsonb not null,
  trust_class text not null check (trust_class in ('untrusted', 'peer')),
  version bigint not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (tenant_id, route_id),
  -- One answer to one question.
  unique (tenant_id, match_kind, match_value)
);

-- The version of the tenant's list of routes as a whole, which a removal raises too.
alter table directory.tenants add column routes_version bigint not null default 0;

-- Down Migration

alter table directory.tenants drop column routes_version;
drop table directory.routes;
