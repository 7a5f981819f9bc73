import type { Postgres, PostgresSession } from '@ringdown/platform';
import type { PodLife } from '../../domain/pod.js';
import type { ClaimRequest, ClaimResult, HomeRegister, StoredHome } from '../../ports/pod-register.js';

interface HomeRow {
  readonly pod_id: string;
  readonly incarnation: string;
  readonly offered: boolean;
}

const findHome = {
  name: 'find-home',
  text: `
select pod_id, incarnation, offered_until is not null as offered from conference.homes
where tenant_id = $1 and room = $2 and (offered_until is null or offered_until > clock_timestamp())`,
};

/** An offer that was not taken up, or whose pod is ending; and what a life has that is over, by the table or by the asker's word. */
const isFree = `
  h.offered_until < clock_timestamp()
  or not exists (select from conference.pods p where p.pod_id = h.pod_id and p.incarnation = h.incarnation
    and not (p.draining and h.offered_until is not null))
  or (h.pod_id, h.incarnation) in (select * from unnest($6::text[], $7::text[]))`;

const claimHome = {
  name: 'claim-home',
  text: `
insert into conference.homes as h (tenant_id, room, pod_id, incarnation, claimed_at, offered_until)
values ($1, $2, $3, $4, clock_timestamp(), clock_timestamp() + $5 * interval '1 ms')
on conflict (tenant_id, room) do update set pod_id = excluded.pod_id, incarnation = excluded.incarnation,
  claimed_at = excluded.claimed_at, offered_until = excluded.offered_until
where (${isFree})
  -- A pod takes up what it was offered.
  or ($5 is null and h.pod_id = excluded.pod_id and h.incarnation = excluded.incarnation)
returning pod_id, incarnation, offered_until is not null as offered`,
};

const readHome = {
  name: 'read-home',
  text: `select pod_id, incarnation, offered_until is not null as offered from conference.homes where tenant_id = $1 and room = $2`,
};

/** One after the other of a tenant that has a limit. */
const lockTenant = {
  name: 'lock-tenant',
  text: `select pg_advisory_xact_lock(hashtext('ringdown.conference.limit'), hashtext($1))`,
};

const countOthers = {
  name: 'count-others',
  text: `
select count(*)::int as others from conference.homes h
where tenant_id = $1 and room <> $2
  and (offered_until is null or offered_until > clock_timestamp())
  and exists (select from conference.pods p where p.pod_id = h.pod_id and p.incarnation = h.incarnation)
  and (h.pod_id, h.incarnation) not in (select * from unnest($3::text[], $4::text[]))`,
};

const releaseHome = {
  name: 'release-home',
  text: 'delete from conference.homes where tenant_id = $1 and room = $2 and pod_id = $3 and incarnation = $4',
};

const withdrawOffers = {
  name: 'withdraw-offers',
  text: 'delete from conference.homes where pod_id = $1 and incarnation = $2 and offered_until is not null',
};

const forgetLives = {
  name: 'forget-lives',
  text: 'delete from conference.homes where (pod_id, incarnation) in (select * from unnest($1::text[], $2::text[]))',
};

const readOpen = {
  name: 'read-open',
  text: 'select tenant_id, room from conference.homes where pod_id = $1 and incarnation = $2 and offered_until is null',
};

/** Between a conflict and the look at what it was with, that can go. */
const maxTries = 5;

/** The homes of conferences in Postgres. The row of one, or the place in the key where it would be, is the lock of its claim. */
export class HomeTable implements HomeRegister {
  constructor(private readonly postgres: Postgres) {}

  async find(tenantId: string, room: string): Promise<StoredHome | undefined> {
    const { rows } = await this.postgres.query<HomeRow>(findHome, [tenantId, room]);
    return rows[0] === undefined ? undefined : homeOf(rows[0]);
  }

  async claim(request: ClaimRequest): Promise<ClaimResult> {
    const { tenantId, room, gone, limit } = request;
    if (limit === 0) return { kind: 'home', home: await claimed(this.postgres, request) };
    return this.postgres.transaction(async (session): Promise<ClaimResult> => {
      await session.query(lockTenant, [tenantId]);
      const { rows } = await session.query<{ others: number }>(countOthers, [tenantId, room, ...columns(gone)]);
      // Whoever has it already keeps it.
      const others = rows[0]?.others ?? 0;
      if (others < limit) return { kind: 'home', home: await claimed(session, request) };
      const there = await session.query<HomeRow>(findHome, [tenantId, room]);
      const home = there.rows[0] === undefined ? undefined : homeOf(there.rows[0]);
      if (home === undefined || gone.some((life) => life.podId === home.podId && life.incarnation === home.incarnation))
        return { kind: 'limit' };
      return { kind: 'home', home: await claimed(session, request) };
    });
  }

  async release(tenantId: string, room: string, { podId, incarnation }: PodLife): Promise<void> {
    await this.postgres.query(releaseHome, [tenantId, room, podId, incarnation]);
  }

  async forgetLives(lives: readonly PodLife[]): Promise<void> {
    await this.postgres.query(forgetLives, columns(lives));
  }

  async withdrawOffers({ podId, incarnation }: PodLife): Promise<void> {
    await this.postgres.query(withdrawOffers, [podId, incarnation]);
  }

  async openOf({ podId, incarnation }: PodLife): Promise<ReadonlySet<string>> {
    const { rows } = await this.postgres.query<{ tenant_id: string; room: string }>(readOpen, [podId, incarnation]);
    return new Set(rows.map(({ tenant_id, room }) => `${tenant_id} ${room}`));
  }
}

async function claimed(session: PostgresSession, request: ClaimRequest): Promise<StoredHome> {
  const { tenantId, room, pod, offerMs, gone } = request;
  for (let tries = 0; tries < maxTries; tries += 1) {
    const values = [tenantId, room, pod.podId, pod.incarnation, offerMs ?? null, ...columns(gone)];
    const { rows: given } = await session.query<HomeRow>(claimHome, values);
    if (given[0] !== undefined) return homeOf(given[0]);
    const { rows: there } = await session.query<HomeRow>(readHome, [tenantId, room]);
    if (there[0] !== undefined) return homeOf(there[0]);
  }
  throw new Error(`the conference ${room} of ${tenantId} was claimed and released again ${maxTries} times`);
}

function columns(lives: readonly PodLife[]): readonly [readonly string[], readonly string[]] {
  return [lives.map(({ podId }) => podId), lives.map(({ incarnation }) => incarnation)];
}

function homeOf({ pod_id, incarnation, offered }: HomeRow): StoredHome {
  return { podId: pod_id, incarnation, isOffered: offered };
}
