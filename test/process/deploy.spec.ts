import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, Scalar, type CollectionTag } from 'yaml';
import { readSettings } from '../../src/config/read-settings.js';
import type { Variables } from '../../src/config/variable-reader.js';
import { Caller } from '../support/caller.js';
import { settingsNames } from '../support/settings-names.js';
import { useServices } from '../support/use-service.js';

const { start } = useServices();

const secret = 'f3b1c05d9e7a4c62f3b1c05d9e7a4c62';

interface ComposeService {
  image: string;
  profiles?: string[];
  read_only?: boolean;
  cap_drop?: string[];
  security_opt?: string[];
  stop_grace_period?: string;
  logging?: { driver: string; options: Record<string, string> };
  environment?: Record<string, string | number>;
  command?: string[];
  ports?: string[];
  volumes?: string[];
  secrets?: string[];
  deploy?: { replicas: number };
  depends_on?: unknown;
}
interface Compose {
  name?: string;
  services: Record<string, ComposeService>;
  secrets: Record<string, { environment: string }>;
  volumes: Record<string, null>;
}
type Labels = Record<string, string>;
interface Probe {
  httpGet: { path: string; port: string };
}
interface Container {
  name: string;
  image: string;
  ports: { name: string; containerPort: number }[];
  envFrom: object[];
  securityContext: object;
  resources: Record<'limits' | 'requests', { cpu: string; memory: string }>;
  startupProbe: Probe;
  livenessProbe: Probe;
  readinessProbe: Probe;
}
interface Pod {
  metadata: { labels: Labels };
  spec: {
    terminationGracePeriodSeconds: number;
    securityContext: object;
    containers: Container[];
  };
}
interface Deployment {
  kind: string;
  metadata: { name: string };
  spec: { replicas: number; selector: { matchLabels: Labels }; template: Pod };
}
interface Service {
  kind: string;
  metadata: { name: string; labels: Labels };
  spec: { selector: Labels; ports: { name: string; targetPort: string }[] };
}
interface Patch {
  kind: string;
  metadata: { name: string };
  spec: {
    replicas: number;
    strategy: object;
    template: {
      spec: {
        securityContext: { fsGroup: number };
        containers: [
          {
            name: string;
            env: { name: string; value: string }[];
            volumeMounts: [{ name: string; mountPath: string }];
          },
        ];
        volumes: object[];
      };
    };
  };
}
interface Claim {
  kind: string;
  metadata: { name: string };
  spec: { accessModes: string[] };
}
interface Kustomization {
  namespace?: string;
  resources: string[];
  patches?: { path: string }[];
  images?: { name: string; newName: string; newTag: string }[];
}
interface Ingress {
  metadata: { annotations: Labels };
  spec: {
    rules: {
      http: {
        paths: {
          path: string;
          backend: { service: { name: string; port: { name: string } } };
        }[];
      };
    }[];
  };
}
interface DisruptionBudget {
  kind: string;
  spec: { selector: { matchLabels: Labels }; maxUnavailable: number };
}

function text(file: string): string {
  return readFileSync(file, 'utf8');
}

/** Compose's tag of what a service does not take over from the one that it extends. */
const reset: CollectionTag = {
  tag: '!reset',
  collection: 'seq',
  resolve: () => new Scalar(null),
};

function yaml(file: string): unknown {
  return parse(text(file), { merge: true, customTags: [reset] });
}

/** A Compose file with what its services take over from others, as far as the shipped ones do. */
function compose(file: string): Compose {
  const read = yaml(file) as Compose;
  const services = Object.entries(read.services).map(([name, { ...service }]) => {
    const { extends: source } = service as { extends?: { file: string; service: string } };
    if (!source) return [name, service] as const;
    const base = compose(source.file).services[source.service]!;
    const environment = { ...base.environment, ...service.environment };
    return [name, { ...base, ...service, environment }] as const;
  });
  return { ...read, services: Object.fromEntries(services) };
}

/** What the container's start reads, with secrets where the operator puts them. */
function accepted(environment: Variables): void {
  const names = Object.keys(environment);
  const known = new Set(['NODE_ENV', 'NODE_OPTIONS', ...settingsNames()]);
  expect(names.filter((name) => !known.has(name))).toEqual([]);
  expect(() => readSettings(environment)).not.toThrow();
}

