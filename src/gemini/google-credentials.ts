/** Whom Google's token endpoint takes Easel for, read from a credentials file or left to the machine. */
export type GoogleCredentials =
  | {
      readonly type: 'service_account';
      readonly clientEmail: string;
      /** PEM. */
      readonly privateKey: string;
      readonly privateKeyId?: string;
      /** Google's own token endpoint where absent. */
      readonly tokenUri?: string;
    }
  | {
      readonly type: 'authorized_user';
      readonly clientId: string;
      readonly clientSecret: string;
      readonly refreshToken: string;
      /** The project that a person's calls are counted for. */
      readonly quotaProject?: string;
      readonly tokenUri?: string;
    }
  /** Application default credentials: what the environment, gcloud or the metadata server offers. */
  | { readonly type: 'application_default' };
