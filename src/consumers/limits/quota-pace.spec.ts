import { batchDelay, retryDelay } from './quota-pace';

describe('batchDelay', () => {
  it.each`
    reservations | looks | atWork | elapsedMs | ms    | why
    ${1}         | ${0}  | ${0}   | ${0}      | ${0}  | ${'a request by itself'}
    ${1}         | ${0}  | ${0}   | ${900}    | ${0}  | ${'a request by itself, later'}
    ${1}         | ${0}  | ${1}   | ${0}      | ${5}  | ${'a request beside others'}
    ${3}         | ${0}  | ${9}   | ${2}      | ${3}  | ${'requests beside others, a while after the last batch'}
    ${3}         | ${0}  | ${9}   | ${5}      | ${0}  | ${'requests beside others, when it is time'}
    ${3}         | ${0}  | ${9}   | ${900}    | ${0}  | ${'requests beside others, long after'}
    ${0}         | ${1}  | ${9}   | ${0}      | ${0}  | ${'a look'}
    ${3}         | ${1}  | ${9}   | ${0}      | ${0}  | ${'a look takes requests along'}
    ${0}         | ${0}  | ${9}   | ${900}    | ${50} | ${'what was used, alone'}
    ${0}         | ${0}  | ${0}   | ${0}      | ${50} | ${'what was used, when nothing goes on'}
  `('$why waits $ms ms', ({ reservations, looks, atWork, elapsedMs, ms }: Row) => {
    expect(batchDelay({ reservations, looks, atWork, elapsedMs })).toBe(ms);
  });
});

describe('retryDelay', () => {
  it.each([
    [1, 250],
    [2, 500],
    [5, 4000],
    [6, 5000],
    [2000, 5000],
  ])('after %s failures is %s ms', (failures, ms) => {
    expect(retryDelay(failures)).toBe(ms);
  });
});

interface Row {
  readonly reservations: number;
  readonly looks: number;
  readonly atWork: number;
  readonly elapsedMs: number;
  readonly ms: number;
}
