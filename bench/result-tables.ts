import { cellName } from './cell';
import type { Figures, Standings } from './race';
import type { Results } from './results';
import { figure, megabytes, times, type Table } from './table';

/** The tables of a run, without those that were not measured. */
export function resultTables(results: Results): readonly Table[] {
  return [
    cpuTable(results),
    throughputTable(results),
    latencyTable(results),
    freshTable(results),
    featureTable(results),
    memoryTable(results),
    healthTable(results),
    loopTable(results),
    poolTable(results),
    scaleTable(results),
    ledgerTable(results),
    absentTable(results),
  ].filter(({ rows }) => rows.length > 0);
}

function cpuTable(results: Results): Table {
  return raceTable(results, {
    title: 'CPU per image',
    note: 'Milliseconds of CPU (user and system) for one image, and in brackets the ratio to the byte pipe in the same round.',
    isShown: (name) => name !== 'direct',
    cell: ({ cpuMsPerImage, cpuRatio }) => `${figure(cpuMsPerImage)} (${times(cpuRatio)})`,
  });
}

function throughputTable(results: Results): Table {
  return raceTable(results, {
    title: 'Images per second',
    note: 'In brackets the ratio to the byte pipe in the same round. The client and the upstream run on the same machine and use part of its CPU.',
    isShown: () => true,
    cell: ({ imagesPerSecond, imagesPerSecondRatio }) =>
      `${figure(imagesPerSecond)} (${times(imagesPerSecondRatio)})`,
  });
}

function latencyTable(results: Results): Table {
  return raceTable(results, {
    title: 'Added latency',
    note: 'Milliseconds that a request takes longer than without a gateway, as p50 / p99. If a contestant makes only one image per request, n = 4 means four requests at once.',
    isShown: (name) => name !== 'direct',
    cell: ({ addedP50Ms, addedP99Ms }) => `${figure(addedP50Ms)} / ${figure(addedP99Ms)}`,
  });
}

function freshTable({ freshRaces, titles }: Results): Table {
  return raceTable(
    { races: freshRaces, titles },
    {
      title: 'In a fresh process',
      note: 'CPU and images per second of processes that have served only 500 small images; in the tables above, processes have served 5,000. The figures are milliseconds of CPU per image, and in brackets two ratios to the byte pipe: that of CPU, and that of images per second.',
      isShown: (name) => name !== 'direct',
      cell: ({ cpuMsPerImage, cpuRatio, imagesPerSecondRatio }) =>
        `${figure(cpuMsPerImage)} (${times(cpuRatio)}, ${times(imagesPerSecondRatio)})`,
    },
  );
}

function featureTable({ featureRaces, titles }: Results): Table {
  return raceTable(
    { races: featureRaces, titles },
    {
      title: 'By API and feature',
      note: "Milliseconds of CPU for one image, and in brackets the ratio to Easel's images route in the same race. With `store`, Easel writes images to the disk and returns URLs; `no-ledger` is Easel with `DATABASE_URL=off`. `traced-all` records every trace; `none recorded` is the same process, for requests whose client wants no trace.",
      isShown: (name) => name !== 'direct' && name !== 'pipe',
      cell: ({ cpuMsPerImage }, standings) =>
        `${figure(cpuMsPerImage)} (${times(cpuMsPerImage / (standings.easel?.cpuMsPerImage ?? Number.NaN))})`,
    },
  );
}

function raceTable(
  { races, titles }: Pick<Results, 'races' | 'titles'>,
  what: {
    readonly title: string;
    readonly note: string;
    readonly isShown: (name: string) => boolean;
    readonly cell: (figures: Figures, standings: Standings) => string;
  },
): Table {
  const names = Object.keys(titles).filter(
    (name) => what.isShown(name) && races.some(({ standings }) => standings[name] !== undefined),
  );
  return {
    title: what.title,
    note: what.note,
    columns: ['', ...races.map(({ cell }) => cellName(cell))],
    rows: names.map((name) => [
      titles[name] ?? name,
      ...races.map(({ standings }) => {
        const figures = standings[name];
        return figures === undefined ? '–' : what.cell(figures, standings);
      }),
    ]),
  };
}

