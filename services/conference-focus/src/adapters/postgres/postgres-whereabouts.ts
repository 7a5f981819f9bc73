import type { Postgres } from '@ringdown/platform';
import type { Page, PageRequest } from '@ringdown/platform/commands';
import type { ConferencePlace, Whereabouts } from '../../ports/whereabouts.js';

interface Row {
  readonly room: string;
  readonly pod_id: string;
  readonly address: string;
  readonly claimed_at: Date;
}

/** Conferences that a pod has opened, and that life of the pod. */
const open = `
select h.room, h.pod_id, p.address, h.claimed_at
from conference.homes h join conference.pods p on p.pod_id = h.pod_id and p.incarnation = h.incarnation
where h.offered_until is null and h.tenant_id = $1`;

/** Where conferences are, from the tables of pods and homes. */
export class PostgresWhereabouts implements Whereabouts {
  readonly #postgres: Postgres;

  constructor(postgres: Postgres) {
    this.#postgres = postgres;
  }

  async find(tenantId: string, room: string): Promise<ConferencePlace | undefined> {
    const { rows } = await this.#postgres.query<Row>({ name: 'find-place', text: `${open} and h.room = $2` }, [
      tenantId,
      room,
    ]);
    return rows[0] && placeOf(rows[0]);
  }

  async list(tenantId: string, { limit, after }: PageRequest): Promise<Page<ConferencePlace>> {
    const { rows } = await this.#postgres.query<Row>(
      `${open} and ($2::text is null or h.room collate "C" > $2) order by h.room collate "C" limit $3`,
      // One row more tells whether there is a next page.
      [tenantId, after ?? null, limit + 1],
    );
    const items = rows.slice(0, limit).map(placeOf);
    return { items, next: rows.length > limit ? items.at(-1)!.room : undefined };
  }
}

function placeOf({ room, pod_id: focusId, address, claimed_at }: Row): ConferencePlace {
  return { room, focusId, address, sinceMs: claimed_at.getTime() };
}
