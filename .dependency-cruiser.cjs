// The data flow of ARCHITECTURE.md as rules: each part may import only what is listed for it.
const part = (name, from, allowed) => ({
  name,
  severity: 'error',
  from: { path: from },
  to: { path: '^(scripts|k6|mock-services|test|dashboards)/', pathNot: allowed },
});

// The rooms of analysis in their order: each sees the door's types and the rooms before it.
const ANALYSIS = [
  'time',
  'turns',
  'instrument',
  'slices',
  'incidents',
  'faults',
  'shoppers',
  'series',
  'money',
  'verdict',
];
const rooms = ANALYSIS.map((room, index) => ({
  name: `analysis-${room}-sees-only-rooms-before-it`,
  severity: 'error',
  from: { path: `^scripts/analysis/${room}/` },
  to: {
    path: '^scripts/analysis/',
    pathNot: `^scripts/analysis/((${ANALYSIS.slice(0, index + 1).join('|')})/|judgement\\.ts)`,
  },
}));

module.exports = {
  forbidden: [
    ...rooms,
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'no-unresolved',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true, pathNot: '^k6(/|$)' },
    },
    {
      name: 'no-barrels',
      severity: 'error',
      from: {},
      to: { path: '(^|/)index\\.ts$', pathNot: 'node_modules' },
    },
    part('core-stands-alone', '^scripts/core/', '^scripts/core/'),
    part(
      'plan',
      '^scripts/plan/',
      '^(scripts/(plan|core)/|k6/(contract|journey-spec)\\.ts|mock-services/registry\\.ts)',
    ),
    part(
      'demand',
      '^scripts/demand/',
      '^scripts/(demand|plan|core)/|^k6/contract\\.ts|^mock-services/registry\\.ts',
    ),
    part(
      'observe',
      '^scripts/observe/',
      '^scripts/(observe|core)/|^k6/contract\\.ts|^mock-services/contract\\.ts',
    ),
    part('contract', '^scripts/contract/', '^scripts/(contract|core)/'),
    part(
      'analysis',
      '^scripts/analysis/',
      '^scripts/(analysis|contract|observe|plan|core)/|^k6/contract\\.ts',
    ),
    part('report', '^scripts/report/', '^scripts/(report|contract|core)/'),
    part('record', '^scripts/record/', '^scripts/(record|analysis|contract|observe|plan|core)/'),
    part(
      'prober',
      '^scripts/prober/',
      '^scripts/(prober|check/driver|observe|core)/|^k6/(contract|shopper)\\.ts|^k6/journeys/',
    ),
    part(
      'check-driver',
      '^scripts/check/driver/',
      '^scripts/(check/driver|engine|core)/|^k6/(contract|effects|kit)\\.ts|^k6/journeys/',
    ),
    // The halves are joined here; who starts a rehearsal, or walks one order, is above it.
    part(
      'run',
      '^scripts/run/',
      '^scripts/(run|prober|check/driver|record|analysis|contract|observe|demand|engine|plan|core)/|^k6/contract\\.ts|^mock-services/contract\\.ts',
    ),
    part('init', '^scripts/init/', '^scripts/(init|demand|plan|core)/'),
    part(
      'engine',
      '^scripts/engine/',
      '^scripts/(engine|core)/|^k6/(contract|journey-spec|people|standalone/fill)\\.ts|^k6/journeys/',
    ),
    // The sampler of latencies, which load script and mocks share; addresses, the hosts that may be loaded and how secrets
    // are taken out, which bundles and scripts of others must know where no plan and no log is read any more.
    part('k6-stands-alone', '^k6/', '^k6/|^scripts/core/(address|canary|hosts|latency|secrets|seeded)\\.ts'),
    {
      // A partner or fault kind is known by its entry there; whoever needs more than the entry would know the kind.
      name: 'only-the-registry-knows-the-kinds',
      severity: 'error',
      from: { pathNot: '^(mock-services/(registry\\.ts|partners/|faults/)|test/)' },
      to: { path: '^mock-services/(partners|faults)/' },
    },
    part(
      'mocks-stand-alone',
      '^mock-services/',
      '^(mock-services/|scripts/core/(canary|exit-codes|expectation|latency|quantities|seeded|statistics|token-bucket)\\.ts)',
    ),
    part(
      'scripts-take-contracts-and-journeys-only',
      '^scripts/(run|check|commands|export|watch|cli\\.ts)',
      '^(scripts/|k6/(contract|journey-spec|client|effects|kit|shopper|standalone/fill)\\.ts|k6/journeys/|mock-services/contract\\.ts)',
    ),
    {
      // Whoever reads an event of the mocks must not load every partner for it.
      name: 'the-wire-to-the-mocks-is-thin',
      severity: 'error',
      from: { path: '^mock-services/contract\\.ts$' },
      to: { path: '^mock-services/', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'commands-share-by-shared-only',
      severity: 'error',
      from: { path: '^scripts/(?!cli\\.ts)' },
      to: { path: '^scripts/commands/(analyze|bundle|check|demo|doctor|init|mocks|plan|run|schema)\\.ts$' },
    },
    {
      name: 'pure-parts-do-no-io',
      severity: 'error',
      from: { path: '^(scripts/(demand|analysis|contract|report)/|k6/)' },
      to: { dependencyTypes: ['core'] },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    exclude: { path: '^(dist|test/fixtures)/' },
    enhancedResolveOptions: {
      extensions: ['.ts', '.js', '.cjs', '.mjs', '.json'],
      // Sub-paths of packages, such as @bufbuild/protobuf/wire, exist only in their `exports`.
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
    },
  },
};
