import {
  answerChallenge,
  computeHa1,
  DIGEST_ALGORITHMS,
  DigestAuthenticator,
  parseCredentials,
  selectChallenges,
} from '@ringdown/sip-auth';

const ROUNDS = 100_000;
const BATCHES = 5;
const realm = 'demo.ringdown.test';
let serial = 0;
const authenticator = new DigestAuthenticator({
  edge: 'edge-1',
  incarnation: 'k3x9a',
  keys: [{ id: 'k1', secret: new Uint8Array(32).fill(1) }],
  random: () => `bench${String(++serial).padStart(11, '0')}`,
});

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** The least time of several batches, in microseconds a round. */
function measure(round: (i: number) => void): string {
  let best = Number.POSITIVE_INFINITY;
  for (let batch = 0; batch < BATCHES; batch += 1) {
    const startedAt = process.hrtime.bigint();
    for (let i = 0; i < ROUNDS; i += 1) round(batch * ROUNDS + i);
    best = Math.min(best, Number(process.hrtime.bigint() - startedAt) / ROUNDS / 1000);
  }
  return best.toFixed(2).padStart(7);
}

print(
  `challenge, one algorithm            ${measure((i) => void authenticator.challenge(i, { realm, algorithms: ['MD5'] }))} us`,
);

for (const algorithm of DIGEST_ALGORITHMS) {
  const ha1 = computeHa1(algorithm, 'alice', realm, 'alice-demo');
  const [challenge] = selectChallenges(authenticator.challenge(0, { realm, algorithms: [algorithm] }));
  if (challenge === undefined) throw new Error('no challenge');
  const answers = Array.from({ length: ROUNDS * BATCHES }, (_, i) =>
    answerChallenge(challenge, {
      method: 'REGISTER',
      uri: `sip:${realm}`,
      username: 'alice',
      password: 'alice-demo',
      cnonce: '0a4f113b',
      nonceCount: i + 1,
    }),
  );
  const verify = measure((i) => {
    const credentials = parseCredentials(answers[i] ?? '');
    if (credentials.kind !== 'digest') throw new Error('not digest');
    const verdict = authenticator.verify(1, {
      credentials,
      method: 'REGISTER',
      requestUri: `sip:${realm}`,
      ha1,
      algorithms: DIGEST_ALGORITHMS,
    });
    if (verdict.kind !== 'ok') throw new Error(verdict.kind);
  });
  print(`parse and verify, ${algorithm.padEnd(12)}      ${verify} us`);
}
