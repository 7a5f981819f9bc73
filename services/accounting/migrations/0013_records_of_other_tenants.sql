-- Up Migration

-- What a tenant is called by others. Calls within a tenant, and from outside, are found by the tenant that they are stored under: in this index
-- a search for the others would have to pass over all of them.
drop index accounting.call_records_of_terminator;
create index call_records_of_other_tenants on accounting.call_records (terminating_tenant_id, started_at, call_key)
  where terminating_tenant_id <> tenant_id;
