import { RegistrationGovernor } from '../../domain/registration-governor.js';
import type { CallObserver } from '../../ports/call-observer.js';
import { ListenersInTurn } from '../metering/listeners-in-turn.js';
import { CallBook } from './call-book.js';
import { EdgeUser, type EdgeUserOptions } from './edge-user.js';
import { InDialogRouting } from './in-dialog-routing.js';
import { MisplacedMessages, type MisplacedMessagesOptions } from './misplaced-messages.js';
import { type Neighbours, noNeighbours } from './neighbours.js';
import { NewRequestRouting, type NewRequestRoutingOptions } from './new-request-routing.js';
import type { ProxyListener } from './proxied-request.js';
import { Proxy, type ProxyOptions } from './proxy.js';
import { Refusals } from './refusals.js';
import { RegistrationsUnderWay } from './registrations-under-way.js';

/** What an edge is made of, apart from how its parts hang together. */
export interface EdgeParts
  extends Omit<ProxyOptions, 'listener' | 'own'>,
    Omit<NewRequestRoutingOptions, 'proxy' | 'refusals' | 'stack' | 'registrations' | 'calls'>,
    Pick<EdgeUserOptions, 'own' | 'logger'>,
    Pick<MisplacedMessagesOptions, 'listenerOf'> {
  /** Told of the steps of calls. */
  readonly observer: CallObserver;
  /** Told beside the books of calls. */
  readonly meter?: ProxyListener;
  /** Default: see `NewRequestRoutingOptions`. */
  readonly registrations?: RegistrationGovernor;
  /** Default: there are none. */
  readonly neighbours?: Neighbours;
}

/** Puts the transaction user of an edge together: with sockets and services in the runtime, with simulated ones in tests and benchmarks. */
export function createEdgeUser(parts: EdgeParts): EdgeUser {
  const { stack, outbound, own, calls, flowTokens, location, locate, tracing, logger, authentication } = parts;
  const { admission, mediaAnchor, mediaCounters, meter, observer, openGruu, reachable, registered, security, timers } =
    parts;
  const registrations = parts.registrations ?? new RegistrationGovernor();
  const books = new RegistrationsUnderWay(
    registrations,
    new CallBook(observer, (invite) => calls.recordedIn(invite), authentication.wallClock),
  );
  const proxy = new Proxy({
    stack,
    outbound,
    flowTokens,
    location,
    tracing,
    calls,
    own,
    locate,
    listener: meter === undefined ? books : new ListenersInTurn(books, meter),
    ...(timers === undefined ? {} : { timers }),
    ...(mediaAnchor === undefined ? {} : { mediaAnchor }),
    ...(mediaCounters === undefined ? {} : { mediaCounters }),
    ...(registered === undefined ? {} : { registered }),
  });
  const refusals = new Refusals(stack, logger, tracing);
  const newRequests = new NewRequestRouting({
    stack,
    proxy,
    refusals,
    location,
    calls,
    openGruu,
    flowTokens,
    security,
    reachable,
    locate,
    authentication,
    registrations,
    ...(admission === undefined ? {} : { admission }),
    ...(parts.conferences === undefined ? {} : { conferences: parts.conferences }),
    ...(parts.focusAt === undefined ? {} : { focusAt: parts.focusAt }),
    ...(parts.deviceOver === undefined ? {} : { deviceOver: parts.deviceOver }),
  });
  const { directory } = authentication;
  const inDialog = new InDialogRouting({
    proxy,
    directory,
    location,
    openGruu,
    authentication,
    newRequests,
    refusals,
    reachable,
  });
  const misplaced = new MisplacedMessages({
    stack,
    proxy,
    neighbours: parts.neighbours ?? noNeighbours,
    ...(parts.listenerOf === undefined ? {} : { listenerOf: parts.listenerOf }),
  });
  return new EdgeUser({ stack, proxy, outbound, own, calls, newRequests, inDialog, misplaced, logger, tracing });
}
