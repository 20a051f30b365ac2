import type { RequestBody, Route } from './generation-request';

export const LANGUAGES = ['curl', 'PowerShell', 'Python', 'Node'] as const;
export type Language = (typeof LANGUAGES)[number];

export interface Snippet {
  readonly route: Route;
  readonly body: RequestBody;
  /** The number of input images, as files beside the program. */
  readonly images: number;
  readonly hasMask: boolean;
  /** Easel's own address, without `/v1`. */
  readonly baseUrl: string;
  /** An `Idempotency-Key`, if the request should be safe to repeat. */
  readonly idempotencyKey: string | undefined;
  readonly isStreamed: boolean;
}

/** The same request as a program; the key is never part of it, but read from `EASEL_API_KEY`. */
export function codeSnippet(language: Language, snippet: Snippet): string {
  switch (language) {
    case 'curl':
      return curl(snippet);
    case 'PowerShell':
      return powerShell(snippet);
    case 'Python':
      return python(snippet);
    case 'Node':
      return node(snippet);
  }
}

function bodyOf({ body, isStreamed }: Snippet): RequestBody {
  return isStreamed ? { ...body, stream: true, partial_images: 2 } : body;
}

/** A variation has only one image. */
function fileField({ route }: Snippet): string {
  return route === 'variations' ? 'image' : 'image[]';
}

function inputNames({ images }: Snippet): readonly string[] {
  return Array.from({ length: images }, (_, index) => `input-${index + 1}.png`);
}

function extension({ body }: Snippet): string {
  const format = body['output_format'];
  return format === undefined || format === 'jpeg' ? 'jpg' : String(format);
}

/** For a POSIX shell: within single quotes every character is literal. */
function shellQuoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

function curl(snippet: Snippet): string {
  const { baseUrl, idempotencyKey, isStreamed, images, hasMask } = snippet;
  const body = bodyOf(snippet);
  const lines = [
    `curl -sS ${isStreamed ? '-N ' : ''}${baseUrl}/v1/images/${snippet.route}`,
    '-H "Authorization: Bearer $EASEL_API_KEY"',
    ...(idempotencyKey === undefined ? [] : [`-H 'Idempotency-Key: ${idempotencyKey}'`]),
  ];
  if (images === 0) {
    lines.push("-H 'Content-Type: application/json'");
    lines.push(`-d ${shellQuoted(JSON.stringify(body, undefined, 2))}`);
  } else {
    lines.push(
      ...Object.entries(body).map(
        // `--form-string` takes a value literally, even if it begins with @ or <.
        ([name, value]) => `--form-string ${shellQuoted(`${name}=${value}`)}`,
      ),
      ...inputNames(snippet).map((name) => `-F '${fileField(snippet)}=@${name}'`),
      ...(hasMask ? ["-F 'mask=@mask.png'"] : []),
    );
  }
  lines.push(`-o ${isStreamed ? 'events.txt' : 'images.json'}`);
  const what = isStreamed
    ? '# The images are b64_json in the data of each completed event.'
    : '# The images are data[].b64_json, in base64.';
  return `${lines.join(' \\\n  ')}\n${what}`;
}

function powerShell(snippet: Snippet): string {
  const { baseUrl, idempotencyKey, images, hasMask } = snippet;
  // Invoke-RestMethod does not support event streams, so it asks for all images at once.
  const { body } = snippet;
  const url = `${baseUrl}/v1/images/${snippet.route}`;
  const headers = [
    'Authorization = "Bearer $env:EASEL_API_KEY"',
    ...(idempotencyKey === undefined ? [] : [`'Idempotency-Key' = '${idempotencyKey}'`]),
  ].join('; ');
  const files = (names: readonly string[]) =>
    names.map((name) => `(Get-Item '${name}')`).join(', ');
  const sent =
    images === 0
      ? [
          "$body = @'",
          JSON.stringify(body, undefined, 2),
          "'@",
          `$answer = Invoke-RestMethod '${url}' -Method Post -Headers $headers \``,
          "  -ContentType 'application/json; charset=utf-8' -Body ([Text.Encoding]::UTF8.GetBytes($body))",
        ]
      : [
          '$form = @{',
          ...Object.entries(body).map(
            ([name, value]) => `  ${name} = '${String(value).replaceAll("'", "''")}'`,
          ),
          `  '${fileField(snippet)}' = @(${files(inputNames(snippet))})`,
          ...(hasMask ? [`  mask = ${files(['mask.png'])}`] : []),
          '}',
          `$answer = Invoke-RestMethod '${url}' -Method Post -Headers $headers -Form $form`,
        ];
  return [
    images > 0 ? '# PowerShell 7' : '# PowerShell 5.1 or 7',
    `$headers = @{ ${headers} }`,
    ...sent,
    '$number = 0',
    'foreach ($image in $answer.data) {',
    '  $number++',
    `  $path = Join-Path $PWD "image-$number.${extension(snippet)}"`,
    '  [IO.File]::WriteAllBytes($path, [Convert]::FromBase64String($image.b64_json))',
    '}',
  ].join('\n');
}

