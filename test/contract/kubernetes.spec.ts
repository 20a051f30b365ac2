import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HTTPRoute } from '@kubernetes-models/gateway-api/gateway.networking.k8s.io/v1/HTTPRoute';
import { PodMonitor } from '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1/PodMonitor';
import { PrometheusRule } from '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1/PrometheusRule';
import { Deployment } from 'kubernetes-models/apps/v1/Deployment';
import { NetworkPolicy } from 'kubernetes-models/networking.k8s.io/v1/NetworkPolicy';
import { PodDisruptionBudget } from 'kubernetes-models/policy/v1/PodDisruptionBudget';
import { Secret } from 'kubernetes-models/v1/Secret';
import { Service } from 'kubernetes-models/v1/Service';
import ts from 'typescript';
import { parse, parseAllDocuments } from 'yaml';
import { Env } from '../../src/config/env';
import { isEaselVariable } from '../easel-variables';
import { RULE_FILE } from '../prometheus-queries';

const FOLDER = join(__dirname, '../../deploy/kubernetes');

interface Container {
  readonly name: string;
  readonly image: string;
  readonly env?: readonly { readonly name: string; readonly value?: string }[];
  readonly ports: readonly { readonly name: string; readonly containerPort: number }[];
  readonly securityContext: object;
  readonly volumeMounts: readonly { readonly name: string; readonly mountPath: string }[];
  readonly livenessProbe?: { readonly httpGet?: object };
  readonly readinessProbe?: { readonly httpGet?: object };
}

interface PodSpec {
  readonly terminationGracePeriodSeconds: number;
  readonly containers: readonly Container[];
  readonly securityContext: object;
  readonly volumes: readonly {
    readonly name: string;
    readonly secret?: { readonly secretName: string };
  }[];
}

interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly stringData?: Readonly<Record<string, string>>;
  readonly spec?: {
    readonly selector?: { readonly matchLabels?: object };
    readonly template?: { readonly metadata: { readonly labels: object }; readonly spec: PodSpec };
    readonly ports?: readonly { readonly port: number; readonly targetPort: string }[];
  };
}

interface EgressPolicy {
  readonly policyTypes: readonly string[];
  readonly egress: readonly {
    readonly to?: readonly {
      readonly podSelector?: object;
      readonly ipBlock?: { readonly cidr: string; readonly except: readonly string[] };
    }[];
    readonly ports: readonly { readonly port: number | string }[];
  }[];
}

interface RouteSpec {
  readonly rules: readonly [
    {
      readonly timeouts: { readonly request: string; readonly backendRequest: string };
      readonly backendRefs: readonly [{ readonly name: string; readonly port: number }];
    },
  ];
}

interface MonitorSpec {
  readonly jobLabel: string;
  readonly podMetricsEndpoints: readonly [
    {
      readonly port: string;
      readonly path: string;
      readonly authorization: {
        readonly credentials: { readonly name: string; readonly key: string };
      };
    },
  ];
}

const files = readdirSync(FOLDER, { recursive: true, encoding: 'utf8' }).filter(
  (name) => name.endsWith('.yaml') && !name.endsWith('kustomization.yaml'),
);
const manifests = files.flatMap((name) =>
  parseAllDocuments(readFileSync(join(FOLDER, name), 'utf8')).map(
    (document) => document.toJS() as Manifest,
  ),
);
const named = manifests.map((manifest): [string, Manifest] => [
  `${manifest.kind} ${manifest.metadata.name}`,
  manifest,
]);
const pods = named.flatMap(([name, { spec }]): [string, PodSpec][] =>
  spec?.template === undefined ? [] : [[name, spec.template.spec]],
);

const manifest = (kind: string, name: string): Manifest => {
  const found = manifests.find((one) => one.kind === kind && one.metadata.name === name);
  if (found === undefined) {
    throw new Error(`there is no ${kind} ${name}`);
  }
  return found;
};
const easelPod = () => {
  const spec = pods.find(([name]) => name === 'Deployment easel')?.[1];
  const container = spec?.containers[0];
  if (spec === undefined || container === undefined) {
    throw new Error('the Deployment easel has no container');
  }
  const env = new Map(container.env?.map(({ name, value }) => [name, value ?? '']));
  return { spec, container, env };
};

