import { batchDelay, retryDelay, type QuotaPending } from './quota-pace';

describe('batchDelay', () => {
  it.each`
    reservations | looks | hasHolds | isFull   | atWork | elapsedMs | ms     | why
    ${1}         | ${0}  | ${false} | ${false} | ${0}   | ${0}      | ${0}   | ${'a request by itself'}
    ${1}         | ${0}  | ${false} | ${false} | ${0}   | ${900}    | ${0}   | ${'a request by itself, later'}
    ${1}         | ${0}  | ${false} | ${false} | ${1}   | ${0}      | ${5}   | ${'a request beside others'}
    ${3}         | ${0}  | ${false} | ${false} | ${9}   | ${2}      | ${3}   | ${'requests beside others, a while after the last batch'}
    ${3}         | ${0}  | ${false} | ${false} | ${9}   | ${5}      | ${0}   | ${'requests beside others, when it is time'}
    ${3}         | ${0}  | ${false} | ${false} | ${9}   | ${900}    | ${0}   | ${'requests beside others, long after'}
    ${0}         | ${1}  | ${false} | ${false} | ${9}   | ${0}      | ${0}   | ${'a look'}
    ${3}         | ${1}  | ${false} | ${false} | ${9}   | ${0}      | ${0}   | ${'a look takes requests along'}
    ${0}         | ${0}  | ${false} | ${false} | ${9}   | ${900}    | ${50}  | ${'what was used, alone'}
    ${0}         | ${0}  | ${false} | ${false} | ${0}   | ${0}      | ${50}  | ${'what was used, when nothing goes on'}
    ${0}         | ${0}  | ${true}  | ${false} | ${9}   | ${0}      | ${250} | ${'a reservation that was granted here, right after a batch'}
    ${0}         | ${0}  | ${true}  | ${false} | ${9}   | ${15}     | ${235} | ${'a reservation that was granted here, a while after it'}
    ${0}         | ${0}  | ${true}  | ${false} | ${1}   | ${900}    | ${0}   | ${'a reservation that was granted here, long after it'}
    ${2}         | ${0}  | ${true}  | ${false} | ${9}   | ${2}      | ${3}   | ${'a request beside reservations that were granted here'}
    ${0}         | ${0}  | ${true}  | ${true}  | ${9}   | ${0}      | ${5}   | ${'a full batch right after one'}
    ${0}         | ${0}  | ${true}  | ${true}  | ${9}   | ${9}      | ${0}   | ${'a full batch when it is time'}
  `('$why waits $ms ms', ({ ms, ...pending }: Row) => {
    expect(batchDelay(pending)).toBe(ms);
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

interface Row extends QuotaPending {
  readonly ms: number;
}
