import type { PinoLogger } from 'nestjs-pino';
import { BY_OPERATOR } from './account-health';
import type { ConditionChange, ConditionListener } from './health-keeper';
import { mendingOf } from './mending';

/**
 * Logs each time an account goes out of use, with one line for a whole project, and what operators take out and in. A
 * disabled account needs an operator, hence a warning that says what mends it; the others come back by themselves. An
 * error says when no account is left.
 */
export function conditionLog(log: PinoLogger): ConditionListener {
  return (change) => {
    const { email: account, model, condition } = change;
    const { state } = condition;
    switch (condition.state) {
      case 'ready':
        log.info({ account, state }, 'account enabled by an operator');
        return;
      case 'disabled':
        log.warn(
          { account, model, state, reason: condition.reason },
          disabledLine(change, condition.reason),
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

function disabledLine({ email, model }: ConditionChange, reason: string): string {
  const enable = `POST /v1/accounts/${encodeURIComponent(email)}/enable`;
  if (reason === BY_OPERATOR) {
    return `account ${reason}; ${enable} takes it back in`;
  }
  const what = model === undefined ? 'account disabled' : 'model disabled on this account';
  return `${what}: ${mendingOf(reason)}; a new credential takes it back in, else ${enable}`;
}

function shared({ accounts, project }: ConditionChange): object {
  return accounts > 1 ? { project, accounts } : {};
}
