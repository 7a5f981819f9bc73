import type { OutageLog } from '@ringdown/platform';
import { formatHostPort } from '@ringdown/sip-transport';
import { type MediaNode, MediaNodes } from './media-nodes.js';
import { RtpengineAnchor } from './rtpengine-anchor.js';

/** The relay of media, with what is known of its nodes. */
export interface EdgeMedia {
  readonly nodes: MediaNodes;
  readonly anchor: RtpengineAnchor;
}

/** Begins to watch the nodes; undefined where there are none. */
export function openMedia(mediaNodes: readonly MediaNode[], outages: OutageLog): EdgeMedia | undefined {
  if (mediaNodes.length === 0) return undefined;
  const nodes = new MediaNodes({
    nodes: mediaNodes,
    changed: (node, healthy, reason) => {
      const name = `rtpengine ${node.id}`;
      const at = formatHostPort(node);
      if (healthy) outages.healed(name, `${name} at ${at} answers again`);
      else
        outages.failed(name, `${name} at ${at} does not answer: its calls are silent until they are re-offered`, {
          reason,
        });
    },
  });
  return { nodes, anchor: new RtpengineAnchor(nodes) };
}
