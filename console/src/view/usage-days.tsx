import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import {
  axis,
  daysOf,
  partNames,
  usageChart,
  type DayBar,
  type UsageChart,
} from '../logic/usage-chart';
import { money, number, wholeMoney } from '../logic/words';
import { byDay, byGroup, grouping, measure, month, showMeasure } from '../state/usage';

const HEIGHT = 256;
const LEFT = 44;
const FOOT = 24;
const TOP = 10;
const PHONE_DAYS = 14;

/** Cost or images by day, in parts; the table under it says the same in figures. */
export function UsageDays() {
  const room = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(600);
  const [shown, setShown] = useState<number | undefined>(undefined);
  useLayoutEffect(() => {
    const { current } = room;
    if (current === null) {
      return;
    }
    const observer = new ResizeObserver(() => {
      setWidth(current.clientWidth);
    });
    observer.observe(current);
    return () => {
      observer.disconnect();
    };
  }, []);
  const days = daysOf(month.value, new Date().toISOString().slice(0, 10));
  const chart = usageChart(
    byDay.value?.data ?? [],
    partNames(byGroup.value?.data ?? [], grouping.value),
    width < 420 ? days.slice(-PHONE_DAYS) : days,
    grouping.value,
    measure.value,
  );
  const bar = shown === undefined ? undefined : chart.bars[shown];
  return (
    <section class="card days-card" aria-label="By day">
      <div class="days-head">
        <h2>By day</h2>
        <div class="segments" role="group" aria-label="What is shown">
          {(['usd', 'images'] as const).map((name) => (
            <button
              key={name}
              type="button"
              aria-pressed={measure.value === name}
              onClick={() => {
                showMeasure(name);
              }}
            >
              {name === 'usd' ? 'Cost' : 'Images'}
            </button>
          ))}
        </div>
      </div>
      <ul class="legend" aria-label="Colours">
        {chart.names.map((name, index) => (
          <li key={name}>
            <span class={`swatch chart-${index + 1}`} aria-hidden="true" />
            {name}
          </li>
        ))}
      </ul>
      <div
        class="days-room"
        ref={room}
        tabIndex={0}
        role="img"
        aria-label={sentence(chart)}
        onKeyDown={({ key }) => {
          const step = { ArrowRight: 1, ArrowLeft: -1 }[key];
          if (step !== undefined) {
            const next = (shown ?? (step > 0 ? -1 : chart.bars.length)) + step;
            setShown(Math.min(chart.bars.length - 1, Math.max(0, next)));
          }
        }}
        onBlur={() => {
          setShown(undefined);
        }}
        onPointerLeave={() => {
          setShown(undefined);
        }}
      >
        <Bars chart={chart} width={width} onShow={setShown} />
        {bar !== undefined && shown !== undefined && (
          <Tip
            bar={bar}
            names={chart.names}
            left={LEFT + ((shown + 0.5) * (width - LEFT)) / chart.bars.length}
            width={width}
          />
        )}
      </div>
    </section>
  );
}

interface BarsProps {
  readonly chart: UsageChart;
  readonly width: number;
  readonly onShow: (index: number) => void;
}

function Bars({ chart, width, onShow }: BarsProps) {
  const { bars } = chart;
  const steps = axis(Math.max(0, ...bars.map(({ total }) => total)), measure.value === 'images');
  const top = steps.at(-1) ?? 1;
  const y = (value: number) => TOP + (HEIGHT - TOP - FOOT) * (1 - value / top);
  const each = (width - LEFT) / Math.max(1, bars.length);
  const thick = Math.max(2, (each * 2) / 3);
  const every = width < 420 ? 3 : Math.max(1, Math.ceil(bars.length / 10));
  return (
    <svg width={width} height={HEIGHT} aria-hidden="true">
      {steps.map((step) => (
        <g key={step}>
          <line class="grid-line" x1={LEFT} x2={width} y1={y(step)} y2={y(step)} />
          <text class="axis" x={LEFT - 8} y={y(step) + 4} text-anchor="end">
            {measure.value === 'usd' ? wholeMoney(step) : number(step)}
          </text>
        </g>
      ))}
      {bars.map(({ day, parts }, index) => {
        const x = LEFT + each * index + (each - thick) / 2;
        let sum = 0;
        return (
          <g key={day}>
            {parts.map((part, place) => {
              const high = y(sum) - y(sum + part);
              sum += part;
              return part > 0 ? (
                <rect
                  key={place}
                  class={`bar-part chart-${place + 1}`}
                  x={x}
                  y={y(sum)}
                  width={thick}
                  height={Math.max(0.5, high - 1)}
                  rx={Math.min(1.5, high / 2)}
                />
              ) : null;
            })}
            {index % every === 0 && (
              <text class="axis" x={x + thick / 2} y={HEIGHT - 6} text-anchor="middle">
                {index === 0 ? firstLabel(day) : Number(day.slice(8))}
              </text>
            )}
            <rect
              class="bar-room"
              x={LEFT + each * index}
              y={TOP}
              width={each}
              height={HEIGHT - TOP - FOOT}
              onPointerEnter={() => {
                onShow(index);
              }}
            />
          </g>
        );
      })}
    </svg>
  );
}

interface TipProps {
  readonly bar: DayBar;
  readonly names: readonly string[];
  readonly left: number;
  readonly width: number;
}

function Tip({ bar, names, left, width }: TipProps) {
  const words = (value: number) => (measure.value === 'usd' ? money(value) : number(value));
  return (
    <div class="tip" style={{ left: `${Math.min(width - 160, Math.max(0, left - 80))}px` }}>
      <p>
        <strong>{longDay(bar.day)}</strong> {words(bar.total)}
      </p>
      {names.map((name, index) => {
        const part = bar.parts[index] ?? 0;
        return part > 0 ? (
          <p key={name}>
            <span class={`swatch chart-${index + 1}`} />
            {name} {words(part)}
          </p>
        ) : null;
      })}
    </div>
  );
}

function sentence({ bars }: UsageChart): string {
  const isCost = measure.value === 'usd';
  const words = (value: number) => (isCost ? money(value) : number(value));
  const total = bars.reduce((sum, bar) => sum + bar.total, 0);
  const most = [...bars].sort((one, other) => other.total - one.total)[0];
  const [first] = bars;
  const last = bars.at(-1);
  if (total === 0 || most === undefined || first === undefined || last === undefined) {
    return 'Nothing was made in this time.';
  }
  return `${isCost ? 'Cost' : 'Images'} by day, ${longDay(first.day)} to ${longDay(last.day)}: ${words(total)}, most on ${longDay(most.day)}, ${words(most.total)}`;
}

function longDay(day: string): string {
  const date = new Date(`${day}T00:00:00Z`);
  return date.toLocaleDateString('en-GB', { day: 'numeric', month: 'long', timeZone: 'UTC' });
}

function firstLabel(day: string): string {
  const date = new Date(`${day}T00:00:00Z`);
  return date.toLocaleDateString('en-GB', { day: 'numeric', month: 'short', timeZone: 'UTC' });
}
