/** Who may import whom: docs/architecture.md. A layer may import itself and those before it in this list. */
const layers = [
  ['domain'],
  ['policy', 'dockerfile', 'scheduler', 'reconcile/plan'],
  ['db', 'engine', 'vault', 'archive'],
  ['auth', 'observe', 'images', 'network', 'hosts'],
  ['app', 'http'],
  ['reconcile/driver', 'reconcile/tasks', 'docker-api', 'rest-api', 'edge'],
  ['runtime', 'cli'],
];

const pathOf = (layer) => layer.map((part) => `^src/${part}[./]`);

const layerRules = layers.slice(0, -1).map((layer, index) => ({
  name: `${layer[0]}-imports-no-higher-layer`,
  comment: `${layer.join(', ')} may import only what is below.`,
  severity: 'error',
  from: { path: pathOf(layer) },
  to: { path: layers.slice(index + 1).flatMap(pathOf) },
}));

/** The rest must run on Cloudflare Workers too. */
const nodeAllowed = ['runtime/', 'engine/', 'edge/', 'archive/', 'docker-api/upgrade', 'hosts/', 'cli/'].map((path) => `^src/${path}`);

module.exports = {
  forbidden: [
    ...layerRules,
    { name: 'domain-is-alone', severity: 'error', from: { path: '^src/domain/' }, to: { pathNot: '^src/domain/' } },
    {
      name: 'apis-go-through-app',
      comment: 'Rows and engines are reached by use cases only. The shape of what a use case returns may be named.',
      severity: 'error',
      from: { path: '^src/(docker-api|rest-api)/' },
      to: { path: '^src/(db|engine)/', dependencyTypesNot: ['type-only'] },
    },
    { name: 'console-knows-the-api-alone', severity: 'error', from: { path: '^src/console/' }, to: { path: '^src/(?!console/)' } },
    { name: 'node-only-where-listed', severity: 'error', from: { path: '^src/', pathNot: nodeAllowed }, to: { dependencyTypes: ['core'] } },
    { name: 'cloudflare-only-in-worker', severity: 'error', from: { pathNot: '^src/runtime/worker' }, to: { path: '^cloudflare:' } },
    { name: 'source-imports-no-test', severity: 'error', from: { path: '^src/' }, to: { path: '^test/' } },
    { name: 'no-cycle', severity: 'error', from: {}, to: { circular: true, dependencyTypesNot: ['type-only'] } },
    { name: 'no-unknown-module', severity: 'error', from: {}, to: { couldNotResolve: true, pathNot: '^cloudflare:' } },
  ],
  options: {
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default'] },
    doNotFollow: { path: 'node_modules' },
    // Type imports count: a layer that knows another's types knows that layer.
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
  },
};
