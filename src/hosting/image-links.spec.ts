import type { Request } from 'express';
import type { AppConfig } from '../config/app-config';
import type { LinkedFile } from '../context/response-recorder';
import { ImageLinks } from './image-links';

const NOW = 1_790_000_000;
const TTL = 3600;
const REQUEST = { protocol: 'https', host: 'easel.test' } as Request;

function linksWith(retentionSeconds: number): ImageLinks {
  const config = {
    server: { access: { publicUrl: undefined } },
    hosting: { urlTtlSeconds: TTL, retentionSeconds },
  } as unknown as AppConfig;
  return new ImageLinks(config, ['k'.repeat(32)]);
}

const lifetimeOf = (url: string): number => Number(new URL(url).searchParams.get('exp')) - NOW;

describe('how long the URL of a hosted image is valid', () => {
  beforeEach(() => {
    jest.useFakeTimers({ now: NOW * 1000 });
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  it.each<[string, number, 'ttl' | 'whole', number]>([
    ['a response', 86_400, 'ttl', TTL],
    ['a chat', 86_400, 'whole', 86_400],
    ['a response, if images are left to a lifecycle rule', 0, 'ttl', TTL],
    ['a chat, if they are', 0, 'whole', TTL],
  ])('in %s', (_name, retentionSeconds, validity, lifetime) => {
    const url = linksWith(retentionSeconds).urlOf('a.png', REQUEST, validity);
    expect(lifetimeOf(url)).toBe(lifetime);
  });

  it.each<[string, Omit<LinkedFile, 'file'>, number]>([
    ['of an image that stays for long', { deletedAt: NOW + 50_000 }, TTL],
    ['of an image that is deleted earlier', { deletedAt: NOW + 100 }, 100],
    ['of a chat', { deletedAt: NOW + 50_000, isWhole: true }, 50_000],
    ['of an image that Easel does not delete', {}, TTL],
    ['of a chat with such an image', { isWhole: true }, TTL],
  ])('in a replay %s', (_name, linked, lifetime) => {
    const url = linksWith(86_400).urlOfFile({ file: 'a.png', ...linked }, REQUEST);
    expect(lifetimeOf(url)).toBe(lifetime);
  });
});
