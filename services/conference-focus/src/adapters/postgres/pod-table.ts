import type { Postgres, PostgresSession } from '@ringdown/platform';
import type { Pod, PodLife } from '../../domain/pod.js';
import type { PodBeat, PodRegister, PodTimes } from '../../ports/pod-register.js';

interface PodRow {
  readonly pod_id: string;
  readonly incarnation: string;
  readonly address: string;
  readonly media_hosts: string[];
  readonly draining: boolean;
  readonly members: number;
  readonly busy_share: number;
  readonly age_ms: number;
  readonly in_lease: boolean;
}

const noticeBeat = {
  name: 'notice-beat',
  text: `
update conference.beat_clock set
  silent_from = case when clock_timestamp() - beat_at > $1 * interval '1 ms' then beat_at else silent_from end,
  silent_until = case when clock_timestamp() - beat_at > $1 * interval '1 ms' then clock_timestamp() else silent_until end,
  beat_at = clock_timestamp()`,
};

const writePod = (isFirst: boolean) => ({
  name: isFirst ? 'begin-pod' : 'write-pod',
  text: `
insert into conference.pods as p
  (pod_id, incarnation, address, media_hosts, begun_at, beat_at, draining, members, busy_share)
values ($1, $2, $3, $4, clock_timestamp(), clock_timestamp(), $5, $6, $7)
on conflict (pod_id) do update set incarnation = excluded.incarnation, address = excluded.address,
  media_hosts = excluded.media_hosts, beat_at = excluded.beat_at, draining = excluded.draining,
  begun_at = case when p.incarnation = excluded.incarnation then p.begun_at else excluded.begun_at end,
  members = excluded.members, busy_share = excluded.busy_share
${isFirst ? '' : 'where p.incarnation = excluded.incarnation'}
returning pod_id`,
});

const forgetEarlierLives = {
  name: 'forget-earlier-lives',
  text: 'delete from conference.homes where pod_id = $1 and incarnation <> $2',
};

const readPods = {
  name: 'read-pods',
  text: `
select p.pod_id, p.incarnation, p.address, p.media_hosts, p.draining, p.members, p.busy_share,
  (extract(epoch from clock_timestamp() - p.begun_at) * 1000)::float8 as age_ms,
  p.beat_at > clock_timestamp() - $1 * interval '1 ms'
    or coalesce(
      c.silent_until > clock_timestamp() - $2 * interval '1 ms' and p.beat_at > c.silent_from - $1 * interval '1 ms',
      false
    ) as in_lease
from conference.pods p cross join conference.beat_clock c
order by p.pod_id`,
};

const removePod = {
  name: 'remove-pod',
  text: `
with homes as (delete from conference.homes where pod_id = $1 and incarnation = $2)
delete from conference.pods where pod_id = $1 and incarnation = $2`,
};

const forgetPods = {
  name: 'forget-pods',
  text: `delete from conference.pods where beat_at < clock_timestamp() - interval '1 hour'`,
};

const forgetHomes = {
  name: 'forget-homes',
  text: `
delete from conference.homes h
where h.claimed_at < clock_timestamp() - interval '1 minute'
  and (h.offered_until < clock_timestamp() - interval '1 minute'
    or not exists (select from conference.pods p where p.pod_id = h.pod_id and p.incarnation = h.incarnation))`,
};

/** The pods of the focus, by the clock of Postgres. */
export class PodTable implements PodRegister {
  constructor(
    private readonly postgres: Postgres,
    private readonly times: PodTimes,
  ) {}

  /**
   * Says that this life of a pod is there; the first word of one ends what earlier ones of its name had. Returns all pods, or undefined where another life
   * has the name by now. Throws ServiceError `unavailable` where the store can't be reached.
   */
  async beat(beat: PodBeat, isFirst: boolean): Promise<readonly Pod[] | undefined> {
    const { podId, incarnation, address, mediaHosts, isDraining, members, busyShare } = beat;
    return this.postgres.transaction(async (session) => {
      // One that a crash of Postgres loses comes again within a second, so it doesn't wait for the disk.
      await session.query('set local synchronous_commit = off');
      await session.query(noticeBeat, [this.times.stallMs]);
      const { count } = await session.query(writePod(isFirst), [
        podId,
        incarnation,
        address,
        mediaHosts,
        isDraining,
        members,
        busyShare,
      ]);
      if (count === 0) return undefined;
      if (isFirst) await session.query(forgetEarlierLives, [podId, incarnation]);
      return this.#read(session);
    });
  }

  async pods(): Promise<readonly Pod[]> {
    return this.#read(this.postgres);
  }

  /** This life of a pod is over, and it has no conferences. */
  async leave({ podId, incarnation }: PodLife): Promise<void> {
    await this.postgres.query(removePod, [podId, incarnation]);
  }

  /** Removes what pods have left that are long gone. */
  async forget(): Promise<void> {
    await this.postgres.query(forgetPods);
    await this.postgres.query(forgetHomes);
  }

  async #read(session: PostgresSession): Promise<readonly Pod[]> {
    const { rows } = await session.query<PodRow>(readPods, [this.times.leaseMs, this.times.recoveryMs]);
    return rows.map((row) => ({
      podId: row.pod_id,
      incarnation: row.incarnation,
      address: row.address,
      mediaHosts: row.media_hosts,
      isDraining: row.draining,
      members: row.members,
      busyShare: row.busy_share,
      ageMs: row.age_ms,
      isInLease: row.in_lease,
    }));
  }
}
