import { dayEnd, monthEnd, quotaPeriods } from './quota-period';

describe('the day and the month of a time', () => {
  it.each([
    ['2026-11-28T09:30:00.000Z', '2026-11-28', '2026-11', '2026-11-29', '2026-12-01'],
    ['2026-11-30T23:59:59.999Z', '2026-11-30', '2026-11', '2026-12-01', '2026-12-01'],
    ['2026-12-01T00:00:00.000Z', '2026-12-01', '2026-12', '2026-12-02', '2027-01-01'],
    ['2026-12-31T23:59:59.999Z', '2026-12-31', '2026-12', '2027-01-01', '2027-01-01'],
    ['2028-02-28T12:00:00.000Z', '2028-02-28', '2028-02', '2028-02-29', '2028-03-01'],
    ['2028-02-29T12:00:00.000Z', '2028-02-29', '2028-02', '2028-03-01', '2028-03-01'],
    // A change of the clocks somewhere is none in UTC.
    ['2026-10-25T00:30:00.000Z', '2026-10-25', '2026-10', '2026-10-26', '2026-11-01'],
  ])('%s', (time, day, month, nextDay, nextMonth) => {
    const at = Date.parse(time);
    expect(quotaPeriods(at)).toEqual({ day, month });
    expect(dayEnd(at)).toBe(Date.parse(nextDay));
    expect(monthEnd(at)).toBe(Date.parse(nextMonth));
  });
});
