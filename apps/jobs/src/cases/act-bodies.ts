import { Injectable } from '@nestjs/common';
import { rows } from '@banjie/persistence';
import { DataSource } from 'typeorm';

const defaults = { pageSize: 2_000, pagesAtOnce: 250 };
const beginning = { at: '-infinity', actionId: '' };

/**
 * Bodies of acts that were never committed hold free text for nothing: they go after 24 hours (architecture § 3). Committed ones stay for ever, so
 * each is looked at once, in the order in which they came; what lies behind is committed or gone. A new process begins anew.
 */
@Injectable()
export class ActBodySweeper {
  private last = beginning;

  constructor(private readonly dataSource: DataSource) {}

  /** Answers how many went. One sweep looks at half a million at most; the next one goes on from there. */
  async sweep({ pageSize, pagesAtOnce } = defaults): Promise<number> {
    let count = 0;
    for (let page = 0; page < pagesAtOnce; page += 1) {
      const [seen] = await rows<{ seen: number; gone: number; at: string | null; actionId: string | null }>(
        this.dataSource,
        `WITH page AS MATERIALIZED (
           SELECT action_id, received_at FROM act_body
           WHERE (received_at, action_id) > ($1::timestamptz, $2) AND received_at < now() - interval '24 hours'
           ORDER BY received_at, action_id LIMIT $3),
         gone AS (
           DELETE FROM act_body b USING page p WHERE b.action_id = p.action_id
             AND NOT EXISTS (SELECT 1 FROM case_act a WHERE a.action_id = p.action_id) RETURNING b.action_id)
         SELECT (SELECT count(*) FROM page) AS seen, (SELECT count(*) FROM gone) AS gone, l.received_at::text AS at, l.action_id AS "actionId"
         FROM (SELECT 1) one LEFT JOIN LATERAL (SELECT * FROM page ORDER BY received_at DESC, action_id DESC LIMIT 1) l ON true`,
        [this.last.at, this.last.actionId, pageSize],
      );
      const { seen: many, gone, at, actionId } = seen!;
      count += gone;
      if (at !== null && actionId !== null) this.last = { at, actionId };
      if (many < pageSize) break;
    }
    return count;
  }
}