function memoryTable({ memory, titles }: Results): Table {
  return {
    title: 'Memory',
    note: 'Growth of the resident memory while eight images are in flight: the maximum of five rounds. Slow clients read nothing for a second, so that all eight images are held at the same time. The rounds show whether the memory keeps growing. The last column is the growth that remains three seconds after the load and after a garbage collection.',
    columns: ['', 'clients', 'in flight', 'growth', 'ratio', 'by round', 'left at the end'],
    rows: memory.map(({ name, clients, figures }) => [
      titles[name] ?? name,
      clients,
      megabytes(figures.inFlightBytes),
      megabytes(figures.growthBytes),
      times(figures.growthRatio),
      figures.growthByRound.map((bytes) => (bytes / 1e6).toFixed(0)).join(', '),
      figures.leftBytes === undefined ? '–' : megabytes(figures.leftBytes),
    ]),
  };
}

function healthTable({ health, titles }: Results): Table {
  return {
    title: '`/healthz` under load',
    note: "Response time of a health check, in milliseconds, while four 16 MB images at a time pass through, and the ratio of the p99 to the byte pipe's in the same round.",
    columns: ['', 'p50', 'p99', 'p99 ratio'],
    rows: Object.entries(health).map(([name, { p50Ms, p99Ms, p99Ratio }]) => [
      titles[name] ?? name,
      figure(p50Ms),
      figure(p99Ms),
      times(p99Ratio),
    ]),
  };
}

function loopTable({ loop, titles }: Results): Table {
  return {
    title: 'Event loop',
    note: 'Milliseconds, during 8 parallel requests for 4 images of 16 MB each: the CPU time of one turn of the event loop (held), and how late a timer fires by the clock (late). The clock also runs while the upstream and the client use the core.',
    columns: ['', 'held, p99', 'held, max', 'late, p99', 'late, max'],
    rows: Object.entries(loop).map(([name, { heldP99Ms, heldMaxMs, lateP99Ms, lateMaxMs }]) => [
      titles[name] ?? name,
      ...[heldP99Ms, heldMaxMs, lateP99Ms, lateMaxMs].map(figure),
    ]),
  };
}

function poolTable({ pool }: Results): Table {
  return {
    title: 'Choosing an account',
    note: 'Microseconds to lease an account and to release it.',
    columns: ['accounts', 'Redis', 'p50', 'p99'],
    rows: pool.map(({ accounts, redis, p50Us, p99Us }) => [
      String(accounts),
      redis ? 'on' : 'off',
      figure(p50Us),
      figure(p99Us),
    ]),
  };
}

function scaleTable({ scale }: Results): Table {
  return {
    title: 'Many accounts',
    note: 'Easel with many accounts compared to Easel with few, at 60 kB and 16 requests at once.',
    columns: ['', 'images per second', 'CPU per image', 'start'],
    rows:
      scale === undefined
        ? []
        : [
            [`${scale.few} accounts`, times(1), times(1), `${figure(scale.startFewMs)} ms`],
            [
              `${scale.many} accounts`,
              times(scale.throughputRatio),
              times(scale.cpuRatio),
              `${figure(scale.startManyMs)} ms`,
            ],
          ],
  };
}

function ledgerTable({ ledger }: Results): Table {
  return {
    title: 'The ledger',
    note: 'Response time of `GET /v1/usage` by consumer, in milliseconds (median / maximum of seven): for the month of all rows, from 6:00 to 18:00 of one day, and from noon to noon. Then the longest time that the event loop was held, in milliseconds of CPU, while images of 1.5 MB pass 8 at a time: with only their own rows, and with further rows written at the same time.',
    columns: [
      '',
      'rows',
      'month',
      'half a day',
      'noon to noon',
      'held',
      'rows per second',
      'held, further rows',
    ],
    rows: ledger.map((figures) => [
      { sqlite: 'SQLite', postgres: 'PostgreSQL' }[figures.database],
      String(figures.rows),
      ...[figures.month, figures.halfDay, figures.noonToNoon].map(
        ({ medianMs, mostMs }) => `${figure(medianMs)} / ${figure(mostMs)}`,
      ),
      figure(figures.heldWithoutMs),
      figure(figures.rowsPerSecond),
      figure(figures.heldWithMs),
    ]),
  };
}

function absentTable({ absent }: Results): Table {
  return {
    title: 'Not measured',
    note: '',
    columns: ['', 'reason'],
    rows: absent.map(({ title, reason }) => [title, reason]),
  };
}
