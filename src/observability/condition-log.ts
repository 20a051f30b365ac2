import type { PinoLogger } from 'nestjs-pino';
import type { ConditionListener } from '../accounts/account-pool.service';

/**
 * Logs every change of an account's condition. A disabled account stays so until somebody looks
 * after it, hence an error; the others come back by themselves.
 */
export function conditionLog(log: PinoLogger): ConditionListener {
  return (account, model, condition) => {
    if (condition.state === 'ready') {
      log.info({ account, model }, 'the account is ready again');
      return;
    }
    const { state, reason } = condition;
    const until = 'until' in condition ? new Date(condition.until).toISOString() : undefined;
    const fields = { account, model, state, reason, until };
    if (state === 'disabled') {
      log.error(fields, 'the account is disabled until its cause is mended');
    } else {
      log.info(fields, `the account is ${state}`);
    }
  };
}
