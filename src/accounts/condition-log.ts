import type { PinoLogger } from 'nestjs-pino';
import { BY_OPERATOR } from './account-health';
import type { ConditionChange, ConditionListener } from './health-keeper';
import { remedyOf } from './remedies';

/**
 * Logs each time an account goes out of use, with one line for a whole project, and each time an
 * operator disables or enables one. A condition that lasts for hours or for good is a warning that
 * says how to fix it; one that ends by itself soon is not. It is an error if it was the last usable
 * account, of all or for one model.
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
        break;
      case 'cooling':
      case 'exhausted': {
        const { reason } = condition;
        const until = new Date(condition.until).toISOString();
        const fields = { account, ...shared(change), model, state, reason, until };
        if (condition.state === 'cooling') {
          log.info(fields, subjectOf(change, 'cooling'));
        } else {
          log.warn(
            fields,
            `${subjectOf(change, 'exhausted')} until ${until}: raise its quota, or add an account of another project`,
          );
        }
      }
    }
    if (change.isLast) {
      log.error({}, 'all accounts are disabled: every request will fail');
    } else if (change.isLastUsable) {
      const { model } = change;
      log.error({ model }, nothingUsable(model));
    }
  };
}

function nothingUsable(model: string | undefined): string {
  const what = model === undefined ? 'no account is usable' : 'no account is usable for this model';
  return `${what}: each is disabled or out of quota, and requests fail until one comes back`;
}

function subjectOf({ model, accounts }: ConditionChange, state: string): string {
  if (model === undefined) {
    return `${accounts > 1 ? 'project' : 'account'} ${state}`;
  }
  return `model ${state} ${accounts > 1 ? 'in this project' : 'on this account'}`;
}

function disabledLine({ email, model }: ConditionChange, reason: string): string {
  const enable = `POST /v1/accounts/${encodeURIComponent(email)}/enable`;
  if (reason === BY_OPERATOR) {
    return `account ${reason}; ${enable} enables it again`;
  }
  const what = model === undefined ? 'account disabled' : 'model disabled on this account';
  return `${what}: ${remedyOf(reason)}; a new credential enables it again, otherwise ${enable}`;
}

function shared({ accounts, project }: ConditionChange): object {
  return accounts > 1 ? { project, accounts } : {};
}
