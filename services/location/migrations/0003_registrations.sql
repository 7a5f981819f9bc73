-- How many addresses of record of a tenant have bindings, expired ones that the sweep has not come to included. It is kept by the
-- transactions that change bindings, under this row's lock, so that a limit holds however many replicas write.
create table location.registrations (
  tenant_id text not null,
  registrations bigint not null,
  primary key (tenant_id)
) with (fillfactor = 50);
insert into location.registrations (tenant_id, registrations)
  select tenant_id, count(distinct address_of_record) from location.bindings where not removed group by tenant_id;

alter table location.changes drop constraint changes_reason_check;
alter table location.changes add constraint changes_reason_check
  check (reason in ('registered', 'expired', 'flow-gone', 'owner-gone'));