const PYTHON_METHODS = {
  generations: 'generate',
  edits: 'edit',
  variations: 'create_variation',
} as const;
const NODE_METHODS = {
  generations: 'generate',
  edits: 'edit',
  variations: 'createVariation',
} as const;

/**
 * The arguments of the SDK's own method; all other fields are Easel's, and go into `extra_body`.
 */
const PYTHON_ARGUMENTS: Readonly<Record<Route, readonly string[]>> = {
  generations: [
    'model',
    'prompt',
    'n',
    'quality',
    'style',
    'output_format',
    'output_compression',
    'stream',
    'partial_images',
  ],
  edits: [
    'model',
    'prompt',
    'n',
    'quality',
    'output_format',
    'output_compression',
    'stream',
    'partial_images',
  ],
  variations: ['model', 'n'],
};

/** The images as the SDKs take them: a list, or the one that is varied. */
function listed(snippet: Snippet, opened: (name: string) => string): string {
  const files = inputNames(snippet).map(opened).join(', ');
  return snippet.route === 'variations' ? files : `[${files}]`;
}

function pythonValue(value: string | number | boolean): string {
  return typeof value === 'boolean' ? (value ? 'True' : 'False') : JSON.stringify(value);
}

function python(snippet: Snippet): string {
  const { baseUrl, idempotencyKey, isStreamed, images, hasMask } = snippet;
  const method = PYTHON_METHODS[snippet.route];
  const entries = Object.entries(bodyOf(snippet));
  const isKnown = ([name]: [string, unknown]) => PYTHON_ARGUMENTS[snippet.route].includes(name);
  const extra = entries.filter((entry) => !isKnown(entry));
  const lines = [
    '# pip install openai',
    'import base64, os',
    'from openai import OpenAI',
    '',
    'client = OpenAI(',
    `    base_url=${JSON.stringify(`${baseUrl}/v1`)},`,
    '    api_key=os.environ["EASEL_API_KEY"],',
    ')',
    `${isStreamed ? 'events' : 'answer'} = client.images.${method}(`,
    ...entries.filter(isKnown).map(([name, value]) => `    ${name}=${pythonValue(value)},`),
    ...(images > 0 ? [`    image=${listed(snippet, (name) => `open("${name}", "rb")`)},`] : []),
    ...(hasMask ? ['    mask=open("mask.png", "rb"),'] : []),
    ...(extra.length > 0
      ? [
          '    extra_body={',
          ...extra.map(([name, value]) => `        "${name}": ${pythonValue(value)},`),
          '    },',
        ]
      : []),
    ...(idempotencyKey === undefined
      ? []
      : [`    extra_headers={"Idempotency-Key": "${idempotencyKey}"},`]),
    ')',
  ];
  const file = `f"image-{number}.${extension(snippet)}"`;
  lines.push(
    ...(isStreamed
      ? [
          'number = 0',
          'for event in events:',
          '    if event.type.endswith(".completed"):',
          '        number += 1',
          `        with open(${file}, "wb") as file:`,
          '            file.write(base64.b64decode(event.b64_json))',
        ]
      : [
          'for number, image in enumerate(answer.data, start=1):',
          `    with open(${file}, "wb") as file:`,
          '        file.write(base64.b64decode(image.b64_json))',
        ]),
  );
  return lines.join('\n');
}

function node(snippet: Snippet): string {
  const { baseUrl, idempotencyKey, isStreamed, images, hasMask } = snippet;
  const entries = Object.entries(bodyOf(snippet));
  const file = `\`image-\${number}.${extension(snippet)}\``;
  const lines = [
    '// npm install openai, then: node image.mjs',
    `import { ${images > 0 ? 'createReadStream, ' : ''}writeFileSync } from 'node:fs';`,
    "import OpenAI from 'openai';",
    '',
    'const client = new OpenAI({',
    `  baseURL: ${JSON.stringify(`${baseUrl}/v1`)},`,
    '  apiKey: process.env.EASEL_API_KEY,',
    '});',
    `const ${isStreamed ? 'events' : 'answer'} = await client.images.${NODE_METHODS[snippet.route]}({`,
    ...entries.map(([name, value]) => `  ${name}: ${JSON.stringify(value)},`),
    ...(images > 0
      ? [`  image: ${listed(snippet, (name) => `createReadStream('${name}')`)},`]
      : []),
    ...(hasMask ? ["  mask: createReadStream('mask.png'),"] : []),
    idempotencyKey === undefined
      ? '});'
      : `}, { headers: { 'Idempotency-Key': '${idempotencyKey}' } });`,
    'let number = 0;',
  ];
  lines.push(
    ...(isStreamed
      ? [
          'for await (const event of events) {',
          "  if (event.type.endsWith('.completed')) {",
          '    number += 1;',
          `    writeFileSync(${file}, Buffer.from(event.b64_json, 'base64'));`,
          '  }',
          '}',
        ]
      : [
          'for (const image of answer.data) {',
          '  number += 1;',
          `  writeFileSync(${file}, Buffer.from(image.b64_json, 'base64'));`,
          '}',
        ]),
  );
  return lines.join('\n');
}
