import { Injectable } from '@nestjs/common';
import { rows } from '@banjie/persistence';
import { DataSource } from 'typeorm';

const pageSize = 500;

/** Bodies of acts that were never committed hold free text for nothing: they go after 24 hours (architecture § 3). */
@Injectable()
export class ActBodySweeper {
  constructor(private readonly dataSource: DataSource) {}

  async sweep(): Promise<number> {
    for (let count = 0; ;) {
      const gone = await rows(
        this.dataSource,
        `DELETE FROM act_body WHERE action_id IN (
           SELECT b.action_id FROM act_body b
           WHERE b.received_at < now() - interval '24 hours'
             AND NOT EXISTS (SELECT 1 FROM case_act a WHERE a.action_id = b.action_id)
           ORDER BY b.received_at LIMIT $1)
         RETURNING action_id`,
        [pageSize],
      );
      count += gone.length;
      if (gone.length < pageSize) return count;
    }
  }
}