/**
 * What the compiler finds wrong with the manifests, taken for literals of the types that
 * kubernetes-models makes of Kubernetes' own schema: unlike that schema's validation, it also
 * finds fields that do not exist, which Kubernetes drops in silence.
 */
function typeFaults(documents: readonly Manifest[]): readonly string[] {
  const file = join(__dirname, 'manifests.literal.ts');
  const text = documents
    .map(
      (document, index) =>
        `import type { I${document.kind} as Kind${index} } from '${modelOf(document)}';\n` +
        `export const manifest${index}: Kind${index} = ${JSON.stringify(document)};\n`,
    )
    .join('');
  const options: ts.CompilerOptions = {
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    types: [],
    module: ts.ModuleKind.CommonJS,
    moduleResolution: ts.ModuleResolutionKind.Node10,
  };
  const host = ts.createCompilerHost(options);
  const onDisk = host.getSourceFile.bind(host);
  host.getSourceFile = (name, target, ...rest) =>
    name === file ? ts.createSourceFile(name, text, target) : onDisk(name, target, ...rest);
  return ts
    .getPreEmitDiagnostics(ts.createProgram([file], options, host))
    .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, ' '));
}

/** Where the models of kinds are that Kubernetes itself does not have. */
const PACKAGES: Readonly<Record<string, string>> = {
  'gateway.networking.k8s.io': '@kubernetes-models/gateway-api',
  'monitoring.coreos.com': '@kubernetes-models/prometheus-operator',
};

function modelOf({ apiVersion, kind }: Manifest): string {
  const [group = ''] = apiVersion.split('/');
  return `${PACKAGES[group] ?? 'kubernetes-models'}/${apiVersion}/${kind}`;
}

const MODELS: Readonly<Record<string, new (data: never) => { validate(): void }>> = {
  Deployment,
  HTTPRoute,
  NetworkPolicy,
  PodDisruptionBudget,
  PodMonitor,
  PrometheusRule,
  Secret,
  Service,
};

/** @throws if a value violates Kubernetes' schema: formats, ranges, enums */
function validate(document: Manifest): void {
  const Model = MODELS[document.kind];
  if (Model === undefined) {
    throw new Error(`there is no model of a ${document.kind} here`);
  }
  new Model(document as never).validate();
}

