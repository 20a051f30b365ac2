import type { S3Client } from '@aws-sdk/client-s3';
import type { AppConfig } from '../config/app-config';
import { proxyFor } from '../wire/proxy-rules';
import { S3ImageStore } from './s3-image-store';

type S3Settings = Extract<AppConfig['hosting']['store'], { readonly kind: 's3' }>;

const CONNECT_TIMEOUT_MS = 5_000;
/** How long the server may be silent. */
const SOCKET_TIMEOUT_MS = 10_000;

const ignore = (): void => undefined;
const SILENT = { trace: ignore, debug: ignore, info: ignore, warn: ignore, error: ignore };

/**
 * A store in S3, with credentials from the SDK's own chain: variables, shared files, roles of
 * machines and pods. It uses the proxy if one applies.
 */
export async function openS3(
  { bucket, prefix, region, endpoint, forcePathStyle }: S3Settings,
  proxies: AppConfig['upstream']['proxies'],
): Promise<S3ImageStore> {
  const sdk = await import('@aws-sdk/client-s3');
  const { NodeHttpHandler } = await import('@smithy/node-http-handler');
  const client: S3Client = new sdk.S3Client({
    ...(region === undefined ? {} : { region }),
    ...(endpoint === undefined ? {} : { endpoint: endpoint.href }),
    forcePathStyle,
    // Other stores than Amazon's reject the checksums that the SDK would add.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    // Relevant problems are errors, and logged as such; the SDK's own lines would only clutter the
    // log.
    logger: SILENT,
    requestHandler: new NodeHttpHandler({
      connectionTimeout: CONNECT_TIMEOUT_MS,
      socketTimeout: SOCKET_TIMEOUT_MS,
      ...(await proxyAgents(endpoint ?? amazonsHost(bucket, region), proxies)),
    }),
  });
  return new S3ImageStore(sdk, client, { name: bucket, prefix });
}

/** Agents for the proxy; none for a direct connection. */
async function proxyAgents(
  endpoint: URL,
  proxies: AppConfig['upstream']['proxies'],
): Promise<object> {
  const proxy = proxyFor(endpoint, proxies);
  if (proxy === undefined) {
    return {};
  }
  const { HttpsProxyAgent } = await import('https-proxy-agent');
  const agent = new HttpsProxyAgent(proxy, { keepAlive: true });
  return { httpsAgent: agent, httpAgent: agent };
}

/**
 * The host of Amazon's bucket, for `NO_PROXY`. Without a configured region the SDK determines one,
 * and the host has no part for it.
 */
function amazonsHost(bucket: string, region: string | undefined): URL {
  const place = region === undefined ? '' : `.${region}`;
  return new URL(`https://${bucket}.s3${place}.amazonaws.com`);
}
