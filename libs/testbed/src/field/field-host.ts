import { type Child, startChild } from '../child-process.js';
import { execIn } from './namespaces.js';

/** Where something is in the field, as far as faults of the network concern it. */
export interface Place {
  readonly name: string;
  /** Of its interface, which is what the switch sees. */
  readonly mac: string;
  /** Where several places share an interface: the one address that is meant. */
  readonly onlyIpv4?: string;
}

/** A machine of the field: a network namespace with an interface and addresses of its own. */
export class FieldHost implements Place {
  constructor(
    readonly name: string,
    readonly namespace: string,
    readonly ipv4: string,
    readonly ipv6: string,
    readonly mac: string,
  ) {}

  /** The command line that runs another one in here. It replaces itself, so that the process id is the program's own. */
  get prefix(): readonly string[] {
    return ['ip', 'netns', 'exec', this.namespace];
  }

  /** Starts a program in here, in a process group of its own. */
  spawn(program: string, args: readonly string[], env: NodeJS.ProcessEnv = process.env): Child {
    return startChild('ip', ['netns', 'exec', this.namespace, program, ...args], { env });
  }

  /** Runs a program in here to its end and returns what it printed; throws when it fails. */
  exec(program: string, args: readonly string[], input = ''): Promise<string> {
    return execIn(this.namespace, program, args, input);
  }
}
