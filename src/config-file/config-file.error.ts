/** All faults in a configuration file, each with its position and without secrets. */
export class ConfigFileError extends Error {
  override readonly name = 'ConfigFileError';

  /** @param subject what the file contains: `accounts` */
  constructor(
    subject: string,
    readonly faults: readonly string[],
  ) {
    super(`The ${subject} have ${faults.length} fault(s):\n- ${faults.join('\n- ')}`);
  }
}
