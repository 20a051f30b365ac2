import { usageCsv } from './usage-csv';
import type { UsageItem } from './usage.dto';

const item = (consumer: string): UsageItem => ({
  consumer,
  images: 2,
  failed: 0,
  requests: 1,
  input_tokens: 18,
  output_tokens: 2240,
  usd: 0.268836,
});

/** The cell of a name, as it stands in the file. */
const cellOf = (name: string): string => {
  const text = usageCsv(['consumer'], [item(name)]);
  const end = ',2,0,1,18,2240,0.268836\r\n';
  expect(text.endsWith(end)).toBe(true);
  return text.slice(text.indexOf('\r\n') + 2, -end.length);
};

describe('usageCsv', () => {
  it('has a line of names, and CRLF behind each line', () => {
    expect(usageCsv(['consumer'], [item('design'), item('shop')])).toBe(
      'consumer,images,failed,requests,input_tokens,output_tokens,usd\r\n' +
        'design,2,0,1,18,2240,0.268836\r\n' +
        'shop,2,0,1,18,2240,0.268836\r\n',
    );
    expect(usageCsv([], [])).toBe('images,failed,requests,input_tokens,output_tokens,usd\r\n');
  });

  it.each<[string, string]>([
    ['design', 'design'],
    ['a b', 'a b'],
    // Spreadsheets carry these out.
    ['=1+1', "'=1+1"],
    ['+1', "'+1"],
    ['-1', "'-1"],
    ['@SUM(A1)', "'@SUM(A1)"],
    ['\t=1', "'\t=1"],
    ['\r=1', '"\'\r=1"'],
    ['=HYPERLINK("http://evil.example","x")', '"\'=HYPERLINK(""http://evil.example"",""x"")"'],
    ["=cmd|'/c calc'!A0", "'=cmd|'/c calc'!A0"],
    // Further in they are text.
    ['a=1', 'a=1'],
    ['2.5-flash', '2.5-flash'],
    // RFC 4180.
    ['a,b', '"a,b"'],
    ['say "x"', '"say ""x"""'],
    ['two\r\nlines', '"two\r\nlines"'],
    ['two\nlines', '"two\nlines"'],
    ['', ''],
  ])('writes %j as %j', (name, cell) => {
    expect(cellOf(name)).toBe(cell);
  });
});
