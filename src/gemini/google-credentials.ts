import { createPrivateKey } from 'node:crypto';
import { isLoopback } from '../config/network-address';
import { parseJson } from '../json/unknown-json';

/** A service account's key. */
export interface ServiceAccountCredentials {
  readonly type: 'service_account';
  readonly clientEmail: string;
  /** In PEM form. */
  readonly privateKey: string;
  /** Absent for Google's own token endpoint. */
  readonly tokenUri?: string;
  /** The project that is billed for calls, if it is not the one that is called. */
  readonly quotaProject?: string;
}

/** A user's consent, as gcloud stores it. */
export interface AuthorizedUserCredentials {
  readonly type: 'authorized_user';
  readonly clientId: string;
  readonly clientSecret: string;
  readonly refreshToken: string;
  readonly tokenUri?: string;
  readonly quotaProject?: string;
}

/** The credentials for Google's token endpoint, from a file or from the environment. */
export type GoogleCredentials =
  | ServiceAccountCredentials
  | AuthorizedUserCredentials
  /** Application default credentials: those of the environment, gcloud or the metadata server. */
  | { readonly type: 'application_default' };

export type CredentialsReading =
  | {
      readonly ok: true;
      readonly credentials: ServiceAccountCredentials | AuthorizedUserCredentials;
      /** The project that a service account belongs to. */
      readonly projectId: string | undefined;
    }
  /** Each fault is the end of a sentence that begins with the file, and never contains a value. */
  | { readonly ok: false; readonly faults: readonly string[] };

/** Parses a credentials file as Google issues it: the JSON of a service account or a user. */
export function parseGoogleCredentials(text: string): CredentialsReading {
  const json = parseJson(text);
  return json === undefined ? { ok: false, faults: ['is not JSON'] } : readGoogleCredentials(json);
}

/** Like {@link parseGoogleCredentials}, for a parsed file. */
export function readGoogleCredentials(json: unknown): CredentialsReading {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    return { ok: false, faults: ['must hold a JSON object'] };
  }
  const file = new CredentialsFile(json as Readonly<Record<string, unknown>>);
  const type = file.optional('type');
  switch (type) {
    case 'service_account':
      return file.reading({
        type,
        clientEmail: file.required('client_email'),
        privateKey: file.privateKey(),
        ...file.shared(),
      });
    case 'authorized_user':
      return file.reading({
        type,
        clientId: file.required('client_id'),
        clientSecret: file.required('client_secret'),
        refreshToken: file.required('refresh_token'),
        ...file.shared(),
      });
    default:
      return { ok: false, faults: [typeFault(type)] };
  }
}

/**
 * Whether a credential may be sent to a token endpoint: over TLS, or without leaving this machine.
 */
export function isTrustworthyTokenUri(uri: string): boolean {
  if (!URL.canParse(uri)) {
    return false;
  }
  const { protocol, hostname } = new URL(uri);
  return protocol === 'https:' || (protocol === 'http:' && isLoopback(hostname));
}

function typeFault(type: string | undefined): string {
  // Google's types have this form; anything else may be a secret in the wrong place.
  const named = type !== undefined && /^[a-z_]{1,40}$/.test(type) ? `is of type ${type}, but ` : '';
  return `${named}must be of type service_account or authorized_user`;
}

/** Reads the members of a credentials file and collects its faults. */
class CredentialsFile {
  private readonly faults: string[] = [];

  constructor(private readonly json: Readonly<Record<string, unknown>>) {}

  optional(name: string): string | undefined {
    const value = this.json[name];
    return typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined;
  }

  required(name: string): string {
    const value = this.optional(name);
    if (value === undefined) {
      this.faults.push(`has no ${name}`);
    }
    return value ?? '';
  }

  privateKey(): string {
    const key = this.required('private_key');
    if (key !== '' && !isRsaKey(key)) {
      this.faults.push('has a private_key that is not an RSA key in PEM form');
    }
    return key;
  }

  shared(): { tokenUri?: string; quotaProject?: string } {
    const tokenUri = this.optional('token_uri');
    const quotaProject = this.optional('quota_project_id');
    if (tokenUri !== undefined && !isTrustworthyTokenUri(tokenUri)) {
      this.faults.push('has a token_uri that is neither https nor http on this machine');
    }
    return {
      ...(tokenUri === undefined ? {} : { tokenUri }),
      ...(quotaProject === undefined ? {} : { quotaProject }),
    };
  }

  reading(credentials: ServiceAccountCredentials | AuthorizedUserCredentials): CredentialsReading {
    return this.faults.length > 0
      ? { ok: false, faults: this.faults }
      : { ok: true, credentials, projectId: this.optional('project_id') };
  }
}

function isRsaKey(pem: string): boolean {
  try {
    return createPrivateKey(pem).asymmetricKeyType === 'rsa';
  } catch {
    return false;
  }
}
