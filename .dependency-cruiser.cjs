// The edges between the rooms of src/, each with its reason. docs/architecture.md draws them.

/**
 * A room may import itself, what is named here, and packages; nothing else. Controllers, what
 * takes their requests apart, what writes their responses, and what describes them to Swagger, stand
 * at the door of their room and may touch http as well.
 */
const room = (name, allowed, comment) => ({
  name: `${name}-imports`,
  severity: 'error',
  comment,
  from: {
    path: `^src/${name}/`,
    pathNot: '(\\.spec|\\.controller|\\.guard|\\.request|\\.response|\\.renderer|\\.api)\\.ts$',
  },
  to: { path: '^src/', pathNot: [`^src/${name}/`, ...allowed] },
});

module.exports = {
  forbidden: [
    {
      name: 'no-cycles',
      severity: 'error',
      comment: 'Two files that need each other are one file, or hide a third.',
      from: {},
      to: { circular: true },
    },
    room('errors', [], 'A leaf: every room speaks of faults, and faults speak of nobody.'),
    room('concurrency', [], 'A leaf: how many at a time, and for how long, whatever the work is.'),
    room(
      'context',
      ['^src/errors/', '^src/memory/', '^src/tracing/trace-span\\.ts$'],
      'What is known of one request, for whoever works on it; it does not know what that work is.',
    ),
    room(
      'redis',
      [],
      'A leaf: a connection that is lent. Whose scripts and keys it carries is nothing to it.',
    ),
    room(
      'tracing',
      ['^src/config/', '^src/wire/proxy-rules\\.ts$'],
      'Spans and where they go. What work they stand for is said by whoever does it.',
    ),
    room('json', [], 'A leaf: bytes and JSON know nothing of images.'),
    room('memory', ['^src/errors/'], 'Whose bytes it keeps is nothing to it.'),
    room(
      'wire',
      ['^src/memory/', '^src/concurrency/', '^src/config/network-address\\.ts$'],
      'HTTP/1.1 to an upstream, into memory that is lent: it knows neither Gemini nor images.',
    ),
    room('watched-file', [], 'A leaf: what is in the files, and what follows, is nothing to it.'),
    room(
      'config-file',
      ['^src/watched-file/'],
      'Files that list what an operator configures: reading, faults, reloads. What is listed is nothing to it.',
    ),
    room('config', [], 'The environment is read before anything else exists.'),
    room(
      'http',
      [
        '^src/errors/',
        '^src/config/',
        '^src/json/',
        '^src/memory/',
        '^src/context/',
        '^src/concurrency/',
      ],
      'The door knows requests and answers, not what they are about.',
    ),
    room(
      'mapping',
      ['^src/errors/', '^src/json/', '^src/gemini/gemini\\.types\\.ts$'],
      'Pure: words into words. It must not be able to call anybody.',
    ),
    room(
      'gemini',
      [
        '^src/errors/',
        '^src/json/',
        '^src/config/',
        '^src/memory/',
        '^src/wire/',
        '^src/concurrency/',
      ],
      'The way to Google knows neither OpenAI nor the pool.',
    ),
    room(
      'accounts',
      [
        '^src/errors/',
        '^src/config/',
        '^src/context/',
        '^src/redis/',
        '^src/json/',
        '^src/config-file/',
        '^src/gemini/(gemini-failure|google-credentials|vertex)\\.ts$',
      ],
      'The pool learns from classified failures, and knows what a credential is; it never sees a request.',
    ),
    room(
      'consumers',
      [
        '^src/errors/',
        '^src/config/',
        '^src/config-file/',
        '^src/context/',
        '^src/json/',
        '^src/redis/',
        '^src/concurrency/',
        '^src/pricing/',
        '^src/mapping/(image-size|model-catalogue)\\.ts$',
      ],
      'Who asks and how much they may; what they ask for, and who serves it, is nothing to it.',
    ),
    room(
      'attempts',
      [
        '^src/accounts/',
        '^src/consumers/limits/image-reservation\\.ts$',
        '^src/gemini/',
        '^src/errors/',
        '^src/config/',
        '^src/context/',
        '^src/pricing/',
        '^src/tracing/(trace-span|span-attributes)\\.ts$',
      ],
      'The one loop of retries. What is called, and what is made of it, is its caller’s.',
    ),
    room(
      'hosting',
      [
        '^src/errors/',
        '^src/config/',
        '^src/context/',
        '^src/json/',
        '^src/wire/proxy-rules\\.ts$',
      ],
      'Keeps files and signs their URLs; it does not know how they were made.',
    ),
    room(
      'pricing',
      [
        '^src/json/',
        '^src/config/',
        '^src/mapping/proto-field\\.ts$',
        '^src/context/image-record\\.ts$',
      ],
      'Token counts and a price list into money; it knows nobody who asks.',
    ),
    room(
      'ledger',
      [
        '^src/attempts/(image-records|attempts\\.module)\\.ts$',
        '^src/consumers/limits/quota-(store|account|period|rules)\\.ts$',
        '^src/concurrency/',
        '^src/config/',
        '^src/context/',
        '^src/errors/',
      ],
      'Writes down what the attempts record, and adds it up; it makes nothing happen.',
    ),
    room(
      'idempotency',
      [
        '^src/hosting/',
        '^src/ledger/(ledger|ledger\\.module|request-records|server-error)\\.ts$',
        '^src/concurrency/',
        '^src/http/',
        '^src/memory/',
        '^src/concurrency/',
        '^src/json/',
        '^src/errors/',
        '^src/config/',
        '^src/context/',
      ],
      'Keeps what was sent, and sends it again; what an image is, and who makes it, is nothing to it.',
    ),
    room(
      'images',
      [
        '^src/idempotency/',
        '^src/attempts/',
        '^src/hosting/',
        '^src/mapping/',
        '^src/gemini/',
        '^src/accounts/',
        '^src/consumers/limits/',
        '^src/json/',
        '^src/memory/',
        '^src/errors/',
        '^src/config/',
        '^src/concurrency/',
        '^src/context/',
        '^src/http/',
      ],
      'The use case binds the rooms together.',
    ),
    room(
      'chat',
      [
        '^src/idempotency/',
        '^src/images/',
        '^src/mapping/',
        '^src/json/',
        '^src/errors/',
        '^src/config/',
        '^src/context/',
        '^src/http/',
      ],
      'A door: it turns a conversation into an order, and what came of it into a message.',
    ),
    room(
      'gemini-api',
      [
        '^src/idempotency/',
        '^src/consumers/limits/',
        '^src/attempts/',
        '^src/accounts/account\\.ts$',
        '^src/mapping/',
        '^src/gemini/',
        '^src/images/',
        '^src/json/',
        '^src/memory/',
        '^src/errors/',
        '^src/config/',
        '^src/context/',
      ],
      'Gemini’s own API. Its bodies pass as they are, so it stands beside the use case and not on it.',
    ),
    {
      name: 'only-controllers-know-http',
      severity: 'error',
      comment:
        'Services must work without a request: only controllers, and what reads, writes and describes ' +
        'for them, may touch the door.',
      from: {
        path: '^src/(images|chat|console-server|gemini-api|health|hosting|ledger|models|observability|accounts|consumers)/',
        pathNot: '(\\.controller|\\.guard|\\.request|\\.response|\\.renderer|\\.api|\\.spec)\\.ts$',
      },
      to: { path: '^src/http/' },
    },
    room(
      'health',
      [
        '^src/accounts/',
        '^src/hosting/',
        '^src/ledger/ledger(\\.module)?\\.ts$',
        '^src/consumers/limits/consumer-limits\\.ts$',
        '^src/config/',
        '^src/http/',
        '^src/errors/',
      ],
      'Readiness asks the pool, the store, the ledger and the door, and nobody else.',
    ),
    room(
      'models',
      ['^src/mapping/', '^src/pricing/', '^src/errors/', '^src/context/', '^src/http/'],
      'The list of models is the catalogue, and nothing that has to be asked for.',
    ),
    room(
      'observability',
      [
        '^src/idempotency/',
        '^src/accounts/',
        '^src/consumers/limits/consumer-limits\\.ts$',
        '^src/hosting/hosted-images\\.ts$',
        '^src/attempts/image-records\\.ts$',
        '^src/attempts/attempts\\.module\\.ts$',
        '^src/ledger/ledger(\\.module)?\\.ts$',
        '^src/config/',
        '^src/context/',
        '^src/memory/memory-budget\\.ts$',
        '^src/tracing/',
      ],
      'The log and the metrics are told what happened; they make nothing happen.',
    ),
    room(
      'openrouter',
      ['^src/consumers/limits/', '^src/mapping/', '^src/images/', '^src/idempotency/'],
      'A door: generations in other words, on the same run.',
    ),
    room(
      'console-server',
      [
        '^src/images/',
        '^src/mapping/',
        '^src/pricing/',
        '^src/accounts/',
        '^src/consumers/limits/limit-status\\.ts$',
        '^src/context/',
        '^src/config/',
        '^src/errors/',
      ],
      'A page, and what a request would become: it asks, and makes nothing happen.',
    ),
    {
      name: 'nobody-imports-images',
      severity: 'error',
      comment: 'The use case is the top of the house; only doors and the wiring stand above it.',
      from: {
        path: '^src/',
        pathNot: '^src/(images/|chat/|gemini-api/|openrouter/|console-server/|app\\.module\\.ts)',
      },
      to: { path: '^src/images/' },
    },
    {
      name: 'emulator-imports',
      severity: 'error',
      comment:
        'Two sides of a contract must not share the code that could be wrong, nor check one by the other.',
      from: { path: '^src/emulator/' },
      to: { path: '^src/', pathNot: '^src/emulator/' },
    },
    {
      name: 'only-the-start-knows-the-emulator',
      severity: 'error',
      comment: 'The gateway must not be able to tell the emulator from Google but by its address.',
      from: { path: '^src/', pathNot: '^src/(emulator/|main\\.ts)' },
      to: { path: '^src/emulator/' },
    },
    {
      name: 'two-files-know-axios',
      severity: 'error',
      comment:
        'Another HTTP client is a change of the file that calls it, of the one that carries its calls, ' +
        'and of the module that wires the two.',
      from: {
        path: '^src/',
        pathNot:
          '^src/(gemini/gemini\\.client|wire/wire\\.adapter|gemini/gemini\\.module|.*\\.spec)\\.ts$',
      },
      to: { path: 'node_modules/(axios|@nestjs/axios)/' },
    },
    {
      name: 'one-file-knows-google-auth',
      severity: 'error',
      comment: 'How a token is had is a change of one file.',
      from: { path: '^src/', pathNot: '^src/gemini/token-endpoint(\\.spec)?\\.ts$' },
      to: { path: 'node_modules/google-auth-library/' },
    },
    {
      name: 'one-file-knows-busboy',
      severity: 'error',
      comment: 'Another parser of forms is a change of one file.',
      from: { path: '^src/', pathNot: '^src/http/bodies/multipart-body\\.ts$' },
      to: { path: 'node_modules/@fastify/busboy/' },
    },
    {
      name: 'the-ledger-knows-databases',
      severity: 'error',
      comment: 'Another database, or another way to speak to one, is a change of one room.',
      from: { path: '^src/', pathNot: '^src/ledger/' },
      to: { path: 'node_modules/(kysely|libsql|pg)/' },
    },
    {
      name: 'one-file-knows-redis',
      severity: 'error',
      comment: 'Another client for Redis is a change of one file.',
      from: { path: '^src/', pathNot: '^src/redis/redis-connection(\\.spec)?\\.ts$' },
      to: { path: 'node_modules/ioredis/' },
    },
    {
      name: 'one-room-knows-prom-client',
      severity: 'error',
      comment:
        'Which metrics there are is read in one room, and another exporter is a change of it.',
      from: {
        path: '^src/',
        pathNot: '^src/observability/((store|limit|idempotency)-)?metrics(\\.spec)?\\.ts$',
      },
      to: { path: 'node_modules/prom-client/' },
    },
    {
      name: 'one-room-knows-opentelemetry',
      severity: 'error',
      comment:
        'Its SDK is loaded where there are traces, and by one file, which the module imports when it starts.',
      from: { path: '^src/', pathNot: '^src/tracing/' },
      to: { path: 'node_modules/@opentelemetry/' },
    },
    {
      name: 'tracing-is-loaded-where-it-is-on',
      severity: 'error',
      comment:
        'Without traces nothing of them runs: others know types, the token and the import at the start.',
      from: { path: '^src/', pathNot: '^src/tracing/' },
      to: {
        path: '^src/tracing/(trace-span|tracing|start-tracing)\\.ts$',
        dependencyTypesNot: ['type-only', 'dynamic-import'],
      },
    },
    {
      name: 'pure-rooms-touch-nothing',
      severity: 'error',
      comment: 'Words into words and bytes into values: no file, no socket, no process.',
      from: { path: '^src/(mapping|json|errors)/', pathNot: '\\.spec\\.ts$' },
      to: {
        dependencyTypes: ['core'],
        path: '^(node:)?(fs|http|https|net|tls|dns|child_process|process)(/|$)',
      },
    },
    {
      name: 'one-folder-knows-sharp',
      severity: 'error',
      comment:
        'Another codec is a change of one folder; the emulator draws with it, and tests may.',
      from: {
        path: '^src/',
        pathNot: '^src/(images/pixels/|emulator/|.*\\.spec\\.ts$)',
      },
      to: { path: 'node_modules/sharp/' },
    },
    {
      name: 'no-tests-in-production',
      severity: 'error',
      comment: 'What ships must not need what is only there for tests.',
      from: { path: '^src/', pathNot: '\\.spec\\.ts$' },
      to: { path: '(\\.spec\\.ts$|^test/)' },
    },
    {
      name: 'no-development-packages',
      severity: 'error',
      comment: 'The image installs production dependencies only.',
      from: { path: '^src/', pathNot: '\\.spec\\.ts$' },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown', 'undetermined'] },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
  },
};