/** A Compose service's environment with what the operator's shell fills in. */
function environmentOf({ environment = {} }: ComposeService): Record<string, string> {
  const filled = Object.entries(environment).map(([name, value]) => [
    name,
    String(value).replaceAll(/\$\{(\w+):[?-][^}]*\}/g, `$1-${secret}`),
  ]);
  return Object.fromEntries(filled) as Record<string, string>;
}

async function expectAnswers(...paths: string[]): Promise<void> {
  const {
    service: { url },
  } = await start({});
  for (const path of paths) {
    expect([path, (await new Caller(url).get(path)).status]).toEqual([path, 200]);
  }
}

const dockerfile = text('Dockerfile').replaceAll(/\\\n\s*/g, ' ');
const lastStage = dockerfile.slice(dockerfile.lastIndexOf('\nFROM '));

/** What the last stage says after such an instruction, the last time that it does. */
function lastOf(instruction: string): string {
  return (
    lastStage
      .match(new RegExp(`^${instruction} (.*)$`, 'gm'))
      ?.at(-1)
      ?.slice(instruction.length + 1) ?? ''
  );
}

function imageEnvironment(): Record<string, string> {
  const pairs = lastOf('ENV').trim().split(/\s+/);
  return Object.fromEntries(pairs.map((pair) => pair.split('=') as [string, string]));
}

