import { startFullListener } from '../full-listener';
import { startEasel } from '../running-easel';

it('an account out of reach costs a moment, and is left out after three', async () => {
  const { url, close } = await startFullListener();
  const easel = await startEasel({
    accounts: [
      { email: 'lost@test', baseUrl: url.href, priority: 1 },
      { email: 'good@test', priority: 2 },
    ],
    env: { UPSTREAM_CONNECT_TIMEOUT_MS: '100' },
  });
  try {
    for (let request = 0; request < 4; request += 1) {
      const response = await easel.generate({ prompt: 'x' });
      expect(response.status).toBe(200);
      expect(response.headers.get('x-account-email')).toBe('good@test');
    }
    const failed = easel.log.filter(({ account }) => account === 'lost@test');
    expect(failed.filter(({ reason }) => reason === 'CONNECT_TIMEOUT').length).toBeGreaterThan(2);
    const calls = easel.log.filter(({ msg }) => msg.startsWith('an upstream call failed'));
    expect(calls).toHaveLength(3);
  } finally {
    await easel.close();
    await close();
  }
});
