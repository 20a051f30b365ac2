import { getMetadataStorage } from 'class-validator';
import { Env } from '../src/config/env';

const VARIABLES = new Set(
  getMetadataStorage()
    .getTargetValidationMetadatas(Env, '', false, false)
    .map(({ propertyName }) => propertyName),
);

/** Whether Easel reads this variable, or `NAME_FILE` for it. */
export function isEaselVariable(name: string): boolean {
  return VARIABLES.has(name) || VARIABLES.has(name.replace(/_FILE$/, ''));
}
