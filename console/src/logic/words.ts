/** `$0.134` for one picture, `$12.50` for what is larger, without zeros that say nothing. */
export function money(usd: number): string {
  if (usd === 0) {
    return '$0.00';
  }
  if (usd >= 1) {
    return `$${usd.toLocaleString('en-US', { minimumFractionDigits: 2, maximumFractionDigits: 2 })}`;
  }
  const digits = usd >= 0.01 ? 4 : 6;
  return `$${usd.toFixed(digits).replace(/(\.\d\d\d*?)0+$/, '$1')}`;
}

/** A limit as somebody has set it: `$200`, or `$12.50`. */
export function wholeMoney(usd: number): string {
  return Number.isInteger(usd) ? `$${usd.toLocaleString('en-US')}` : money(usd);
}

/** What is not known to the cent yet: `≈ $0.54`. */
export function aboutMoney(usd: number): string {
  return usd === 0 ? money(0) : `≈ $${usd.toFixed(2)}`;
}

/** For a tile: three digits where they count. */
export function tilePrice(usd: number): string {
  return `$${usd.toFixed(3).replace(/0$/, '')}`;
}

export function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}

/** `0:38` or `1:02:10`, for what counts down. */
export function countdown(ms: number): string {
  const all = Math.max(0, Math.ceil(ms / 1000));
  const parts = [Math.floor(all / 3600), Math.floor(all / 60) % 60, all % 60];
  const [hours = 0, minutes = 0, rest = 0] = parts;
  const two = (value: number) => String(value).padStart(2, '0');
  return hours > 0 ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`;
}

export function bytes(count: number): string {
  return count < 1_000_000
    ? `${Math.round(count / 1000)} kB`
    : `${(count / 1_000_000).toFixed(1)} MB`;
}

export function number(value: number): string {
  return value.toLocaleString();
}

export function shortNumber(value: number): string {
  return value < 100_000 ? number(value) : `${(value / 1_000_000).toFixed(1)} M`;
}

export function clock(at: number): string {
  return new Date(at).toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' });
}

export function counted(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}

const NUMBERS = ['none', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine'];

/** As it is written within a sentence. */
export function numberWord(count: number): string {
  return NUMBERS[count] ?? String(count);
}

/** The heading under which a picture of the past stands. */
export function dayHeading(at: number, now: number): string {
  const day = (time: number) => new Date(time).toDateString();
  if (day(at) === day(now)) {
    return 'Earlier today';
  }
  if (day(at) === day(now - 24 * 3600 * 1000)) {
    return 'Yesterday';
  }
  const date = new Date(at);
  const month = date.toLocaleDateString('en-GB', { month: 'long' });
  const year = date.getFullYear() === new Date(now).getFullYear() ? '' : ` ${date.getFullYear()}`;
  return `${date.getDate()} ${month}${year}`;
}

/** `1 December, 00:00 UTC`: limits start afresh by UTC. */
export function utcMoment(iso: string): string {
  const date = new Date(iso);
  const month = date.toLocaleDateString('en-GB', { month: 'long', timeZone: 'UTC' });
  return `${date.getUTCDate()} ${month}, ${iso.slice(11, 16)} UTC`;
}

/** `31 March 2027`, with its year, for a day that may be far away. */
export function longDay(at: number): string {
  const format = { day: 'numeric', month: 'long', year: 'numeric', timeZone: 'UTC' } as const;
  return new Date(at).toLocaleDateString('en-GB', format);
}

/** The last day on which a key works, for the moment from which on it is refused. */
export function lastDay(iso: string): string {
  return longDay(Date.parse(iso) - 1);
}

/** A name for a file on disk: the prompt's first words, and the time. */
export function fileName(prompt: string, at: number, format: string): string {
  const words = prompt
    .normalize('NFC')
    .replace(/[^\p{L}\p{N}]+/gu, '-')
    .replace(/^-|-$/g, '')
    .slice(0, 48);
  const time = new Date(at).toISOString().slice(0, 19).replace(/[:T]/g, '-');
  return `${words || 'image'}-${time}.${format === 'jpeg' ? 'jpg' : format}`;
}
