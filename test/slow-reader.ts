import { request, type IncomingMessage } from 'node:http';

/** A client that reads its response in small sips: `status` comes with the headers, `body` at the end. */
export function slowReader(
  url: string,
  body: object,
): { readonly status: Promise<number>; readonly body: Promise<string> } {
  const responded = new Promise<IncomingMessage>((resolve, reject) => {
    const call = request(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
    });
    call.on('response', (response) => {
      response.pause();
      resolve(response);
    });
    call.on('error', reject);
    call.end(JSON.stringify(body));
  });
  return {
    status: responded.then((response) => response.statusCode ?? 0),
    body: responded.then(sip),
  };
}

async function sip(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of response) {
    chunks.push(chunk as Buffer);
    await new Promise((done) => setTimeout(done, 5));
  }
  return Buffer.concat(chunks).toString('utf8');
}
