import {
  lastMonths,
  nameOf,
  inOrder,
  partNames,
  OTHERS,
  type Grouping,
} from '../logic/usage-chart';
import { errorWords } from '../logic/error-words';
import { lastDay, money, number, shortNumber, utcMoment, wholeMoney } from '../logic/words';
import { byGroup, grouping, loadUsage, month, saveCsv, usageFailure } from '../state/usage';
import { config, ownKey } from '../state/session';
import type { Key } from '../api/types';
import { Figures } from './figures';
import { Icon } from './icon';
import { UsageDays } from './usage-days';

const GROUPINGS: readonly [Grouping, string][] = [
  ['consumer', 'By consumer'],
  ['model', 'By model'],
  ['account', 'By account'],
  ['size', 'By size'],
  ['api', 'By API'],
];
const MONTHS = 13;

/** What it cost, and who used what. */
export function Usage() {
  const list = byGroup.value;
  const failure = usageFailure.value;
  return (
    <section id="view-usage" class="page" role="tabpanel" aria-labelledby="tab-usage" tabIndex={-1}>
      <section aria-label="Usage">
        <div class="page-head">
          <h1>Usage</h1>
          <Choices />
        </div>
        {failure !== undefined && (
          <div class={`alert ${errorWords(failure).tone}`} role="alert">
            <Icon name="bad" />
            <div>
              <p class="alert-title">{errorWords(failure).title}</p>
              <p>{errorWords(failure).detail}</p>
              <div class="actions">
                <button type="button" class="button" onClick={() => void loadUsage()}>
                  <Icon name="again" />
                  Try again
                </button>
              </div>
            </div>
          </div>
        )}
        {list !== undefined && (
          <Figures
            figures={[
              { name: 'Cost', value: money(list.total.usd) },
              { name: 'Images', value: number(list.total.images) },
              {
                name: 'Each, on average',
                value: list.total.images === 0 ? '–' : money(list.total.usd / list.total.images),
              },
              { name: 'Failed', value: number(list.total.failed), note: failedShare() },
            ]}
          />
        )}
        <div class="usage-row">
          <UsageDays />
          {ownKey.value !== undefined && <Left ownKey={ownKey.value} />}
        </div>
        <Table />
      </section>
    </section>
  );
}

function failedShare(): string {
  const { images = 0, failed = 0 } = byGroup.value?.total ?? {};
  return images + failed === 0 ? '' : `${((failed / (images + failed)) * 100).toFixed(1)} %`;
}

function Choices() {
  const today = new Date().toISOString().slice(0, 10);
  const offered = GROUPINGS.filter(
    ([name]) => name !== 'account' || config.value?.role !== 'member',
  );
  return (
    <div class="page-choices">
      <div class="select">
        <select
          aria-label="Month"
          value={month.value}
          onChange={({ currentTarget }) => {
            month.value = currentTarget.value;
          }}
        >
          {lastMonths(today, MONTHS).map((name) => (
            <option key={name} value={name}>
              {monthName(name)}
            </option>
          ))}
        </select>
        <Icon name="chevron" />
      </div>
      <div class="select">
        <select
          aria-label="Grouped"
          value={grouping.value}
          onChange={({ currentTarget }) => {
            grouping.value =
              offered.find(([name]) => name === currentTarget.value)?.[0] ?? 'consumer';
          }}
        >
          {offered.map(([name, words]) => (
            <option key={name} value={name}>
              {words}
            </option>
          ))}
        </select>
        <Icon name="chevron" />
      </div>
      <button type="button" class="button" onClick={() => void saveCsv()}>
        <Icon name="save" />
        CSV
      </button>
    </div>
  );
}

function monthName(name: string): string {
  const date = new Date(`${name}-01T00:00:00Z`);
  const length = innerWidth < 720 ? 'short' : 'long';
  return date.toLocaleDateString('en-GB', { month: length, year: 'numeric', timeZone: 'UTC' });
}

