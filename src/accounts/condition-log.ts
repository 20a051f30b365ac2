import type { PinoLogger } from 'nestjs-pino';
import type { ConditionChange, ConditionListener } from './health-keeper';
import { mendingOf } from './mending';

/**
 * Logs each time an account goes out of use, with one line for a whole project. A disabled account
 * needs an operator, so it is a warning that says how to fix it; the others come back by
 * themselves. It is an error if no account is left.
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
          `${model === undefined ? 'account disabled' : 'model disabled on this account'}: ` +
            `${mendingOf(condition.reason)}; a new credential takes it back in, else ` +
            `POST /v1/accounts/${encodeURIComponent(account)}/enable`,
        );
        if (change.isLast) {
          log.error({}, 'all accounts are disabled: every request will fail');
        }
        return;
      case 'cooling':
      case 'exhausted': {
        const until = new Date(condition.until).toISOString();
        log.info(
          { account, ...shared(change), model, state, reason: condition.reason, until },
          model === undefined
            ? `${change.accounts > 1 ? 'project' : 'account'} ${state}`
            : `model ${state} ${change.accounts > 1 ? 'in this project' : 'on this account'}`,
        );
      }
    }
  };
}

function shared({ accounts, project }: ConditionChange): object {
  return accounts > 1 ? { project, accounts } : {};
}
