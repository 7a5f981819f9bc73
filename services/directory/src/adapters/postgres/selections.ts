/** The select lists and joins that the row types in `rows.ts` describe, one place for readers and writers. */

export const selectDomain = `
  select d.domain, d.tenant_id, d.domain = t.canonical_domain as canonical, d.version, d.created_at, d.updated_at
  from directory.domains d join directory.tenants t using (tenant_id)`;

const subscriberColumns = `
    s.tenant_id, s.username, s.display_name, s.max_contacts_per_aor, s.max_concurrent_calls, s.enabled,
    s.version, s.created_at, s.updated_at, t.canonical_domain,
    array(
      select i.address_of_record from directory.identities i
      where i.tenant_id = s.tenant_id and i.username = s.username order by i.address_of_record
    ) as further_identities`;

export const selectSubscriber = `
  select ${subscriberColumns}
  from directory.subscribers s join directory.tenants t using (tenant_id)`;

export const selectCredentials = `
  select ${subscriberColumns}, s.ha1_md5, s.ha1_sha256, s.ha1_sha512_256
  from directory.subscribers s join directory.tenants t using (tenant_id)`;
