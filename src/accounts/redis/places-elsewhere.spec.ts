import fc from 'fast-check';
import { PlacesElsewhere, type PlaceNews } from './places-elsewhere';

const news = (sequence: number, change: 1 | -1, email = 'a'): PlaceNews => ({
  sequence,
  change,
  email,
});

describe('PlacesElsewhere', () => {
  it('counts what it hears', () => {
    const places = new PlacesElsewhere();
    places.heard(news(1, 1));
    places.heard(news(2, 1));
    places.heard(news(3, -1));
    places.heard(news(4, 1, 'b'));
    expect([places.of('a'), places.of('b'), places.of('c')]).toEqual([1, 1, 0]);
  });

  it('is not misled by news that overtook the count before it', () => {
    const places = new PlacesElsewhere();
    places.heard(news(7, 1));
    // Given back after it was counted, but told first.
    places.heard(news(9, -1));
    places.counted('a', 1, 8);
    expect(places.of('a')).toBe(0);
  });

  it('is not misled by news that a count has overtaken', () => {
    const places = new PlacesElsewhere();
    places.countedAll(new Map([['a', 2]]), 10);
    places.heard(news(9, 1));
    expect(places.of('a')).toBe(2);
    places.heard(news(11, -1));
    expect(places.of('a')).toBe(1);
  });

  it('knows nothing more once the replicas are apart', () => {
    const places = new PlacesElsewhere();
    places.heard(news(1, 1));
    places.forget();
    expect(places.of('a')).toBe(0);
  });

  it('comes out right whatever the order in which two connections bring news and counts', () => {
    const history = fc.array(fc.boolean(), { minLength: 1, maxLength: 30 });
    fc.assert(
      fc.property(history, fc.infiniteStream(fc.boolean()), (takes, coins) => {
        // What Redis did, one number each: news, and a count after each as an answer to somebody.
        let count = 0;
        const told: PlaceNews[] = [];
        const counted: { readonly count: number; readonly sequence: number }[] = [];
        takes.forEach((isTaken, index) => {
          const change = isTaken || count === 0 ? 1 : -1;
          count += change;
          told.push(news(index + 1, change));
          counted.push({ count, sequence: index + 1 });
        });
        const places = new PlacesElsewhere();
        while (told.length > 0 || counted.length > 0) {
          const isNews = counted.length === 0 || (told.length > 0 && coins.next().value === true);
          const next = isNews ? told.shift() : undefined;
          const answer = isNews ? undefined : counted.shift();
          if (next !== undefined) {
            places.heard(next);
          }
          if (answer !== undefined) {
            places.counted('a', answer.count, answer.sequence);
          }
        }
        expect(places.of('a')).toBe(count);
      }),
    );
  });
});
