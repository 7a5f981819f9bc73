import { file, instanceName, parseMediaHosts, parsePortRange, wholeNumber } from '../setting-values.js';
import { instanceNameExpected } from './expected.js';
import { setting, settingOr } from './setting.js';

/** Of the conference focus. */
export const focusSettings = {
  RINGDOWN_FOCUS_ID: settingOr(
    'focus-1',
    {
      description: 'Name of this conference focus, unique in the platform: calls under way name theirs.',
      expected: instanceNameExpected,
    },
    instanceName,
  ),
  RINGDOWN_FOCUS_MEDIA_HOSTS: settingOr(
    '127.0.0.1',
    {
      description:
        'Addresses that a conference focus takes media at, one for each family that it speaks; `10.0.0.5=203.0.113.5` is told to phones as the second.',
      expected:
        'a comma-separated list of one IPv4 and one IPv6 address at the most, each with =address behind it if need be',
    },
    parseMediaHosts,
  ),
  RINGDOWN_FOCUS_MEDIA_PORTS: settingOr(
    '20000-29999',
    {
      description: 'UDP ports of a conference focus for media; a member with audio alone takes two.',
      expected: 'two ports from 1024 to 65535 with a hyphen between them, the second higher by 3 at least',
    },
    parsePortRange,
  ),
  RINGDOWN_FOCUS_THREADS: setting(
    {
      description: 'Threads that mix the media of conferences.',
      expected: 'a whole number from 1 to 128',
      fallback: 'one less than the machine has cores, and one at least',
    },
    (text) => wholeNumber(text, 1, 128),
  ),
  RINGDOWN_FOCUS_RECORDINGS_DIR: setting(
    {
      description: 'Folder for recordings of conferences, one for each tenant in it.',
      expected: 'a folder',
      fallback: '`recordings` in the data folder',
    },
    file,
  ),
};
