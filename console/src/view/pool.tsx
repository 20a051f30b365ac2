import { useEffect } from 'preact/hooks';
import type { Account } from '../api/types';
import { accountWords, isReady, providerName } from '../logic/account-words';
import { errorWords } from '../logic/error-words';
import { money, number } from '../logic/words';
import {
  accounts,
  accountsFailure,
  seenAt,
  setEnabled,
  today,
  watchAccounts,
} from '../state/accounts';
import { now } from '../state/now';
import { config } from '../state/session';
import { Figures } from './figures';
import { Icon } from './icon';

const STALE_MS = 10_000;

/** The accounts, live; not for members. */
export function Pool() {
  useEffect(watchAccounts, []);
  const list = accounts.value;
  const failure = accountsFailure.value;
  return (
    <section id="view-pool" class="page" role="tabpanel" aria-labelledby="tab-pool" tabIndex={-1}>
      <section aria-label="Account pool">
        <div class="page-head">
          <h1>Account pool</h1>
          <Live />
        </div>
        {failure !== undefined && list === undefined && (
          <div class={`alert ${errorWords(failure).tone}`} role="alert">
            <Icon name="bad" />
            <div>
              <p class="alert-title">{errorWords(failure).title}</p>
              <p>{errorWords(failure).detail}</p>
            </div>
          </div>
        )}
        {list !== undefined && <Overview list={list} />}
        {list !== undefined && <Table list={list} />}
      </section>
    </section>
  );
}

function Live() {
  if (seenAt.value === 0) {
    return null;
  }
  const isStale = now.value - seenAt.value > STALE_MS;
  return (
    <span class={isStale ? 'live stale' : 'live'}>
      {isStale ? `Last seen ${new Date(seenAt.value).toLocaleTimeString()}` : 'Live'}
    </span>
  );
}

function Overview({ list }: { list: readonly Account[] }) {
  const ready = list.filter(isReady);
  const disabled = list.filter(({ state }) => state === 'disabled').length;
  const atWork = list.reduce((sum, account) => sum + account.in_flight, 0);
  const places = ready.reduce((sum, account) => sum + account.max_concurrency, 0);
  const used = [...(today.value?.values() ?? [])];
  const images = used.reduce((sum, item) => sum + item.images, 0);
  const failed = used.reduce((sum, item) => sum + item.failed, 0);
  const cost = used.reduce((sum, item) => sum + item.usd, 0);
  return (
    <Figures
      figures={[
        {
          name: 'Ready',
          value: number(ready.length),
          note: (
            <>
              of {list.length}
              {disabled > 0 && (
                <>
                  {' · '}
                  <span class="bad">
                    {disabled} {disabled === 1 ? 'needs' : 'need'} you
                  </span>
                </>
              )}
            </>
          ),
        },
        { name: 'At work', value: number(atWork), note: `of ${places} ready places` },
        ...(hasLedger()
          ? [
              {
                name: 'Images today',
                value: ifKnown(number(images)),
                note: `${ifKnown(number(failed))} failed`,
              },
              { name: 'Cost today', value: ifKnown(money(cost)) },
            ]
          : []),
      ]}
    />
  );
}

/** Without one, nobody counts what an account has made and cost. */
function hasLedger(): boolean {
  return config.value?.ledger === true;
}

/** Until the ledger has answered, no figure is better than a wrong one. */
function ifKnown(figure: string): string {
  return today.value === undefined ? '–' : figure;
}

function Table({ list }: { list: readonly Account[] }) {
  return (
    <div class="card table-card">
      <table class="pool-table">
        <thead>
          <tr>
            <th scope="col">Account</th>
            <th scope="col">State</th>
            <th scope="col">In flight</th>
            {hasLedger() &&
              ['Images today', 'Failed', 'Cost today'].map((name) => (
                <th key={name} scope="col" class="count-cell">
                  {name}
                </th>
              ))}
            <th scope="col">
              <span class="hidden">What to do</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {list.map((account) => (
            <Row key={account.email} account={account} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Row({ account }: { account: Account }) {
  const { email, provider, state, in_flight: inFlight, max_concurrency: places } = account;
  const words = accountWords(account, now.value);
  const id = `account-${email.replace(/[^a-z0-9]/gi, '-')}`;
  return (
    <tr>
      <th scope="row" class="account-cell">
        <span id={id}>{email}</span>
        <span class="caption">{providerName(provider)}</span>
      </th>
      <td class="state-cell">
        <span class={`state state-${words.icon}`}>
          {words.icon === 'ok' ? (
            <span class="disc" aria-hidden="true" />
          ) : (
            <Icon name={words.icon} />
          )}
          <span>
            <strong>{words.state}</strong>
            {words.reason !== '' && <span class="caption">{words.reason}</span>}
          </span>
        </span>
      </td>
      <td class="places-cell">
        <span class="places" aria-hidden="true">
          {Array.from({ length: Math.min(places, 12) }, (_, index) => (
            <span key={index} class={index < inFlight ? 'place taken' : 'place'} />
          ))}
        </span>
        {inFlight} of {places}
      </td>
      {hasLedger() && <Counts email={email} />}
      <td class="do-cell">
        {config.value?.role === 'operator' && (
          <>
            {state !== 'disabled' && (
              <button
                type="button"
                class="button quiet disable"
                aria-describedby={id}
                onClick={() => void setEnabled(email, false)}
              >
                Disable
              </button>
            )}
            {!isReady(account) && (
              <button
                type="button"
                class="button enable"
                aria-describedby={id}
                onClick={() => void setEnabled(email, true)}
              >
                Enable
              </button>
            )}
          </>
        )}
      </td>
    </tr>
  );
}

/** An account that was not used today is not in the ledger's answer. */
function Counts({ email }: { email: string }) {
  const { images = 0, failed = 0, usd = 0 } = today.value?.get(email) ?? {};
  return (
    <>
      <td class="count-cell" data-word={images === 1 ? 'image' : 'images'}>
        {ifKnown(number(images))}
      </td>
      <td class="count-cell failed-cell">{ifKnown(number(failed))}</td>
      <td class="count-cell">{ifKnown(money(usd))}</td>
    </>
  );
}
