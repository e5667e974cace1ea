import { createHash, randomUUID } from 'node:crypto';
import type { Paper, PaperFacts } from '@banjie/domain';
import { addAttachment, type ColumnCipher } from '@banjie/persistence';
import type { DataSource } from 'typeorm';
import { accountOf, type TestWorld } from './test-world';

/** A paper of a filing, entered as the window would; the rows alone, without a file. Answers the attachment's id. */
export async function attachTestPaper(
  dataSource: DataSource,
  cipher: ColumnCipher,
  world: TestWorld,
  entry: { filingId: string; paper: Paper; facts?: Partial<PaperFacts> },
): Promise<string> {
  const { attachment } = await dataSource.transaction((manager) =>
    addAttachment(manager, cipher, {
      filingId: entry.filingId,
      agencyId: '450206',
      paper: entry.paper,
      sha256: createHash('sha256').update(randomUUID()).digest('hex'),
      sizeBytes: 1_000,
      mediaType: 'application/pdf',
      fileName: `${entry.paper}.pdf`,
      facts: { legible: true, ...entry.facts },
      uploadedBy: accountOf(world, 'window1').id,
    }),
  );
  return attachment.id;
}
