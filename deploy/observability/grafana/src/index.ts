import { conferenceDashboard } from './conference-dashboard.js';
import type { Dashboard } from './dashboard.js';
import { edgeDashboard } from './edge-dashboard.js';
import { platformDashboard } from './platform-dashboard.js';
import { tenantDashboard } from './tenant-dashboard.js';

export { type Dashboard, dashboardJson, type Panel } from './dashboard.js';

/** Each by the name of its file. */
export const dashboards: Readonly<Record<string, Dashboard>> = {
  platform: platformDashboard,
  tenant: tenantDashboard,
  edge: edgeDashboard,
  conference: conferenceDashboard,
};
