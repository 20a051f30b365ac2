import type { PinoLogger } from 'nestjs-pino';
import type { ConditionChange, ConditionListener } from './health-keeper';
import { mendingOf } from './mending';

/**
 * Logs every change of an account's condition for the worse, in one line where it is that of a whole
 * project. A disabled account stays so until somebody looks after it, hence a warning with what mends it; the others
 * come back by themselves. When none is left that could, that is an error.
 */
export function conditionLog(log: PinoLogger): ConditionListener {
  return (change) => {
    const { email: account, model, condition } = change;
    const { state } = condition;
    switch (condition.state) {
      case 'ready':
        return;
      case 'disabled':
        log.warn(
          { account, model, state, reason: condition.reason },
          `${
            model === undefined
              ? 'the account is disabled until its cause is mended'
              : 'the account may not use this model until that is mended'
          }: ${mendingOf(condition.reason)}; a new credential takes it back in, else ` +
            `POST /v1/accounts/${encodeURIComponent(account)}/enable`,
        );
        if (change.isLast) {
          log.error({}, 'no account is left: all are disabled, and every request is refused');
        }
        return;
      case 'cooling':
      case 'exhausted': {
        const until = new Date(condition.until).toISOString();
        log.info(
          { account, ...shared(change), model, state, reason: condition.reason, until },
          model === undefined
            ? `the ${change.accounts > 1 ? 'project' : 'account'} is ${state}`
            : `this model is out of use ${change.accounts > 1 ? 'in this project' : 'on this account'} for a while`,
        );
      }
    }
  };
}

function shared({ accounts, project }: ConditionChange): object {
  return accounts > 1 ? { project, accounts } : {};
}
