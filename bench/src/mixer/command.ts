import { Command } from 'commander';
import { openSession } from '../measure/bench-session.js';
import { names, positive, wholeNumber, wholeNumbers } from '../result/arguments.js';
import { reportOn } from '../result/report.js';
import { type Kind, kinds, type Shape, shapes } from './cell.js';
import { measureMixer } from './measure-mixer.js';
import { janusIsInstalled } from './systems/janus.js';

export interface MixerOptions {
  readonly codecs: readonly Kind[];
  readonly participants: readonly number[];
  readonly rooms: readonly Shape[];
  readonly systems: readonly string[];
  readonly seconds: number;
  readonly warmUp: number;
  readonly alternations: number;
  readonly lateness: boolean;
  readonly concealmentSeconds: number;
  readonly profile?: string;
}

const systems = ['ringdown', 'ringdown (dgram)', 'janus'];

export const mixerCommand = new Command('mixer')
  .description('what a participant of a conference costs, beside the audiobridge of Janus')
  .option('--codecs <names>', kinds.join(', '), names(kinds), kinds)
  .option('--participants <numbers>', 'how many at once', wholeNumbers, [10, 50, 200, 600])
  .option('--rooms <names>', 'all in one, or in threes', names(shapes), shapes)
  .option('--systems <names>', 'which', names(systems), ['ringdown', 'janus'])
  .option('--seconds <seconds>', 'length of one measurement', positive, 5)
  .option('--warm-up <seconds>', 'before each', positive, 3)
  .option('--alternations <number>', 'how often the systems take turns', wholeNumber, 3)
  .option('--no-lateness', "don't look for the participants that need 60 % of a core")
  .option(
    '--concealment-seconds <seconds>',
    'length of what is compared after loss and jitter; 0: nothing is',
    wholeNumber,
    20,
  )
  .option('--profile <folder>', "where Ringdown's threads leave CPU profiles")
  .action(async (options: MixerOptions, command: Command) => {
    const session = await openSession(command);
    try {
      const isAlone = options.systems.includes('janus') && !janusIsInstalled;
      if (isAlone) session.say("Debian's package janus is not installed: it is left out");
      const { tables, measured } = await measureMixer(options, session, janusIsInstalled);
      reportOn(command, { options, tables, measured });
    } finally {
      session.stop();
    }
  });
