import { Unavailable, type Contestant } from '../contestant';

/** Listed, so that its absence is explained. */
export const bifrost: Contestant = {
  name: 'bifrost',
  title: 'Bifrost',
  start: () =>
    Promise.reject(
      new Unavailable(
        'could not be installed on the test machine: the Go module proxy refuses its module (403), ' +
          'and its npm package only downloads a binary',
      ),
    ),
};
