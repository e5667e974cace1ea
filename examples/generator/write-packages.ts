import type { ExamplePackage } from '@banjie/contracts';
import { datePackages } from './packages-dates';
import { intakePackages } from './packages-intake';
import { roadPackages } from './packages-road';

/** Every file of `examples/packages`, by its path below it. The same code gives the same bytes. */
export async function makePackages(): Promise<Map<string, Buffer>> {
  const files = new Map<string, Buffer>();
  const put = (definition: ExamplePackage, papers: ReadonlyMap<string, Buffer>) => {
    const caseFile = `${definition.name}/case.json`;
    if (files.has(caseFile)) throw new Error(`two packages are called ${definition.name}`);
    files.set(caseFile, Buffer.from(`${JSON.stringify(definition, null, 2)}\n`, 'utf8'));
    for (const [name, bytes] of papers) files.set(`${definition.name}/${name}`, bytes);
  };
  for (const { definition, files: papers } of [...(await intakePackages()), ...(await roadPackages())])
    put(definition, papers);
  for (const definition of datePackages) put(definition, new Map());
  return files;
}
