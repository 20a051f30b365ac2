import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort, startQuietly, stopChild, untilReachable } from '../child';
import { geminiImages, geminiRequest, Unavailable, type Contestant } from '../contestant';
import { promptFor } from '../payload';
import { treeOf } from '../process-meter';

const PROGRAM = ['/usr/sbin/nginx', '/usr/bin/nginx', '/usr/local/bin/nginx'].find(existsSync);

/** nginx relaying bytes with one worker: the cost of a proxy in C. */
export const nginx: Contestant = {
  name: 'nginx',
  title: 'nginx as a proxy',
  start: async (upstreamUrl) => {
    if (PROGRAM === undefined) {
      throw new Unavailable('nginx is not installed');
    }
    const folder = mkdtempSync(join(tmpdir(), 'easel-bench-nginx-'));
    const port = await freePort();
    const file = join(folder, 'nginx.conf');
    writeFileSync(file, configuration(folder, port, new URL(upstreamUrl).host));
    const child = startQuietly(PROGRAM, ['-p', folder, '-c', file, '-g', 'daemon off;']);
    const url = `http://127.0.0.1:${port}`;
    await untilReachable(`${url}/healthz`, child, 10_000);
    return {
      pids: treeOf(child.pid ?? 0),
      ask: (size) => geminiRequest(url, promptFor(size)),
      imagesIn: geminiImages,
      takesN: false,
      healthUrl: `${url}/healthz`,
      stop: async () => {
        await stopChild(child);
        rmSync(folder, { recursive: true });
      },
    };
  },
};

/**
 * Keep-alive connections to upstream, and no buffering on disk, which would be a different
 * comparison.
 */
function configuration(folder: string, port: number, upstream: string): string {
  return `
worker_processes 1;
${process.getuid?.() === 0 ? 'user root;' : ''}
pid ${folder}/pid;
error_log ${folder}/error.log;
events { worker_connections 1024; }
http {
  access_log off;
  client_body_temp_path ${folder}/body;
  proxy_temp_path ${folder}/proxy;
  fastcgi_temp_path ${folder}/fastcgi;
  uwsgi_temp_path ${folder}/uwsgi;
  scgi_temp_path ${folder}/scgi;
  keepalive_requests 1000000;
  upstream gemini { server ${upstream}; keepalive 64; keepalive_requests 1000000; }
  server {
    listen 127.0.0.1:${port};
    location = /healthz { return 200 '{"status":"ok"}'; }
    location / {
      proxy_pass http://gemini;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_max_temp_file_size 0;
    }
  }
}
`;
}
