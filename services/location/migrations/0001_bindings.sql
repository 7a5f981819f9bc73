-- The version of an address of record, and the row whose lock makes every change of it one step. Rows stay when the last
-- binding goes: a version is never used twice.
create table location.addresses (
  tenant_id text not null,
  address_of_record text not null,
  version bigint not null,
  primary key (tenant_id, address_of_record)
) with (fillfactor = 70);

-- Bindings (RFC 3261 §10), and what is remembered of removed ones for 32 s.
create table location.bindings (
  tenant_id text not null,
  address_of_record text not null,
  binding_key text not null,
  -- A tombstone: only call_id, cseq, request_digest and expires_at mean something.
  removed boolean not null,
  expires_at timestamptz not null,
  updated_at timestamptz not null,
  call_id text not null,
  cseq bigint not null,
  request_digest text not null,
  uri text not null,
  contact_params text not null,
  q_thousandths smallint check (q_thousandths between 0 and 1000),
  instance_id text not null,
  reg_id bigint not null,
  path text[] not null,
  flow_token text not null,
  edge_id text not null,
  incarnation text not null,
  received_transport text not null,
  received_host text not null,
  received_port integer not null,
  user_agent text not null,
  primary key (tenant_id, address_of_record, binding_key)
) with (fillfactor = 70);

-- For the sweep, which asks for what is due over all tenants.
create index bindings_due on location.bindings (expires_at) where not removed;
create index tombstones_due on location.bindings (expires_at) where removed;