describe('the Kubernetes manifests', () => {
  it('have no unknown field, and lack no required one', () => {
    expect(typeFaults(manifests)).toEqual([]);
  });

  it.each(named)('%s has values that Kubernetes’ schema accepts', (_name, document) => {
    expect(() => {
      validate(document);
    }).not.toThrow();
  });

  it('would not pass with a field misspelt, missing, or of the wrong kind', () => {
    const [service] = manifests.filter(({ kind }) => kind === 'Service');
    const spoilt = (spec: object) => ({ ...service, spec }) as unknown as Manifest;
    const misspelt = typeFaults([spoilt({ selektor: { a: 'b' } })]);
    expect(misspelt).toEqual([expect.stringContaining('selektor')]);
    expect(typeFaults([spoilt({ ports: [{ name: 'http' }] })])).toHaveLength(1);
    const outOfWords = spoilt({ ports: [{ port: 80, protocol: 'QUIC' }] });
    expect(() => {
      validate(outOfWords);
    }).toThrow('protocol');
  });

  it('are all applied, by themselves or by a component, but for the examples', () => {
    const resourcesOf = (folder: string) => {
      const path = join(FOLDER, folder, 'kustomization.yaml');
      const { resources } = parse(readFileSync(path, 'utf8')) as { resources: readonly string[] };
      return resources.map((name) => join(folder, name));
    };
    const applied = [...resourcesOf(''), ...resourcesOf('monitoring')];
    const examples = ['http-route.example.yaml', 'secrets.example.yaml'];
    expect([...applied, ...examples].sort()).toEqual([...files].sort());
  });

  it.each(pods)('%s runs under the restricted Pod Security Standard', (_name, spec) => {
    expect(spec.securityContext).toMatchObject({
      runAsNonRoot: true,
      seccompProfile: { type: 'RuntimeDefault' },
    });
    for (const { securityContext } of spec.containers) {
      expect(securityContext).toEqual({
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ['ALL'] },
      });
    }
  });

  it.each(named.filter(([, { kind }]) => kind === 'Deployment'))(
    '%s selects its pods',
    (_, one) => {
      expect(one.spec?.template?.metadata.labels).toMatchObject(
        one.spec?.selector?.matchLabels ?? {},
      );
    },
  );

  it('set no variable that Easel does not know', () => {
    expect([...easelPod().env.keys()].filter((name) => !isEaselVariable(name))).toEqual([]);
  });

  it('give a pod more time to end than its images may take', () => {
    const { spec, env } = easelPod();
    const delay = Number(env.get('SHUTDOWN_DELAY_MS'));
    const deadline = Number(env.get('REQUEST_DEADLINE_MS') ?? new Env().REQUEST_DEADLINE_MS);
    expect(delay).toBeGreaterThan(10_000);
    expect(spec.terminationGracePeriodSeconds * 1000).toBeGreaterThanOrEqual(
      delay + deadline + 60_000,
    );
  });

  it('probe the routes there are, on the port that Easel listens on', () => {
    const { container, env } = easelPod();
    expect(container.ports).toEqual([{ name: 'http', containerPort: Number(env.get('PORT')) }]);
    expect(container.livenessProbe?.httpGet).toEqual({ path: '/healthz', port: 'http' });
    expect(container.readinessProbe?.httpGet).toEqual({ path: '/readyz', port: 'http' });
    expect(manifest('Service', 'easel').spec?.ports?.[0]?.targetPort).toBe('http');
  });

  it('name the Redis of these manifests', () => {
    const { hostname, port } = new URL(easelPod().env.get('REDIS_URL') ?? '');
    expect(manifest('Service', hostname).spec?.ports?.[0]?.port).toBe(Number(port));
  });

  it('mount each secret as a folder that holds the file its variable names', () => {
    const { spec, container, env } = easelPod();
    for (const variable of ['ACCOUNTS_FILE', 'PROXY_API_KEY_FILE', 'DATABASE_URL_FILE']) {
      const path = env.get(variable) ?? '';
      const mount = container.volumeMounts.find(({ mountPath }) => path.startsWith(mountPath));
      expect(mount).not.toHaveProperty('subPath');
      const volume = spec.volumes.find(({ name }) => name === mount?.name);
      const { stringData = {} } = manifest('Secret', volume?.secret?.secretName ?? '');
      expect(Object.keys(stringData)).toContain(path.slice((mount?.mountPath.length ?? 0) + 1));
    }
  });

  it('have images of a given version, by digest', () => {
    const images = pods.flatMap(([, { containers }]) => containers.map(({ image }) => image));
    expect(
      images.filter((image) => !/^easel$|:\d+\.\d+\.\d+[\w.-]*@sha256:[0-9a-f]{64}$/.test(image)),
    ).toEqual([]);
  });

  it('let a pod write only to DATA_DIR and /tmp', () => {
    const { spec, container, env } = easelPod();
    const writable = container.volumeMounts.filter(({ name }) =>
      spec.volumes.some((volume) => volume.name === name && 'emptyDir' in volume),
    );
    expect(writable.map(({ mountPath }) => mountPath).sort()).toEqual([
      env.get('DATA_DIR'),
      '/tmp',
    ]);
  });

  it('let Easel out to what it needs, and to nothing else in private networks', () => {
    const { spec } = manifest('NetworkPolicy', 'easel') as unknown as { spec: EgressPolicy };
    expect(spec.policyTypes).toEqual(['Egress']);
    const open = spec.egress.filter(({ to }) => to === undefined).flatMap(({ ports }) => ports);
    expect(open.map(({ port }) => port)).toEqual([53, 53, 5432, 4318]);
    const [internet = []] = spec.egress.flatMap(({ to = [] }) =>
      to.some(({ ipBlock }) => ipBlock !== undefined) ? [to] : [],
    );
    const except = internet.flatMap(({ ipBlock }) => ipBlock?.except ?? []);
    for (const range of [
      '10.0.0.0/8',
      '172.16.0.0/12',
      '192.168.0.0/16',
      '169.254.0.0/16',
      'fc00::/7',
    ]) {
      expect(except).toContain(range);
    }
    const redis = spec.egress
      .flatMap(({ to = [] }) => to)
      .flatMap(({ podSelector }) => podSelector ?? []);
    expect(redis).toEqual([{ matchLabels: { 'app.kubernetes.io/name': 'easel-redis' } }]);
  });

  it('route requests for as long as they may take, and never twice', () => {
    const { spec } = manifest('HTTPRoute', 'easel') as unknown as { spec: RouteSpec };
    const [rule] = spec.rules;
    expect(Number.parseInt(rule.timeouts.request) * 1000).toBeGreaterThanOrEqual(
      new Env().REQUEST_DEADLINE_MS + 60_000,
    );
    expect(rule.timeouts.backendRequest).toBe(rule.timeouts.request);
    expect(rule).not.toHaveProperty('retry');
    const [{ name, port }] = rule.backendRefs;
    expect(manifest('Service', name).spec?.ports?.[0]?.port).toBe(port);
  });

  it('have Prometheus ask each pod, with a key of the Secret', () => {
    const { spec } = manifest('PodMonitor', 'easel') as unknown as { spec: MonitorSpec };
    const { container } = easelPod();
    const [{ port, path, authorization }] = spec.podMetricsEndpoints;
    expect(container.ports.map(({ name }) => name)).toContain(port);
    expect(path).toBe('/metrics');
    const { name, key } = authorization.credentials;
    expect(Object.keys(manifest('Secret', name).stringData ?? {})).toContain(key);
    expect(spec.jobLabel).toBe('app.kubernetes.io/name');
  });

  it('have the alerts that ship (npm run prometheus-rule)', () => {
    const { spec } = manifest('PrometheusRule', 'easel') as unknown as { spec: object };
    expect(spec).toEqual(parse(readFileSync(RULE_FILE, 'utf8')));
  });
});

