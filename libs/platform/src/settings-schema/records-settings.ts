import { webhookTargets, wholeNumber } from '../setting-values.js';
import { settingOr } from './setting.js';

/** Of accounting. */
export const recordsSettings = {
  RINGDOWN_WEBHOOK_TARGETS: settingOr(
    'public',
    {
      description:
        'Where webhooks of tenants may lead to: `public` lets them post by https to addresses of the public internet only; `any` also by http, and into private networks, which every tenant with access to the REST API can reach then.',
      expected: `one of ${webhookTargets.join(', ')}`,
    },
    (text) => webhookTargets.find((targets) => targets === text),
  ),
  RINGDOWN_RECORDS_RETENTION_DAYS: settingOr(
    '400',
    {
      description: 'How long accounting keeps the records of calls, in days. Older days are dropped as a whole.',
      expected: 'a whole number from 1 to 3660',
    },
    (text) => wholeNumber(text, 1, 3_660),
  ),
  RINGDOWN_RECORDS_MAX_CALL_SEC: settingOr(
    '86400',
    {
      description:
        'How long an answered call without session refreshes and without an end is taken to last at the most, in seconds: then its record is closed and marked.',
      expected: 'a whole number from 1 to 604800',
    },
    (text) => wholeNumber(text, 1, 604_800),
  ),
  RINGDOWN_RECORDS_MAX_SETUP_SEC: settingOr(
    '900',
    {
      description:
        'How long a call may be without an answer and without an end, in seconds: then its record is closed as lost, and marked.',
      expected: 'a whole number from 1 to 86400',
    },
    (text) => wholeNumber(text, 1, 86_400),
  ),
};
