import type { PinoLogger } from 'nestjs-pino';
import type { ConditionChange, ConditionListener } from './health-keeper';

/**
 * Logs each time an account goes out of use, with one line for a whole project. A disabled account
 * needs an operator, hence an error; the others come back by themselves.
 */
export function conditionLog(log: PinoLogger): ConditionListener {
  return (change) => {
    const { email: account, model, condition } = change;
    const { state } = condition;
    switch (condition.state) {
      case 'ready':
        return;
      case 'disabled':
        log.error(
          { account, model, state, reason: condition.reason },
          model === undefined
            ? 'the account is disabled until its cause is mended'
            : 'the account may not use this model until that is mended',
        );
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
