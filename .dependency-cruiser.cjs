// The arrows between rooms (README, "The map"). A room missing from a list may not be imported from there.
const room = (name) => `^${name}/`;
const rooms = [
  'libs/domain',
  'libs/contracts',
  'libs/bank-files',
  'libs/persistence',
  'libs/servers',
  'libs/testing',
  'workflows',
  'activities',
  'apps/[^/]+',
  'bench',
];
const only = (from, allowed) => ({
  name: `${from.replace(/[^a-z]+/g, '-')}-imports`,
  severity: 'error',
  from: { path: room(from), pathNot: '\\.spec\\.ts$' },
  to: { path: rooms.map(room), pathNot: [room(from), ...allowed.map(room)] },
});

module.exports = {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    only('libs/domain', []),
    only('libs/contracts', ['libs/domain']),
    only('libs/bank-files', ['libs/domain', 'libs/contracts']),
    only('libs/persistence', ['libs/domain']),
    only('libs/servers', []),
    // The harness starts the API in its own process, for specs of every room.
    only('libs/testing', [
      'libs/domain',
      'libs/contracts',
      'libs/bank-files',
      'libs/persistence',
      'libs/servers',
      'apps/api',
    ]),
    {
      name: 'workflows-imports',
      severity: 'error',
      from: { path: '^workflows/src', pathNot: '\\.spec\\.ts$' },
      to: {
        path: rooms.map(room),
        pathNot: [room('workflows'), room('libs/domain'), room('libs/contracts'), room('activities')],
      },
    },
    {
      name: 'workflows-take-activities-as-types-only',
      severity: 'error',
      from: { path: '^workflows/src', pathNot: '\\.spec\\.ts$' },
      to: { path: room('activities'), dependencyTypesNot: ['type-only'] },
    },
    only('activities', ['libs/domain', 'libs/contracts', 'libs/bank-files', 'libs/persistence', 'libs/servers']),
    {
      name: 'workflows-outside-worker-messages-only',
      severity: 'error',
      from: { path: '^apps/(?!worker/|starter/)', pathNot: '\\.spec\\.ts$' },
      to: { path: '^workflows/src/', pathNot: '^workflows/src/messages\\.ts$', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'apps-never-import-apps',
      severity: 'error',
      from: { path: '^apps/([^/]+)/' },
      to: { path: '^apps/', pathNot: '^apps/$1/' },
    },
    {
      name: 'domain-is-pure',
      severity: 'error',
      from: { path: '^libs/domain/src', pathNot: '\\.spec\\.ts$' },
      to: { dependencyTypes: ['core', 'npm', 'npm-dev', 'npm-no-pkg', 'npm-unknown'] },
    },
    {
      name: 'testing-only-in-tests',
      severity: 'error',
      from: { path: '^(apps|workflows|activities|libs)/', pathNot: ['\\.(spec|fixture)\\.ts$', '^libs/testing/'] },
      to: { path: '^libs/testing/' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(^|/)dist/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.lint.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
    },
  },
};
