/**
 * How to fix an account, by a pattern in the reason why it is out of use; the first match counts.
 */
const REMEDIES: readonly (readonly [RegExp, string])[] = [
  [/API_KEY_SERVICE_BLOCKED/, "allow the Generative Language API in the key's restrictions"],
  [/API_KEY/, 'API key rejected, fix the key'],
  [/SERVICE_DISABLED/, 'turn on the API for its Google Cloud project'],
  [/BILLING/, 'turn on billing for its Google Cloud project'],
  [/CONSUMER_|PUP_LIMITED/, 'ask Google why its project is suspended, or use another'],
  [
    /FAILED_PRECONDITION/,
    'check that Google serves the region that Easel runs in, and that its project has billing',
  ],
  [
    /no default credentials/,
    'give it a credentialsFile, or set up application default credentials on this machine',
  ],
  [/not enabled/, 'set enabled: true in the accounts file'],
  [/by an operator/, 'POST /v1/accounts/{email}/enable enables it again'],
  [/^token:/, 'give it another credential, or grant this one the missing permissions'],
  [/^40[13]\b/, 'check that its key and its project may use the Gemini API'],
];

/** What an operator can do about a disabled account, as a part of a sentence. */
export function remedyOf(reason: string): string {
  return REMEDIES.find(([words]) => words.test(reason))?.[1] ?? 'fix what the reason says';
}
