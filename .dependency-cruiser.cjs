// The allowed imports between the rooms of src/, each with its reason. docs/architecture.md draws them.

/**
 * A room may import itself, the paths listed here, and packages; nothing else. Controllers, guards, and
 * the files that read requests, write responses or describe them to Swagger may also import http.
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
      comment: 'Two files that import each other are really one file, or lack a third.',
      from: {},
      to: { circular: true },
    },
    room('errors', [], 'A leaf: every room uses faults, and faults use no room.'),
    room(
      'concurrency',
      [],
      'A leaf: it limits work in number and time, and does not know what the work is.',
    ),
    room(
      'context',
      ['^src/errors/', '^src/memory/', '^src/tracing/trace-span\\.ts$'],
      'The state of one request, for all code that works on it; it does not know what that work is.',
    ),
    room(
      'redis',
      [],
      'A leaf: a connection for other rooms. It does not know their scripts and keys.',
    ),
    room(
      'tracing',
      ['^src/config/', '^src/wire/proxy-rules\\.ts$'],
      'Spans and their export. The code that does the work describes it.',
    ),
    room('json', [], 'A leaf: bytes and JSON know nothing of images.'),
    room('memory', ['^src/errors/'], 'It does not know whose bytes it holds.'),
    room(
      'wire',
      ['^src/memory/', '^src/concurrency/', '^src/config/network-address\\.ts$'],
      'HTTP/1.1 to an upstream, into the caller’s memory: it knows neither Gemini nor images.',
    ),
    room('watched-file', [], 'A leaf: it does not know what is in the files.'),
    room(
      'config-file',
      ['^src/watched-file/'],
      'Configuration files with a list of entries: reading, faults, reloads. It does not know what the entries are.',
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
      'It knows requests and responses, but not what they are about.',
    ),
    room(
      'mapping',
      ['^src/errors/', '^src/json/', '^src/gemini/gemini\\.types\\.ts$'],
      'Pure: one format into another. It must not be able to make calls.',
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
      'The client for Google knows neither OpenAI nor the pool.',
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
      'The pool gets classified failures, and knows what a credential is; it never sees a request.',
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
      'Consumers and their limits. It knows neither the requests nor the accounts that serve them.',
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
      'The only retry loop. Its caller decides what to call, and what to do with the result.',
    ),
    room(
      'hosting',
      [
        '^src/concurrency/',
        '^src/errors/',
        '^src/config/',
        '^src/context/',
        '^src/json/',
        '^src/wire/proxy-rules\\.ts$',
      ],
      'It stores files and signs their URLs; it does not know how they were made.',
    ),
    room(
      'pricing',
      [
        '^src/json/',
        '^src/config/',
        '^src/mapping/proto-field\\.ts$',
        '^src/context/image-record\\.ts$',
      ],
      'Token counts and a price list into money; it does not know its callers.',
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
      'It stores what the attempts record, and adds it up; it changes nothing else.',
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
      'It keeps responses and sends them again; it knows neither images nor the code that makes them.',
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
      'The use case connects the rooms.',
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
      'An API: it turns a conversation into an order, and the result into a message.',
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
      'Gemini’s own API. It passes bodies on unchanged, so it does not use the use case of images.',
    ),
    {
      name: 'only-controllers-know-http',
      severity: 'error',
      comment:
        'Services must work without HTTP: only controllers, guards, and the files that read, write or ' +
        'describe their messages may import http.',
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
      'Readiness depends only on the pool, the store, the ledger, the limits and the shutdown.',
    ),
    room(
      'models',
      ['^src/mapping/', '^src/pricing/', '^src/errors/', '^src/context/', '^src/http/'],
      'The list of models is the catalogue; it needs no call.',
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
      'The log and the metrics record what happened; they change nothing.',
    ),
    room(
      'openrouter',
      ['^src/consumers/limits/', '^src/mapping/', '^src/images/', '^src/idempotency/'],
      'An API: generations in another format, on the same run.',
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
      'A page, and the plan of a request: it reads, and changes nothing.',
    ),
    {
      name: 'nobody-imports-images',
      severity: 'error',
      comment: 'The use case is the top layer: only APIs and the wiring may import it.',
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
        'The two sides of a contract must not share code: both would then have the same mistakes.',
      from: { path: '^src/emulator/' },
      to: { path: '^src/', pathNot: '^src/emulator/' },
    },
    {
      name: 'only-the-start-knows-the-emulator',
      severity: 'error',
      comment: 'For the gateway, the emulator must differ from Google only in its address.',
      from: { path: '^src/', pathNot: '^src/(emulator/|main\\.ts)' },
      to: { path: '^src/emulator/' },
    },
    {
      name: 'three-files-know-axios',
      severity: 'error',
      comment:
        'Replacing the HTTP client must change only the file that calls it, its adapter, and the ' +
        'module that wires the two.',
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
      comment: 'Replacing the token client must change only one file.',
      from: { path: '^src/', pathNot: '^src/gemini/token-endpoint(\\.spec)?\\.ts$' },
      to: { path: 'node_modules/google-auth-library/' },
    },
    {
      name: 'one-file-knows-busboy',
      severity: 'error',
      comment: 'Replacing the form parser must change only one file.',
      from: { path: '^src/', pathNot: '^src/http/bodies/multipart-body\\.ts$' },
      to: { path: 'node_modules/@fastify/busboy/' },
    },
    {
      name: 'the-ledger-knows-databases',
      severity: 'error',
      comment: 'Replacing the database or its client must change only one room.',
      from: { path: '^src/', pathNot: '^src/ledger/' },
      to: { path: 'node_modules/(kysely|libsql|pg)/' },
    },
    {
      name: 'one-file-knows-redis',
      severity: 'error',
      comment: 'Replacing the Redis client must change only one file.',
      from: { path: '^src/', pathNot: '^src/redis/redis-connection(\\.spec)?\\.ts$' },
      to: { path: 'node_modules/ioredis/' },
    },
    {
      name: 'one-room-knows-prom-client',
      severity: 'error',
      comment:
        'One room defines all metrics, and replacing the exporter must change only that room.',
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
        'Only one file loads the SDK, and the module imports that file only if traces are on.',
      from: { path: '^src/', pathNot: '^src/tracing/' },
      to: { path: 'node_modules/@opentelemetry/' },
    },
    {
      name: 'tracing-is-loaded-where-it-is-on',
      severity: 'error',
      comment:
        'Without traces, none of this code runs: other rooms use its types, the token and the import at start.',
      from: { path: '^src/', pathNot: '^src/tracing/|\\.spec\\.ts$' },
      to: {
        path: '^src/tracing/(trace-span|tracing|start-tracing)\\.ts$',
        dependencyTypesNot: ['type-only', 'dynamic-import'],
      },
    },
    {
      name: 'pure-rooms-touch-nothing',
      severity: 'error',
      comment: 'These rooms only convert values: no file, no socket, no process.',
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
        'Replacing the codec must change only one folder; the emulator draws with it, and tests may use it.',
      from: {
        path: '^src/',
        pathNot: '^src/(images/pixels/|emulator/|.*\\.spec\\.ts$)',
      },
      to: { path: 'node_modules/sharp/' },
    },
    {
      name: 'no-tests-in-production',
      severity: 'error',
      comment: 'Production code must not need test code.',
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
