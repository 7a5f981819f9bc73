import { X509Certificate } from 'node:crypto';

const spiffe = /^URI:spiffe:\/\/[a-z0-9._-]+\/ringdown\/([a-z0-9-]+)(?:\/[A-Za-z0-9._-]+)?$/;
const firstLabel = /^DNS:([a-z0-9-]+)(?:\.[a-z0-9.-]+)?$/i;

/**
 * The services that a certificate's subjectAltNames say its holder is: `spiffe://<trust domain>/ringdown/<service>`, where there is such a name, or the
 * first label of a DNS name (`registrar.ringdown.svc`).
 */
export function rolesOf(subjectAltName: string | undefined): readonly string[] {
  // A name with a comma or a quote in it is written in quotes, and is none of ours.
  const names = (subjectAltName ?? '').split(', ');
  const byUri = names.flatMap((name) => spiffe.exec(name)?.[1] ?? []);
  if (names.some((name) => name.startsWith('URI:spiffe:'))) return byUri;
  return names.flatMap((name) => firstLabel.exec(name)?.[1]?.toLowerCase() ?? []);
}

/** The same, of a certificate as DER. */
export function rolesOfCertificate(raw: Buffer): readonly string[] {
  return rolesOf(new X509Certificate(raw).subjectAltName);
}
