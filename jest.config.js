const { existsSync, readdirSync, readFileSync } = require('node:fs');
const { join } = require('node:path');

// Rooms are imported by package name; under Jest the names lead to the sources, so that nothing has to be built first.
const rooms = ['libs', 'apps', '.'].flatMap((dir) =>
  readdirSync(join(__dirname, dir), { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !['node_modules', 'libs', 'apps'].includes(entry.name))
    .map((entry) => join(dir, entry.name)),
);
const moduleNameMapper = {};
for (const room of rooms) {
  let name, entries;
  try {
    ({ name, exports: entries = {} } = JSON.parse(readFileSync(join(__dirname, room, 'package.json'), 'utf8')));
  } catch {
    continue;
  }
  moduleNameMapper[`^${name}$`] = `<rootDir>/${room}/src/index.ts`;
  for (const entry of Object.keys(entries)) {
    const source = join(room, 'src', `${entry.slice(2)}.ts`);
    if (entry.startsWith('./') && existsSync(join(__dirname, source))) moduleNameMapper[`^${name}/${entry.slice(2)}$`] = `<rootDir>/${source}`;
  }
}

// Offered to `require` under a condition that Jest does not know ("module-sync"); its files are turned into CommonJS below.
for (const name of ['file-type', 'strtok3', 'token-types', '@tokenizer/inflate']) moduleNameMapper[`^${name}$`] = esmEntry(name);

function esmEntry(name) {
  const folder = join(__dirname, 'node_modules', name);
  const { exports, main } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const entry = exports?.['.'] ?? exports ?? main;
  const pick = (value) => (typeof value === 'string' ? value : pick(value.node ?? value.import ?? value.default));
  return join(folder, pick(entry));
}

const swc = {
  jsc: {
    target: 'es2022',
    parser: { syntax: 'typescript', decorators: true },
    transform: { legacyDecorator: true, decoratorMetadata: true, useDefineForClassFields: false },
    keepClassNames: true,
  },
  module: { type: 'commonjs' },
  sourceMaps: 'inline',
};

// Packages that exist as ES modules only; Jest on Node 20 cannot require them as they are.
const esmOnly = [
  '@nestjs', 'jose', 'openid-client', 'oauth4webapi', 'file-type', 'strtok3', 'token-types', 'peek-readable',
  'uint8array-extras', '@tokenizer', '@borewit', 'read-excel-file', '@faker-js', 'canonicalize',
];

// Its exports know `import` and `module-sync` alone, which Jest does not ask for.
moduleNameMapper['^file-type$'] = '<rootDir>/node_modules/file-type/index.js';

const shared = {
  rootDir: __dirname,
  transform: { '\\.[cm]?[jt]s$': ['@swc/jest', swc] },
  transformIgnorePatterns: [`/node_modules/(?!(?:${esmOnly.join('|')})(?:/|$))`, '^(?!.*/node_modules/).*/dist/'],
  moduleNameMapper,
  modulePathIgnorePatterns: ['<rootDir>/.*/dist/', '<rootDir>/.banjie/'],
  testEnvironment: 'node',
};

const pureRooms = ['libs/domain', 'libs/contracts', 'libs/bank-files', 'apps/cli', 'apps/bank', 'libs/servers', 'examples', 'workflows/test', 'bench'];

module.exports = {
  // A wall clock limit so that nothing hangs; no test measures speed.
  testTimeout: 120_000,
  projects: [
    {
      ...shared,
      displayName: 'pure',
      testMatch: pureRooms.map((room) => `<rootDir>/${room}/**/*.spec.ts`),
      testPathIgnorePatterns: ['/node_modules/', '\\.server\\.spec\\.ts$'],
    },
    {
      ...shared,
      displayName: 'servers',
      testMatch: ['libs/persistence', 'libs/testing', 'workflows/src', 'activities', 'apps/api', 'apps/worker', 'apps/jobs', 'apps/starter']
        .map((room) => `<rootDir>/${room}/**/*.spec.ts`)
        // What needs a database in rooms whose other specs need none.
        .concat('<rootDir>/apps/cli/**/*.server.spec.ts', '<rootDir>/bench/**/*.server.spec.ts'),
      globalSetup: '<rootDir>/libs/testing/global-setup.js',
      globalTeardown: '<rootDir>/libs/testing/global-teardown.js',
    },
  ],
};