const kubectl = (...options: readonly string[]) =>
  spawnSync('kubectl', options, { encoding: 'utf8' });
const HAS_KUBECTL = kubectl('version', '--client').status === 0;
if (!HAS_KUBECTL) {
  process.stderr.write('SKIPPED: building the kustomization with kubectl, which is not here\n');
}

// Few machines that run the tests have it.
(HAS_KUBECTL ? describe : describe.skip)('kubectl kustomize', () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'easel-kustomize-'));
    cpSync(FOLDER, folder, { recursive: true });
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  function build(components: readonly string[]): readonly Manifest[] {
    const path = join(folder, 'kustomization.yaml');
    const list = components.map((name) => `  - ${name}\n`).join('');
    const more = components.length === 0 ? '' : `components:\n${list}`;
    writeFileSync(path, readFileSync(path, 'utf8') + more);
    const { stdout, stderr } = kubectl('kustomize', folder);
    expect(stderr).toBe('');
    return parseAllDocuments(stdout).map((document) => document.toJS() as Manifest);
  }

  it.each([
    ['as it is', []],
    ['with hosted images', ['image-store']],
    ['with the alerts', ['monitoring']],
    ['with consumers', ['consumers']],
    ['with all of them', ['consumers', 'image-store', 'monitoring']],
  ])('builds manifests that Kubernetes accepts, %s', (_name, components) => {
    const built = build(components);
    expect(typeFaults(built)).toEqual([]);
    const easel = built.find(
      ({ kind, metadata }) => kind === 'Deployment' && metadata.name === 'easel',
    );
    const names = easel?.spec?.template?.spec.containers[0]?.env?.map(({ name }) => name) ?? [];
    expect(names).toEqual(expect.arrayContaining(['REDIS_URL', 'DATABASE_URL_FILE']));
    expect(names.includes('IMAGE_STORE')).toBe(components.includes('image-store'));
    expect(names.includes('CONSUMERS_FILE')).toBe(components.includes('consumers'));
    expect(names.filter((name) => !isEaselVariable(name))).toEqual([]);
    expect(built.some(({ kind }) => kind === 'PrometheusRule')).toBe(
      components.includes('monitoring'),
    );
  });
});
