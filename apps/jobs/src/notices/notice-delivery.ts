import { Injectable } from '@nestjs/common';
import { ColumnCipher, getDefinition, rows, type SideWork } from '@banjie/persistence';
import type { EntityManager } from 'typeorm';
import { Settings } from '../settings';
import { SideWorkFault } from '../side-work/side-work-fault';
import { maskPhone, sendToFile } from './file-transport';
import { noticeText } from './notice-texts';

interface Subject {
  agency_id: string;
  agency_name: string;
  matter: string;
  version: number;
  body_enc: Buffer | null;
  act_facts: Record<string, unknown> | null;
}

/**
 * Delivers one notice: the row that shows it in the app and the message that leaves. Notices of one case leave in the order of its acts,
 * whatever order their hints come in (takeSideWork).
 */
@Injectable()
export class NoticeDelivery {
  constructor(
    private readonly cipher: ColumnCipher,
    private readonly settings: Settings,
  ) {}

  async handle(manager: EntityManager, { id, caseNo, payload, createdAt }: SideWork): Promise<void> {
    const notice = typeof payload['notice'] === 'string' ? payload['notice'] : 'unknown';
    if (caseNo === null) throw new SideWorkFault('subjectMissing');
    const subject = await this.getSubject(manager, caseNo, payload['seq']);
    const { channel, body } = noticeText(notice, {
      caseNo,
      agencyName: subject.agency_name,
      definition: await getDefinition(manager, subject.matter, subject.version),
      act: subject.act_facts ?? {},
      payload,
    });
    // The claim: unique by outbox row, so that not even a forgotten lock makes a second notice.
    const claimed = await rows(
      manager,
      `INSERT INTO notice (outbox_id, case_no, agency_id, notice, channel, sent_at)
       VALUES ($1, $2, $3, $4, $5, clock_timestamp()) ON CONFLICT (outbox_id) DO NOTHING RETURNING id`,
      [id, caseNo, subject.agency_id, notice, channel === 'sms' ? 'file' : 'inApp'],
    );
    if (claimed.length === 0 || channel !== 'sms') return;
    const to = maskPhone(this.phoneOf(subject));
    await sendToFile(this.settings.homePath, {
      id,
      channel,
      notice,
      caseNo,
      to,
      body,
      at: createdAt.toISOString(),
    });
  }

  private async getSubject(manager: EntityManager, caseNo: string, seq: unknown): Promise<Subject> {
    const [subject] = await rows<Subject>(
      manager,
      `SELECT c.agency_id, g.name AS agency_name, c.matter, c.definition_version AS version, f.body_enc, a.facts AS act_facts
       FROM cases c JOIN agency g ON g.id = c.agency_id JOIN filing f ON f.id = c.filing_id
         LEFT JOIN case_act a ON a.case_no = c.case_no AND a.seq = $2
       WHERE c.case_no = $1`,
      [caseNo, typeof seq === 'number' ? seq : null],
    );
    if (!subject) throw new SideWorkFault('subjectMissing');
    return subject;
  }

  private phoneOf(subject: Subject): string | null {
    if (!subject.body_enc) return null;
    const filing = this.cipher.decryptJson<{ applicant?: { phone?: string | null } | null }>(
      'filing.body',
      subject.body_enc,
    );
    return filing.applicant?.phone ?? null;
  }
}
