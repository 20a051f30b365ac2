import { createHmac } from 'node:crypto';
import { linkSignature, linkState, type LinkClaim, type LinkState } from './link-signature';

const KEY = 'a signing key of thirty-two bytes';
const OTHER_KEY = 'another signing key of 32 bytes..';
const FILE = 'AAAAAAAAAAAAAAAAAAAAAA.png';
const EXPIRES = 1_800_000_000;
const BEFORE = EXPIRES * 1000 - 1;

const claim: LinkClaim = {
  fileName: FILE,
  expires: String(EXPIRES),
  signature: linkSignature(KEY, FILE, EXPIRES),
};

/** Another last character that decodes to the same 32 bytes: only the first four of its six bits count. */
function sameBytes(signature: string): string {
  const bytes = Buffer.from(signature, 'base64url');
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  const twin = Array.from(alphabet)
    .map((last) => signature.slice(0, -1) + last)
    .find((text) => text !== signature && Buffer.from(text, 'base64url').equals(bytes));
  if (twin === undefined) {
    throw new Error('there is no such twin');
  }
  return twin;
}

describe('the signature of a link', () => {
  it('is 32 bytes in base64url', () => {
    expect(claim.signature).toMatch(/^[A-Za-z0-9_-]{43}$/);
  });

  it('is the same in every version of Easel, whose links outlive an update', () => {
    const signed = ['v1', 'A'.repeat(22), 'png', EXPIRES].join('\n');
    expect(claim.signature).toBe(createHmac('sha256', KEY).update(signed).digest('base64url'));
  });

  it.each<[string, Partial<LinkClaim>, number, LinkState]>([
    ['its own link', {}, BEFORE, 'valid'],
    ['the moment at which it ends', {}, EXPIRES * 1000, 'expired'],
    ['another image', { fileName: 'BAAAAAAAAAAAAAAAAAAAAA.png' }, BEFORE, 'forged'],
    ['another extension', { fileName: 'AAAAAAAAAAAAAAAAAAAAAA.jpg' }, BEFORE, 'forged'],
    ['a later end', { expires: String(EXPIRES + 1) }, BEFORE, 'forged'],
    ['a later end, when it is late', { expires: String(EXPIRES + 1) }, BEFORE + 5000, 'forged'],
    ['an end with a zero before it', { expires: `0${EXPIRES}` }, BEFORE, 'forged'],
    ['an end in another notation', { expires: '1.8e9' }, BEFORE, 'forged'],
    ['no end', { expires: undefined }, BEFORE, 'forged'],
    ['two ends', { expires: [String(EXPIRES), String(EXPIRES)] }, BEFORE, 'forged'],
    ['no signature', { signature: undefined }, BEFORE, 'forged'],
    ['an empty signature', { signature: '' }, BEFORE, 'forged'],
    ['two signatures', { signature: [claim.signature, claim.signature] }, BEFORE, 'forged'],
    ['a name that is none', { fileName: '../etc/passwd' }, BEFORE, 'forged'],
    [
      'the same bytes in other characters',
      { signature: sameBytes(String(claim.signature)) },
      BEFORE,
      'forged',
    ],
    ['another key', { signature: linkSignature(OTHER_KEY, FILE, EXPIRES) }, BEFORE, 'forged'],
  ])('for %s', (_name, change, now, state) => {
    expect(linkState({ ...claim, ...change }, [KEY], now)).toBe(state);
  });

  it('holds while its key is in the list', () => {
    expect(linkState(claim, [OTHER_KEY, KEY], BEFORE)).toBe('valid');
    expect(linkState(claim, [OTHER_KEY], BEFORE)).toBe('forged');
  });
});
