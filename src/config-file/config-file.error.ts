/** Everything wrong with what the operator has configured in a file, each fault with its place; never a secret. */
export class ConfigFileError extends Error {
  override readonly name = 'ConfigFileError';

  /** @param subject what the file holds: `accounts` */
  constructor(
    subject: string,
    readonly faults: readonly string[],
  ) {
    super(`The ${subject} have ${faults.length} fault(s):\n- ${faults.join('\n- ')}`);
  }
}
