import type { SecurityObserver } from '../../ports/security-observer.js';
import { LinkTraffic } from './link-traffic.js';
import { SecurityMeter } from './security-meter.js';
import { TenantMeter, type TenantMeterOptions } from './tenant-meter.js';
import { TransactionMeter } from './transaction-meter.js';

/** What an edge counts of its traffic: plain numbers, which only a scrape reads. */
export class EdgeMeters {
  readonly tenants: TenantMeter;
  readonly transactions = new TransactionMeter();
  readonly links = new LinkTraffic();
  readonly security: SecurityMeter;

  constructor(options: TenantMeterOptions & { readonly security: SecurityObserver }) {
    this.tenants = new TenantMeter(options);
    this.security = new SecurityMeter(options.security);
  }
}
