import type { PinoLogger } from 'nestjs-pino';
import type { ConditionListener } from '../accounts/account-pool.service';

/**
 * Logs every change of an account's condition for the worse. A disabled account stays so until
 * somebody looks after it, hence an error; the others come back by themselves.
 */
export function conditionLog(log: PinoLogger): ConditionListener {
  return (account, model, condition) => {
    const { state } = condition;
    switch (condition.state) {
      case 'ready':
        return;
      case 'disabled':
        log.error(
          { account, model, state, reason: condition.reason },
          'the account is disabled until its cause is mended',
        );
        return;
      case 'cooling':
      case 'exhausted': {
        const until = new Date(condition.until).toISOString();
        log.info(
          { account, model, state, reason: condition.reason, until },
          `the account is ${state}`,
        );
      }
    }
  };
}
