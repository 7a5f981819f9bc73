-- Up Migration

-- Where tenants want to be told of their calls' records.
create table accounting.webhooks (
  tenant_id text not null,
  name text not null,
  url text not null,
  events text[] not null,
  enabled boolean not null,
  secret text not null,
  -- Signs beside the secret until then.
  former_secret text,
  former_secret_until timestamptz,
  -- Of attempts in a row.
  failures integer not null default 0,
  failing_since timestamptz,
  paused_until timestamptz,
  parked_at timestamptz,
  last_delivered_at timestamptz,
  last_failure text,
  -- When its next message is due; null without one. A pause holds beside it.
  next_due_at timestamptz,
  -- Whichever replica delivers just now.
  lease_id uuid,
  leased_until timestamptz,
  served_at timestamptz not null default now(),
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (tenant_id, name)
);

create index webhooks_due on accounting.webhooks (next_due_at)
  where next_due_at is not null and enabled and parked_at is null;

-- What is to be posted, as it is posted, in order. A message goes when it is delivered.
create table accounting.webhook_messages (
  tenant_id text not null,
  name text not null,
  position bigint generated always as identity,
  message_id text not null,
  body text not null,
  records integer not null,
  due_at timestamptz not null default now(),
  -- How often the endpoint has taken exception to this very message, and since when.
  refusals integer not null default 0,
  first_refused_at timestamptz,
  parked_at timestamptz,
  created_at timestamptz not null default now(),
  primary key (tenant_id, name, position),
  foreign key (tenant_id, name) references accounting.webhooks on delete cascade
);

create index webhook_messages_by_age on accounting.webhook_messages (created_at);