function Left({ ownKey: key }: { ownKey: Key }) {
  const { budget, limits, expires_at: expires, max_image_size: largest } = key;
  const day = limits.images_per_day;
  const minute = limits.images_per_minute;
  const concurrent = limits.concurrent_images;
  return (
    <section class="card left-card" aria-label="Left on this key">
      <h2>Left on this key</h2>
      {budget && (
        <LeftBar
          name="Month"
          words={`${money(Math.max(0, budget.limit_usd - budget.spent_usd))} of ${wholeMoney(budget.limit_usd)}`}
          share={1 - budget.spent_usd / budget.limit_usd}
          note={`starts afresh on ${utcMoment(budget.resets_at)}`}
        />
      )}
      {day && (
        <LeftBar
          name="Images today"
          words={`${number(day.remaining)} of ${number(day.limit)}`}
          share={day.remaining / day.limit}
          note="starts afresh at 00:00 UTC"
        />
      )}
      <dl class="left-facts">
        {minute && (
          <LeftFact name="Images a minute" value={`${minute.remaining} of ${minute.limit}`} />
        )}
        {concurrent && (
          <LeftFact name="At once" value={`${concurrent.remaining} of ${concurrent.limit}`} />
        )}
        <LeftFact name="Largest picture" value={largest ?? 'Any'} />
        {expires !== null && <LeftFact name="Key runs until" value={lastDay(expires)} />}
        {!budget && !day && !minute && <LeftFact name="Limits" value="None" />}
      </dl>
    </section>
  );
}

interface LeftBarProps {
  readonly name: string;
  readonly words: string;
  readonly share: number;
  readonly note: string;
}

function LeftBar({ name, words, share, note }: LeftBarProps) {
  const filled = Math.max(0, Math.min(1, share));
  return (
    <div class="left-bar">
      <p>
        <span>{name}</span> <strong>{words}</strong>
      </p>
      <div
        class="track"
        role="meter"
        aria-label={name}
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={Math.round(filled * 100)}
        aria-valuetext={words}
      >
        <div style={{ width: `${filled * 100}%` }} />
      </div>
      <p class="caption">{note}</p>
    </div>
  );
}

function LeftFact({ name, value }: { name: string; value: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  );
}

function Table() {
  const items = inOrder(byGroup.value?.data ?? []);
  const names = partNames(items, grouping.value);
  const total = byGroup.value?.total.usd ?? 0;
  const measureOf = (item: { usd: number; images: number }) => (total > 0 ? item.usd : item.images);
  const largest = Math.max(0, ...items.map(measureOf));
  const all = items.reduce((sum, item) => sum + measureOf(item), 0);
  const head = GROUPINGS.find(([name]) => name === grouping.value)?.[1].replace('By ', '') ?? '';
  return (
    <div class="card table-card" tabIndex={0} role="group" aria-label="Usage table">
      <table class="usage-table">
        <thead>
          <tr>
            <th scope="col">{head.charAt(0).toUpperCase() + head.slice(1)}</th>
            {['Images', 'Failed', 'Requests', 'Tokens', 'Cost', 'Share'].map((name) => (
              <th key={name} scope="col" class={`count-cell ${name.toLowerCase()}-head`}>
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {items.length === 0 && (
            <tr>
              <td colSpan={7}>Nothing was made in this time.</td>
            </tr>
          )}
          {items.map((item) => {
            const name = nameOf(item, grouping.value);
            const found = names.indexOf(name);
            const colour = found < 0 ? names.indexOf(OTHERS) : found;
            return (
              <tr key={name}>
                <th scope="row">
                  <span class={`swatch chart-${colour + 1}`} aria-hidden="true" />
                  {name}
                </th>
                <td class="count-cell">{number(item.images)}</td>
                <td class="count-cell">{number(item.failed)}</td>
                <td class="count-cell requests-cell">{number(item.requests)}</td>
                <td class="count-cell tokens-cell">
                  {shortNumber(item.input_tokens + item.output_tokens)}
                </td>
                <td class="count-cell">
                  <strong>{money(item.usd)}</strong>
                </td>
                <td class="share-cell">
                  <span class="track" aria-hidden="true">
                    <span
                      class={`chart-${colour + 1}`}
                      style={{ width: `${largest === 0 ? 0 : (measureOf(item) / largest) * 100}%` }}
                    />
                  </span>
                  <span class="share">
                    {all === 0 ? '–' : `${((measureOf(item) / all) * 100).toFixed(1)} %`}
                  </span>
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}
