import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  exampleCalendarSchema,
  examplePackageSchema,
  type ExampleCalendar,
  type ExamplePackage,
} from '@banjie/contracts';

/** The packages under `examples/packages`, by name. @throws when one does not have the shape of `examplePackageSchema` */
export function readPackages(examplesHome: string): ExamplePackage[] {
  const home = join(examplesHome, 'packages');
  return readdirSync(home)
    .sort()
    .map((name) => {
      const read = examplePackageSchema.safeParse(JSON.parse(readFileSync(join(home, name, 'case.json'), 'utf8')));
      if (!read.success) throw new Error(`examples/packages/${name}/case.json: ${read.error.message}`);
      return read.data;
    });
}

export function readCalendar(examplesHome: string): ExampleCalendar {
  return exampleCalendarSchema.parse(JSON.parse(readFileSync(join(examplesHome, 'calendar.json'), 'utf8')));
}

/** A file of a package as it is. */
export function readPaper(examplesHome: string, name: string, file: string): Buffer {
  return readFileSync(join(examplesHome, 'packages', name, file));
}

export const mediaTypes: Record<string, string> = {
  pdf: 'application/pdf',
  png: 'image/png',
  jpg: 'image/jpeg',
  csv: 'text/csv',
  xlsx: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
};

/** One file as a multipart body, with the fields beside it. */
export function formWith(bytes: Buffer, file: string, fields: Record<string, string>): FormData {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.set(name, value);
  const type = mediaTypes[file.split('.').at(-1) ?? ''] ?? 'application/octet-stream';
  form.set('file', new Blob([new Uint8Array(bytes)], { type }), file);
  return form;
}
