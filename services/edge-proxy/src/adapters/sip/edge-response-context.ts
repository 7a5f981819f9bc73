import { ResponseContext, type ResponseContextOptions } from '@ringdown/sip-proxy';
import type { EdgeTarget } from '../../domain/hop.js';

/** Tells its owner when a timer of its own has made effects: the wheel calls it outside of any of the proxy's calls. */
export class EdgeResponseContext extends ResponseContext<EdgeTarget> {
  constructor(
    options: ResponseContextOptions<EdgeTarget>,
    private readonly expired: () => void,
  ) {
    super(options);
  }

  override expire(now: number, timer: number): void {
    super.expire(now, timer);
    this.expired();
  }
}