/** What readers copy commands from. */
const documentation = [
  'README.md',
  'README.zh-CN.md',
  ...readdirSync('docs', { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.md'))
    .map((file) => join('docs', file)),
];

describe('the documentation', () => {
  it.each(['README.md', 'README.zh-CN.md', 'docs/deploy/docker.md'])(
    'gives a container its secrets by their names: %s',
    (file) => {
      expect(text(file).replaceAll('\\\n', '')).toMatch(/docker run .*-e TOKEN /);
    },
  );

  it.each(documentation)('shows no secret on a command line: %s', (file) => {
    const commands = text(file).replaceAll('\\\n', '');
    expect(commands).not.toMatch(/npm start .*\s--?(t|db|proxy)[ =]/);
    expect(commands).not.toMatch(/docker run .*-e \w+=/);
    expect(commands).not.toMatch(/curl .*\$\{?[A-Z_]*(TOKEN|SECRET)/);
  });
});

describe('the Dockerfile', () => {
  it('starts what npm start starts, behind an init', () => {
    const { scripts } = JSON.parse(text('package.json')) as { scripts: { start: string } };
    expect((JSON.parse(lastOf('CMD')) as string[]).join(' ')).toBe(scripts.start);
    expect(JSON.parse(lastOf('ENTRYPOINT'))).toEqual(['tini', '--']);
    expect(lastStage).toContain('install -y --no-install-recommends tini');
  });

  it('is not root, and says so in a number', () => {
    expect(lastOf('USER')).toMatch(/^[1-9]\d*:[1-9]\d*$/);
  });

  it('installs what the lock file says, and only what the service needs', () => {
    const installs = dockerfile.match(/npm (ci|install|i)\b.*/g);
    expect(installs).toEqual(['npm ci', 'npm ci --omit=dev']);
    expect(lastStage).toContain('COPY --from=dependencies /app/node_modules node_modules');
    expect(dockerfile).not.toMatch(/ADD |:latest|^FROM (?!\$\{NODE_IMAGE\}|toolchain)/m);
  });

  it('is based on an exact version of Node, of a line that package.json names', () => {
    const { engines } = JSON.parse(text('package.json')) as { engines: { node: string } };
    const [, major] = /^ARG NODE_IMAGE=node:(\d+)\.\d+\.\d+-bookworm-slim$/m.exec(dockerfile) ?? [];
    const lines = engines.node.split(' || ').map((range) => /^\^(\d+)/.exec(range)?.[1]);
    expect(lines).toContain(major ?? 'no version');
  });

  it('copies only what is there and not kept from it', () => {
    const allowed = [...text('.dockerignore').matchAll(/^!(.+)$/gm)].map(([, path]) => path);
    const copied = [...dockerfile.matchAll(/^COPY (?!--from)(.*)$/gm)].flatMap(([, line]) =>
      line!.split(' ').slice(0, -1),
    );
    expect(copied.length).toBeGreaterThan(5);
    for (const path of copied) {
      expect([path, existsSync(path), allowed.includes(path)]).toEqual([path, true, true]);
    }
  });

  it('asks for its health without tools that the image does not have', async () => {
    const check = JSON.parse(lastOf('HEALTHCHECK').replace(/^.*?CMD /, '')) as string[];
    expect(check.slice(0, 2)).toEqual(['node', '-e']);
    const [path] = /\/health\/\w+/.exec(check[2] ?? '') ?? [];
    await expectAnswers(path ?? 'no path');
  });

  it('sets what the service reads', () => {
    accepted({ ...imageEnvironment(), TOKEN: secret });
    expect(imageEnvironment()['PORT']).toBe(lastOf('EXPOSE'));
  });
});

const composeFiles = ['compose.yaml', 'compose.scale.yaml'];

describe.each(composeFiles)('%s', (file) => {
  const { services, secrets, volumes } = compose(file);
  const alice = services['alice']!;
  const environment = environmentOf(alice);

  it('says which Docker Compose it needs', () => {
    expect(text(file)).toMatch(/^# Needs Docker Compose 2\.24 or newer/m);
  });

  it('starts with settings that are read and accepted', () => {
    accepted(environment);
    expect(alice.environment?.['TOKEN']).toMatch(/^\$\{TOKEN:\?.+\}$/);
  });

  it('gives running answers their time', () => {
    const needed =
      Number(environment['SHUTDOWN_DELAY_MS']) + Number(environment['SHUTDOWN_GRACE_MS']);
    expect(Number.parseInt(alice.stop_grace_period ?? '0') * 1_000).toBeGreaterThan(needed);
  });

  it('confines what faces callers, and publishes on loopback only', () => {
    const published = Object.entries(services).filter(([, { ports }]) => ports);
    expect(published.map(([name]) => name).sort()).toEqual([
      file === 'compose.yaml' ? 'alice' : 'balancer',
      'grafana',
      'prometheus',
    ]);
    for (const [name, service] of [...published, ['alice', alice] as const]) {
      expect({ name, ...service }).toMatchObject({
        name,
        ...(service.profiles ? {} : { read_only: true }),
        cap_drop: ['ALL'],
        security_opt: ['no-new-privileges:true'],
      });
      for (const port of service.ports ?? []) expect(port).toMatch(/^127\.0\.0\.1:/);
    }
  });

  it('bounds every log', () => {
    for (const [name, { logging }] of Object.entries(services)) {
      const options = { 'max-size': '10m', 'max-file': '5' };
      expect({ name, logging }).toEqual({ name, logging: { driver: 'json-file', options } });
    }
  });

  it('names a version of every image that is not its own', () => {
    for (const { image } of Object.values(services))
      expect(image).toMatch(/^alice$|:\d+(\.\d+)?-\w+$|:v?\d+\.\d+\.\d+$/);
  });

  it('mounts what there is', () => {
    for (const mount of Object.values(services).flatMap((service) => service.volumes ?? [])) {
      const [source] = mount.split(':') as [string];
      expect([source, existsSync(source) || source in volumes]).toEqual([source, true]);
    }
  });

  describe('with the profile observe', () => {
    const observers = Object.entries(services).filter(([, { profiles }]) => profiles);
    const { prometheus, grafana } = services as Record<'prometheus' | 'grafana', ComposeService>;

    /** Where a file or folder of this repository is in the container. */
    function placeOf(service: ComposeService, path: string): string {
      const mount = service.volumes?.find((volume) => volume.startsWith(`./${path}:`));
      return mount?.split(':')[1] ?? `nowhere: ${path}`;
    }

    it('starts Prometheus and Grafana as well', () => {
      expect(Object.fromEntries(observers.map(([name, { profiles }]) => [name, profiles]))).toEqual(
        { prometheus: ['observe'], grafana: ['observe'] },
      );
    });

    it('has Prometheus read the shipped scrape configuration and alerts', () => {
      const folder = placeOf(prometheus, 'deploy/prometheus');
      expect(prometheus.command).toContain(`--config.file=${folder}/scrape.yaml`);
      const { rule_files } = yaml('deploy/prometheus/scrape.yaml') as { rule_files: string[] };
      expect(rule_files).toEqual(['alerts.yaml']);
    });

    it('has Prometheus ask each process, with the METRICS_TOKEN that the service has', () => {
      const { scrape_configs } = yaml('deploy/prometheus/scrape.yaml') as {
        scrape_configs: { authorization: object; dns_sd_configs: object[] }[];
      };
      expect(scrape_configs).toEqual([
        {
          job_name: 'alice',
          authorization: { credentials_file: `/run/secrets/${prometheus.secrets?.[0]}` },
          dns_sd_configs: [{ names: ['alice'], type: 'A', port: 7777 }],
        },
      ]);
      expect(prometheus).not.toHaveProperty('read_only');
      expect(secrets).toEqual({ [prometheus.secrets![0]!]: { environment: 'METRICS_TOKEN' } });
      expect(alice.environment?.['METRICS_TOKEN']).toBe('${METRICS_TOKEN:-}');
    });

    it('shows the shipped dashboard in Grafana, and lets nobody log in', () => {
      const { providers } = yaml('deploy/grafana/provisioning/dashboards/alice.yaml') as {
        providers: { options: { path: string } }[];
      };
      const place = placeOf(grafana, 'deploy/grafana/dashboard.json');
      expect(place.slice(0, place.lastIndexOf('/'))).toBe(providers[0]!.options.path);
      expect(placeOf(grafana, 'deploy/grafana/provisioning')).toBe('/etc/grafana/provisioning');
      expect(grafana.environment).toMatchObject({
        GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH: place,
        GF_AUTH_ANONYMOUS_ENABLED: 'true',
        GF_AUTH_ANONYMOUS_ORG_ROLE: 'Viewer',
        GF_AUTH_DISABLE_LOGIN_FORM: 'true',
        GF_AUTH_BASIC_ENABLED: 'false',
      });
    });

    it('has Grafana ask that Prometheus', () => {
      const { datasources } = yaml('deploy/grafana/provisioning/datasources/prometheus.yaml') as {
        datasources: { type: string; url: string; isDefault: boolean }[];
      };
      expect(datasources).toMatchObject([
        { type: 'prometheus', url: 'http://prometheus:9090', isDefault: true },
      ]);
    });
  });
});

describe('compose.yaml alone', () => {
  const { services } = compose('compose.yaml');

  it('starts one service on SQLite unless asked for more', () => {
    const started = Object.keys(services).filter((name) => !services[name]!.profiles);
    expect(started).toEqual(['alice']);
    expect(environmentOf(services['alice']!)['DATABASE_URL']).toMatch(/^sqlite:\/data\//);
    expect(services['alice']!.volumes).toContain('alice-data:/data');
  });
});

describe('compose.scale.yaml alone', () => {
  const { name, services } = compose('compose.scale.yaml');
  const single = compose('compose.yaml').services['alice']!;
  const alice = services['alice']!;

  it('has containers and volumes of its own', () => {
    expect(name).toBe('alice-scale');
  });

  it('starts three replicas, their database, Redis and a balancer at the same address', () => {
    const started = Object.keys(services).filter((service) => !services[service]!.profiles);
    expect(started.sort()).toEqual(['alice', 'balancer', 'postgres', 'redis']);
    expect(alice.deploy).toEqual({ replicas: 3 });
    expect(environmentOf(alice)).toMatchObject({
      REPLICAS: '3',
      REDIS_URL: 'redis://redis:6379',
      DATABASE_URL: expect.stringMatching(/^postgres:.*@postgres:5432\//) as string,
    });
    expect(alice.depends_on).toEqual({
      postgres: { condition: 'service_healthy' },
      redis: { condition: 'service_healthy' },
    });
    expect(services['balancer']!.ports).toEqual(single.ports);
    expect([alice.ports, alice.volumes]).toEqual([null, null]);
  });

  it('has a Redis that refuses what does not fit, and evicts nothing', () => {
    const options = services['redis']!.command!.join(' ');
    expect(options).toMatch(/--maxmemory 256mb --maxmemory-policy noeviction$/);
  });
});

describe('the balancer of compose.scale.yaml', () => {
  const config = text('deploy/haproxy/haproxy.cfg');
  const alice = compose('compose.scale.yaml').services['alice']!;

  function seconds(timeout: string): number {
    return Number(new RegExp(`timeout ${timeout} (\\d+)s$`, 'm').exec(config)?.[1]);
  }

  it('asks every replica whether it is ready, often enough for the delay of a stop', async () => {
    const [, uri] = /http-check send meth GET uri (\S+)/.exec(config) ?? [];
    await expectAnswers(uri ?? 'no path');
    const [, every, times] = /check inter (\d)s fall (\d)/.exec(config) ?? [];
    const delayMs = Number(alice.environment?.['SHUTDOWN_DELAY_MS']);
    expect(Number(every) * Number(times) * 1_000).toBeLessThan(delayMs);
    expect(config).toContain(`server-template replica ${alice.deploy!.replicas} alice:7777 `);
  });

  it('waits as long as a call may take, and ends idle connections first', () => {
    const { upstream } = readSettings({});
    for (const side of ['client', 'server']) {
      expect(seconds(side) * 1_000).toBeGreaterThan(upstream.callTimeoutMs);
    }
    expect(seconds('http-keep-alive')).toBeLessThan(65);
    expect(config).not.toMatch(/http-buffer-request/);
  });
});

describe('the Kubernetes manifests', () => {
  const folder = 'deploy/kubernetes';
  const deployment = yaml(`${folder}/base/deployment.yaml`) as Deployment;
  const service = yaml(`${folder}/base/service.yaml`) as Service;
  const { data } = yaml(`${folder}/configmap.yaml`) as { data: Labels };
  const { stringData } = yaml(`${folder}/secret.example.yaml`) as { stringData: Labels };
  const { replicas, selector, template } = deployment.spec;
  const container = template.spec.containers[0]!;

  it('set what the service reads and accepts', () => {
    const { DATABASE_URL, ...others } = stringData;
    expect(new Set(Object.values(others))).toEqual(new Set(['']));
    const filled = Object.fromEntries(
      Object.keys(others).map((name) => [name, `${secret}-${name}`]),
    );
    const urls = { DATABASE_URL, REDIS_URL: 'redis://r:6379' };
    accepted({ ...imageEnvironment(), ...data, ...filled, ...urls });
    expect(data['REPLICAS']).toBe(String(replicas));
    expect(container.envFrom).toEqual([
      { configMapRef: { name: 'alice' } },
      { secretRef: { name: 'alice' } },
    ]);
  });

  it('say in the example that replicas share PostgreSQL', () => {
    expect(stringData['DATABASE_URL']).toMatch(/^postgres:/);
  });

  it('name the image in one place', () => {
    expect(container.image).toBe('alice');
    const named = ['', 'base/', 'single/', 'monitoring/'].flatMap(
      (part) => (yaml(`${folder}/${part}kustomization.yaml`) as Kustomization).images ?? [],
    );
    expect(named).toEqual([
      {
        name: 'alice',
        newName: expect.any(String) as string,
        newTag: expect.any(String) as string,
      },
    ]);
  });

  it.each([
    ['', ['ingress.yaml', 'secret.example.yaml', 'secret.yaml']],
    ['base/', []],
    ['single/', []],
    ['monitoring/', []],
  ])('list the files of their folder, and leave the namespace to kubectl: %s', (part, apart) => {
    const list = yaml(`${folder}/${part}kustomization.yaml`) as Kustomization;
    const files = [...list.resources, ...(list.patches ?? []).map(({ path }) => path)];
    const there = readdirSync(`${folder}/${part}`).filter((name) => name.endsWith('.yaml'));
    expect(files.filter((name) => name.endsWith('.yaml')).sort()).toEqual(
      there.filter((name) => ![...apart, 'kustomization.yaml'].includes(name)).sort(),
    );
    for (const file of files)
      expect([file, existsSync(`${folder}/${part}${file}`)]).toEqual([file, true]);
    for (const name of there) {
      expect(text(`${folder}/${part}${name}`)).not.toMatch(/^ *namespace:/m);
    }
  });

  it('probe what there is, where it listens', async () => {
    const { startupProbe, livenessProbe, readinessProbe, ports } = container;
    const probes = [startupProbe, livenessProbe, readinessProbe].map(({ httpGet }) => httpGet);
    expect(probes.map(({ path }) => path)).toEqual([
      '/health/live',
      '/health/live',
      '/health/ready',
    ]);
    expect(new Set(probes.map(({ port }) => port))).toEqual(new Set([ports[0]!.name]));
    expect(String(ports[0]!.containerPort)).toBe(imageEnvironment()['PORT']);
    await expectAnswers(...probes.map(({ path }) => path));
  });

  it('give running answers their time', () => {
    const needed = Number(data['SHUTDOWN_DELAY_MS']) + Number(data['SHUTDOWN_GRACE_MS']);
    expect(template.spec.terminationGracePeriodSeconds * 1_000).toBeGreaterThan(needed);
  });

  it('confine the pod and bound what it takes', () => {
    expect(template.spec.securityContext).toMatchObject({
      runAsNonRoot: true,
      runAsUser: Number(lastOf('USER').split(':')[0]),
    });
    expect(container.securityContext).toEqual({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    });
    for (const bound of ['requests', 'limits'] as const) {
      expect(container.resources[bound]).toEqual({
        cpu: expect.any(String) as string,
        memory: expect.stringMatching(/^\d+Mi$/) as string,
      });
    }
  });

  it('select the same pods everywhere', () => {
    const labels = template.metadata.labels;
    const budget = yaml(`${folder}/pod-disruption-budget.yaml`) as DisruptionBudget;
    expect([selector.matchLabels, service.spec.selector, budget.spec.selector.matchLabels]).toEqual(
      [labels, labels, labels],
    );
    expect(service.spec.ports[0]!.targetPort).toBe(container.ports[0]!.name);
    expect(budget.spec.maxUnavailable).toBeLessThan(replicas);
    expect([deployment.kind, service.kind, budget.kind]).toEqual([
      'Deployment',
      'Service',
      'PodDisruptionBudget',
    ]);
  });
});

describe('the Ingress', () => {
  const { metadata, spec } = yaml('deploy/kubernetes/ingress.yaml') as Ingress;
  const service = yaml('deploy/kubernetes/base/service.yaml') as Service;
  const paths = spec.rules.flatMap(({ http }) => http.paths);
  const settings = readSettings({});

  it('routes what is for callers, and nothing that is for operators', async () => {
    const routed = paths.map(({ path }) => path);
    const {
      service: { url },
    } = await start({ ADMIN_TOKEN: secret });
    const described = JSON.parse((await new Caller(url).get('/openapi.json')).text) as {
      paths: Record<string, unknown>;
    };
    const beginnings = Object.keys(described.paths).map((path) => `/${path.split('/')[1]}`);
    const all = new Set(['/docs', '/openapi.json', ...beginnings]);
    expect([...routed, '/admin', '/health', '/metrics'].sort()).toEqual([...all].sort());

    for (const { backend } of paths) {
      expect(backend).toEqual({
        service: { name: service.metadata.name, port: { name: service.spec.ports[0]!.name } },
      });
    }
  });

  it('passes on streams as they come, waits as long as a call may take, and takes its body', () => {
    const prefix = 'nginx.ingress.kubernetes.io/';
    const entries = Object.entries(metadata.annotations);
    const annotations = Object.fromEntries(
      entries.map(([name, value]) => [name.replace(prefix, ''), value]),
    );
    expect(annotations['proxy-buffering']).toBe('off');
    for (const side of ['read', 'send']) {
      const ms = Number(annotations[`proxy-${side}-timeout`]) * 1_000;
      expect(ms).toBeGreaterThan(settings.upstream.callTimeoutMs);
    }
    expect(Number(annotations['proxy-body-size'])).toBe(settings.v1.maxBodyBytes);
  });
});

describe('one replica in Kubernetes', () => {
  const folder = 'deploy/kubernetes/single';
  const base = yaml('deploy/kubernetes/base/deployment.yaml') as Deployment;
  const patch = yaml(`${folder}/deployment.yaml`) as Patch;
  const claim = yaml(`${folder}/volume-claim.yaml`) as Claim;
  const { data } = yaml(`${folder}/configmap.yaml`) as { data: Labels };
  const { containers, securityContext, volumes } = patch.spec.template.spec;
  const [container] = containers;

  it('changes the deployment of three', () => {
    expect([patch.kind, patch.metadata.name]).toEqual([base.kind, base.metadata.name]);
    expect(container.name).toBe(base.spec.template.spec.containers[0]!.name);
    expect([patch.spec.replicas, data['REPLICAS']]).toEqual([1, '1']);
  });

  it('ends before the next one begins', () => {
    expect(patch.spec.strategy).toEqual({ type: 'Recreate', rollingUpdate: null });
    const needed = Number(data['SHUTDOWN_DELAY_MS']) + Number(data['SHUTDOWN_GRACE_MS']);
    const { terminationGracePeriodSeconds } = base.spec.template.spec;
    expect(terminationGracePeriodSeconds * 1_000).toBeGreaterThan(needed);
  });

  it('keeps its database in a volume that its user may write to, whatever the secret says', () => {
    const environment = Object.fromEntries(container.env.map(({ name, value }) => [name, value]));
    accepted({ ...imageEnvironment(), ...data, TOKEN: secret, ...environment });
    const [{ name, mountPath }] = container.volumeMounts;
    expect(environment).toEqual({ DATABASE_URL: imageEnvironment()['DATABASE_URL'] });
    expect(environment['DATABASE_URL']).toMatch(new RegExp(`^sqlite:${mountPath}/`));
    expect(volumes).toEqual([{ name, persistentVolumeClaim: { claimName: claim.metadata.name } }]);
    expect(claim).toMatchObject({
      kind: 'PersistentVolumeClaim',
      spec: { accessModes: ['ReadWriteOnce'] },
    });
    expect(securityContext.fsGroup).toBe(Number(lastOf('USER').split(':')[1]));
  });
});

describe('the monitoring in Kubernetes', () => {
  const folder = 'deploy/kubernetes/monitoring';

  it('asks every replica with METRICS_TOKEN, as a job named alice', () => {
    const service = yaml('deploy/kubernetes/base/service.yaml') as Service;
    const { stringData, metadata } = yaml('deploy/kubernetes/secret.example.yaml') as {
      stringData: Labels;
      metadata: { name: string };
    };
    expect(service.metadata.name).toBe('alice');
    expect(Object.keys(stringData)).toContain('METRICS_TOKEN');
    expect(yaml(`${folder}/service-monitor.yaml`)).toMatchObject({
      kind: 'ServiceMonitor',
      spec: {
        selector: { matchLabels: service.metadata.labels },
        endpoints: [
          {
            port: service.spec.ports[0]!.name,
            path: '/metrics',
            authorization: { credentials: { name: metadata.name, key: 'METRICS_TOKEN' } },
          },
        ],
      },
    });
  });

  it('has the alerts that deploy/prometheus has', () => {
    const { kind, spec } = yaml(`${folder}/prometheus-rule.yaml`) as { kind: string; spec: object };
    expect(kind).toBe('PrometheusRule');
    expect(spec).toEqual(yaml('deploy/prometheus/alerts.yaml'));
  });
});

it('keeps the copies that readers are told to fill with secrets out of version control', () => {
  const ignored = readFileSync('.gitignore', 'utf8').split('\n');
  const texts = [...documentation, 'deploy/kubernetes/secret.example.yaml'].map(text);
  const copies = [...texts.join('\n').matchAll(/\bcp \S*\.example\S* (\S+)/g)].map(
    ([, copy]) => copy,
  );
  expect(new Set(copies)).toEqual(new Set(['.env', 'secret.yaml']));
  expect(copies.filter((copy) => !ignored.includes(copy!))).toEqual([]);
});
