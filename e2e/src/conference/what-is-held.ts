import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import type { ServiceProcess } from '@ringdown/testbed';
import { residentKibOf } from '../peers/process-usage.js';
import { type Holdings, InspectedProcess } from './inspected-process.js';

/** What a process holds on to: by the kernel, by itself, and of memory. */
export interface Held {
  readonly files: number;
  /** Sockets over UDP, bound or not. */
  readonly udpSockets: number;
  readonly residentKib: number;
  /** The main thread's, then each worker's. */
  readonly threads: readonly Holdings[];
}

/** Looks into a process that was started with `--inspect=127.0.0.1:0`. */
export async function heldBy(service: ServiceProcess): Promise<Held> {
  const { pid } = service;
  const inspected = await InspectedProcess.attach(service.output());
  try {
    const threads = await inspected.holdings();
    return { threads, ...openOf(pid), residentKib: residentKibOf(pid) };
  } finally {
    inspected.detach();
  }
}

/** Of what there is more than there was, a sentence each; memory is left out. */
export function excessOf(held: Held, before: Held): readonly string[] {
  const excess: string[] = [];
  const compare = (what: string, now: number, then: number): void => {
    if (now > then) excess.push(`${what}: ${now}, before ${then}`);
  };
  compare('files', held.files, before.files);
  compare('sockets over UDP', held.udpSockets, before.udpSockets);
  for (const [index, { resources }] of held.threads.entries()) {
    for (const [name, count] of Object.entries(resources))
      compare(`thread ${index}, ${name}`, count, before.threads[index]?.resources[name] ?? 0);
  }
  return excess;
}

/** By how many bytes each thread's heap has grown. */
export function growthOf(held: Held, before: Held): readonly number[] {
  return held.threads.map(({ heapBytes }, index) => heapBytes - (before.threads[index]?.heapBytes ?? 0));
}

export function described({ files, udpSockets, residentKib, threads }: Held): string {
  const of = ({ heapBytes, resources }: Holdings, index: number): string =>
    `thread ${index}: heap ${(heapBytes / 2 ** 20).toFixed(2)} MiB, ${JSON.stringify(resources)}`;
  const whole = `${files} files, ${udpSockets} sockets over UDP, ${(residentKib / 1_024).toFixed(0)} MiB resident`;
  return [whole, ...threads.map(of)].join('\n  ');
}

function openOf(pid: number): { readonly files: number; readonly udpSockets: number } {
  const sockets = new Set(['udp', 'udp6'].flatMap((table) => inodesOf(`/proc/${pid}/net/${table}`)));
  const links = readdirSync(`/proc/${pid}/fd`).flatMap((fd) => linkOf(`/proc/${pid}/fd/${fd}`));
  const udpSockets = links.filter((link) => sockets.has(/^socket:\[(\d+)\]$/.exec(link)?.[1] ?? '')).length;
  return { files: links.length, udpSockets };
}

/** The inodes in one of the kernel's tables of sockets: the tenth column. */
function inodesOf(table: string): readonly string[] {
  const rows = readFileSync(table, 'latin1').trim().split('\n').slice(1);
  return rows.flatMap((row) => row.trim().split(/\s+/)[9] ?? []);
}

/** Nothing where it was closed meanwhile. */
function linkOf(path: string): readonly string[] {
  try {
    return [readlinkSync(path)];
  } catch {
    return [];
  }
}
