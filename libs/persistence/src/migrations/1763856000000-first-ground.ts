import type { MigrationInterface, QueryRunner } from 'typeorm';
import { bankFileGrants, bankFiles } from './first-ground/bank-files';
import { batches, batchGrants } from './first-ground/batches';
import { board, boardGrants } from './first-ground/board';
import { bookMonthGrants, bookMonths } from './first-ground/book-months';
import { bookGrants, books } from './first-ground/books';
import { calendarGrants, calendars } from './first-ground/calendars';
import { caseMoves } from './first-ground/case-moves';
import { cases } from './first-ground/cases';
import { clocks } from './first-ground/clocks';
import { definitions } from './first-ground/definitions';
import { crossRegion } from './first-ground/cross-region';
import { filings } from './first-ground/filings';
import { grants } from './first-ground/grants';
import { limitGrants, limits } from './first-ground/limits';
import { money } from './first-ground/money';
import { people } from './first-ground/people';
import { recoveries, recoveryGrants } from './first-ground/recoveries';
import { registries } from './first-ground/registries';
import { restorationGrants, restorations } from './first-ground/restorations';
import { sideWork, sideWorkGrants } from './first-ground/side-work';
import { suspense, suspenseGrants } from './first-ground/suspense';
import { usePlanGrants, usePlans } from './first-ground/use-plans';

/**
 * The ground: people, registries, filings, cases with their acts, tasks and clocks, decisions, payouts, outbox.
 * Personal columns end in `_enc` (AES-256-GCM, key id inside) with a keyed `_hash` beside them where they are looked up.
 */
export class FirstGround1763856000000 implements MigrationInterface {
  name = 'FirstGround1763856000000';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of [
      people,
      registries,
      filings,
      cases,
      clocks,
      definitions,
      caseMoves,
      crossRegion,
      money,
      sideWork,
      calendars,
      board,
      books,
      bankFiles,
      suspense,
      recoveries,
      restorations,
      bookMonths,
      limits,
      batches,
      usePlans,
      grants,
      calendarGrants,
      boardGrants,
      bookGrants,
      bankFileGrants,
      suspenseGrants,
      recoveryGrants,
      restorationGrants,
      bookMonthGrants,
      limitGrants,
      sideWorkGrants,
      batchGrants,
      usePlanGrants,
    ])
      await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP VIEW IF EXISTS bank_balance, payout_rule_row;
      DROP FUNCTION IF EXISTS payout_setting_of(text, date);
      DROP TABLE IF EXISTS recovery_offset, recovery_receipt, recovery, use_plan, payout_batch_act, payout_batch_item, payout_batch, bank_day, payout_setting, release_usage, payout_month, payout_limit, book_balance, book_month, suspense_clearing, restoration, suspense_rule, finance_act, finance_proposal, bank_statement_line, bank_statement, bank_upload, bank_file, book_check, posting, order_move, case_move_result, case_move_event, case_move_case, case_move, statistics_month, board_check, task_reassignment, reprojection_earlier, reprojection_run, calendar_edition, calendar_office_hours, calendar_year, calendar_version,
        calendar_change, cross_region_filing, cross_region_policy, payment_receipt, export_file, notice_content, notice, side_work_event, outbox, task_event, read_log, attempt_log, archive_seal, bank_cursor, bank_entry, payout_attempt,
        payout_order, cap_usage, decision, case_payee, benefit_result, line_deduction, reassignment_proposal, clock_rung, clock_event, clock, task, case_duty,
        act_body, case_act, expense_document, cases, case_number, statement_line, attachment, filing, definition_verdict, definition_draft, matter_definition,
        benefit_policy, catalogue_item, hospital, insured_person, staff_session, staff_account, agency CASCADE;
      DROP FUNCTION IF EXISTS leave_receipts(), check_bank_upload(), duties_in_payments(bigint, uuid[]), refuse_change(), refuse_outside_act(), refuse_change_after_receipt(), keep_paper(), keep_lines(),
        keep_committed_body(), keep_definition(), keep_pinned_version(), keep_cross_region_filing(), calendar_number_for_receipt(), keep_calendar_version(),
        keep_approved_version(), owed_account(uuid, text), begin_order(), post_order_moves(), post_decision(), post_bank_entry(), post_receipt(), post_opening(), check_clearing(), check_taken_up(), post_clearing(), month_end(text), books_lock(text), date_posting(), check_book_month(), carry_over(), note_release(), leave_batch(), leave_batch_undecided(), give_back_release(), put_payout_rule(), offset_of(uuid), recovery_open(text), refuse_movement(text), put_movement(), check_supplement(), put_receipt(), drop_offsets() CASCADE`);
  }
}
