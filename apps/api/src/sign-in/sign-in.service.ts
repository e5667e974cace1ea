import { Injectable } from '@nestjs/common';
import type { SignIn } from '@banjie/contracts';
import { DomainError } from '@banjie/domain';
import { hashPassword, isPassword, rows } from '@banjie/persistence';
import { DataSource } from 'typeorm';
import { Limits } from '../edge/limits';

const lockMinutes = 15;

/** Checks passwords of local accounts. An unknown name, a closed account and a wrong password get the same answers. */
@Injectable()
export class SignInService {
  /** Compared against when there is no account, so that the answer takes as long. */
  private readonly nobody = hashPassword('nobody has this password');

  private readonly underWay = new Map<string, Promise<void>>();

  constructor(
    private readonly dataSource: DataSource,
    private readonly limits: Limits,
  ) {}

  /** @throws DomainError BAD_CREDENTIALS, ACCOUNT_LOCKED (also for the right password), TOO_MANY_REQUESTS */
  async checkPassword({ username, password }: SignIn, address: string): Promise<string> {
    const name = username.toLowerCase();
    await this.limits.signIn(name, address);
    // One after the other for one name: of several right ones at the same time, none is taken for a sixth guess.
    const before = this.underWay.get(name);
    const attempt = Promise.resolve(before).then(() => this.attempt(name, password));
    const settled = attempt.then(
      () => undefined,
      () => undefined,
    );
    this.underWay.set(name, settled);
    try {
      return await attempt;
    } finally {
      if (this.underWay.get(name) === settled) this.underWay.delete(name);
    }
  }

  private async attempt(name: string, password: string): Promise<string> {
    // Counted before the password is looked at: guesses sent to several processes at the same time all count.
    const [attempt] = await rows<{ id: string; password_hash: string; active: boolean }>(
      this.dataSource,
      `UPDATE staff_account SET
         failed_count = CASE WHEN locked_until IS NULL THEN failed_count + 1 ELSE 1 END,
         locked_until = CASE WHEN locked_until IS NULL AND failed_count >= 4 THEN now() + interval '${lockMinutes} minutes' END
       WHERE username = $1 AND (locked_until IS NULL OR locked_until <= now())
       RETURNING id, password_hash, active`,
      [name],
    );
    if (!attempt) {
      const [locked] = await rows(this.dataSource, `SELECT id FROM staff_account WHERE username = $1`, [name]);
      if (locked) throw new DomainError('ACCOUNT_LOCKED');
      await this.limits.unknownName(name);
    }
    const isRight = await isPassword(attempt?.password_hash ?? (await this.nobody), password);
    if (!attempt || !isRight || !attempt.active) throw new DomainError('BAD_CREDENTIALS');
    await rows(this.dataSource, `UPDATE staff_account SET failed_count = 0, locked_until = NULL WHERE id = $1`, [
      attempt.id,
    ]);
    return attempt.id;
  }
}
