import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Deployment } from 'kubernetes-models/apps/v1/Deployment';
import { NetworkPolicy } from 'kubernetes-models/networking.k8s.io/v1/NetworkPolicy';
import { PodDisruptionBudget } from 'kubernetes-models/policy/v1/PodDisruptionBudget';
import { Secret } from 'kubernetes-models/v1/Secret';
import { Service } from 'kubernetes-models/v1/Service';
import ts from 'typescript';
import { parse, parseAllDocuments } from 'yaml';
import { Env } from '../../src/config/env';
import { isEaselVariable } from '../easel-variables';

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

const files = readdirSync(FOLDER).filter((name) => name !== 'kustomization.yaml');
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

const modelOf = ({ apiVersion, kind }: Manifest) => `kubernetes-models/${apiVersion}/${kind}`;

const MODELS: Readonly<Record<string, new (data: never) => { validate(): void }>> = {
  Deployment,
  NetworkPolicy,
  PodDisruptionBudget,
  Secret,
  Service,
};

/** @throws when a value is not what Kubernetes' schema asks for: formats, ranges, words */
function validate(document: Manifest): void {
  const Model = MODELS[document.kind];
  if (Model === undefined) {
    throw new Error(`there is no model of a ${document.kind} here`);
  }
  new Model(document as never).validate();
}

describe('the Kubernetes manifests', () => {
  it('have no field that Kubernetes does not know, and miss none', () => {
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

  it('are all applied, but for the example of the secrets', () => {
    const { resources } = parse(readFileSync(join(FOLDER, 'kustomization.yaml'), 'utf8')) as {
      readonly resources: readonly string[];
    };
    expect([...resources, 'secrets.example.yaml'].sort()).toEqual([...files].sort());
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

  it('name a Redis that is there', () => {
    const { hostname, port } = new URL(easelPod().env.get('REDIS_URL') ?? '');
    expect(manifest('Service', hostname).spec?.ports?.[0]?.port).toBe(Number(port));
  });

  it('mount each secret as a folder that holds the file its variable names', () => {
    const { spec, container, env } = easelPod();
    for (const variable of ['ACCOUNTS_FILE', 'PROXY_API_KEY_FILE']) {
      const path = env.get(variable) ?? '';
      const mount = container.volumeMounts.find(({ mountPath }) => path.startsWith(mountPath));
      expect(mount).not.toHaveProperty('subPath');
      const volume = spec.volumes.find(({ name }) => name === mount?.name);
      const { stringData = {} } = manifest('Secret', volume?.secret?.secretName ?? '');
      expect(Object.keys(stringData)).toEqual([path.slice((mount?.mountPath.length ?? 0) + 1)]);
    }
  });
});
