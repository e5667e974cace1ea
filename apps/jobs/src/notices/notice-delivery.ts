import { Injectable } from '@nestjs/common';
import { ColumnCipher, finishOutbox, getDefinition, rows } from '@banjie/persistence';
import { DataSource, type EntityManager } from 'typeorm';
import { Settings } from '../settings';
import { maskPhone, sendToFile } from './file-transport';
import { noticeText } from './notice-texts';

interface WaitingNotice {
  id: number;
  case_no: string;
  payload: Record<string, unknown>;
  created_at: Date;
}

interface Subject {
  agency_id: string;
  agency_name: string;
  matter: string;
  version: number;
  body_enc: Buffer | null;
  act_facts: Record<string, unknown> | null;
}

/**
 * Delivers one notice: the row that shows it in the app, the message that leaves, the duty done, in one transaction that
 * holds the outbox row. A second job for the row waits, finds it done and leaves quietly (F23).
 */
@Injectable()
export class NoticeDelivery {
  constructor(
    private readonly dataSource: DataSource,
    private readonly cipher: ColumnCipher,
    private readonly settings: Settings,
  ) {}

  /**
   * Notices of one case leave in the order of its acts, whatever order their jobs come in: those that still wait before this
   * one go first, each in a transaction of its own. Answers false when this one had nothing left to do.
   */
  async deliver(outboxId: number): Promise<boolean> {
    const due = await rows<{ id: number }>(
      this.dataSource.manager,
      `SELECT e.id FROM outbox o JOIN outbox e ON e.case_no = o.case_no AND e.id <= o.id
       WHERE o.id = $1 AND e.topic = 'notice' AND e.done_at IS NULL ORDER BY e.id`,
      [outboxId],
    );
    let delivered = false;
    for (const { id } of due) delivered = await this.deliverOne(id);
    return delivered;
  }

  /** Waits for a job that holds the row; then it is done, or ours because the other failed. */
  private deliverOne(outboxId: number): Promise<boolean> {
    return this.dataSource.transaction(async (manager) => {
      const [waiting] = await rows<WaitingNotice>(
        manager,
        `SELECT id, case_no, payload, created_at FROM outbox
         WHERE id = $1 AND topic = 'notice' AND done_at IS NULL FOR UPDATE`,
        [outboxId],
      );
      if (!waiting) return false;
      await this.send(manager, waiting);
      return finishOutbox(manager, waiting.id);
    });
  }

  private async send(manager: EntityManager, waiting: WaitingNotice): Promise<void> {
    const { id, case_no: caseNo, payload, created_at: createdAt } = waiting;
    const notice = typeof payload['notice'] === 'string' ? payload['notice'] : 'unknown';
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
    if (!subject) throw new Error('a notice without its case');
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
