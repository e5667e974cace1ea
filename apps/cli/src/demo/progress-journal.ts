import { appendFileSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

type Note =
  | { package: string; kind: 'draft'; step: number; filingId: string }
  | { package: string; kind: 'filed'; step: number; caseNo: string }
  | { package: string; kind: 'met'; step: number; code: string }
  | { package: string; kind: 'done'; step: number };

/**
 * What this run has already seen, one line each under BANJIE_HOME, so that a run that was cut off goes on where it was. The system's
 * own record of a case stays the authority; the journal holds what it does not: drafts, refusals met, faults set.
 */
export class ProgressJournal {
  private readonly notes: Note[];

  constructor(home: string, run: string) {
    const folder = join(home, 'demo');
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    this.path = join(folder, `${run}.jsonl`);
    const text = readText(this.path);
    this.notes = readNotes(text);
    // The last line of a run that was killed may be cut off; it was not acted upon yet.
    if (text !== '' && !text.endsWith('\n')) appendFileSync(this.path, '\n');
  }

  private readonly path: string;

  draft(name: string, step: number): string | undefined {
    return this.find(name, 'draft', step)?.filingId;
  }

  filed(name: string, step: number): string | undefined {
    return this.find(name, 'filed', step)?.caseNo;
  }

  met(name: string, step: number): string | undefined {
    return this.find(name, 'met', step)?.code;
  }

  isDone(name: string, step: number): boolean {
    return this.find(name, 'done', step) !== undefined;
  }

  add(note: Note): void {
    this.notes.push(note);
    appendFileSync(this.path, `${JSON.stringify(note)}\n`);
  }

  private find<Kind extends Note['kind']>(
    name: string,
    kind: Kind,
    step: number,
  ): Extract<Note, { kind: Kind }> | undefined {
    return this.notes.findLast(
      (note): note is Extract<Note, { kind: Kind }> =>
        note.package === name && note.kind === kind && note.step === step,
    );
  }
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

function readNotes(text: string): Note[] {
  return text.split('\n').flatMap((line) => {
    try {
      return [JSON.parse(line) as Note];
    } catch {
      return [];
    }
  });
}
