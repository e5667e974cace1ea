import { Body, Controller, Get, Param, Post, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import {
  matterNameSchema,
  moveCaseListSchema,
  moveCasesQuerySchema,
  moveIdSchema,
  moveListSchema,
  moveViewSchema,
  proposeMoveSchema,
  rejectSchema,
  type MoveCaseList,
  type MoveCasesQuery,
  type MoveList,
  type MoveView,
  type ProposeMove,
  type RejectProposal,
} from '@banjie/contracts';
import { Answers } from '../edge/answers';
import { Posts } from '../sign-in/access';
import type { Account } from '../sign-in/account';
import { CurrentAccount } from '../sign-in/current-account';
import { MigrationsService } from './migrations.service';

const inMatter = { schema: matterNameSchema };
const byMove = { schema: moveIdSchema };

/** Moves of running cases to another version: a dry run that a second person approves, one act a case, an undo window. */
@ApiTags('事项版本')
@Controller('matters/:matter/migrations')
@Posts('supervisor', 'systemAdmin')
export class MigrationsController {
  constructor(private readonly migrations: MigrationsService) {}

  @Post()
  @ApiOperation({
    summary: '提出迁移(试算)',
    description:
      '把本机构在办办件转入另一版本:逐件试算环节、岗位和时限的变化以及不能迁移的原因,不改动任何办件;由另一人批准后才执行。',
  })
  @Answers(moveViewSchema, 201)
  propose(
    @CurrentAccount() account: Account,
    @Param('matter', inMatter) matter: string,
    @Body({ schema: proposeMoveSchema }) body: ProposeMove,
  ): Promise<MoveView> {
    return this.migrations.propose(account, matter, body);
  }

  @Get()
  @Posts('supervisor', 'systemAdmin', 'auditReader')
  @ApiOperation({ summary: '迁移列表', description: '本机构最近的迁移及其进度。' })
  @Answers(moveListSchema)
  list(@CurrentAccount() account: Account, @Param('matter', inMatter) matter: string): Promise<MoveList> {
    return this.migrations.list(account, matter);
  }

  @Get(':moveId')
  @Posts('supervisor', 'systemAdmin', 'auditReader')
  @ApiOperation({ summary: '查看迁移', description: '状态、试算和执行的件数、撤销期限。' })
  @Answers(moveViewSchema)
  view(
    @CurrentAccount() account: Account,
    @Param('matter', inMatter) matter: string,
    @Param('moveId', byMove) moveId: string,
  ): Promise<MoveView> {
    return this.migrations.view(account, matter, moveId);
  }

  @Get(':moveId/cases')
  @Posts('supervisor', 'systemAdmin', 'auditReader')
  @ApiOperation({
    summary: '迁移的逐件结果',
    description: '每件的试算(环节、岗位、时限)和执行结果;only=obstructed 只列不能迁移的。',
  })
  @Answers(moveCaseListSchema)
  cases(
    @CurrentAccount() account: Account,
    @Param('matter', inMatter) matter: string,
    @Param('moveId', byMove) moveId: string,
    @Query({ schema: moveCasesQuerySchema }) query: MoveCasesQuery,
  ): Promise<MoveCaseList> {
    return this.migrations.cases(account, matter, moveId, query);
  }

  @Post(':moveId/approve')
  @ApiOperation({ summary: '批准迁移', description: '由提出人以外的人批准;随后分批执行,每件一步并逐件记录结果。' })
  @Answers(moveViewSchema)
  approve(
    @CurrentAccount() account: Account,
    @Param('matter', inMatter) matter: string,
    @Param('moveId', byMove) moveId: string,
  ): Promise<MoveView> {
    return this.migrations.approve(account, matter, moveId);
  }

  @Post(':moveId/reject')
  @ApiOperation({ summary: '驳回迁移', description: '由提出人以外的人驳回,须写明理由。' })
  @Answers(moveViewSchema)
  reject(
    @CurrentAccount() account: Account,
    @Param('matter', inMatter) matter: string,
    @Param('moveId', byMove) moveId: string,
    @Body({ schema: rejectSchema }) body: RejectProposal,
  ): Promise<MoveView> {
    return this.migrations.reject(account, matter, moveId, body);
  }

  @Post(':moveId/undo')
  @ApiOperation({ summary: '撤销迁移', description: '撤销期限内可以撤销;迁移后已有人办理的办件不撤销,结果中写明。' })
  @Answers(moveViewSchema)
  undo(
    @CurrentAccount() account: Account,
    @Param('matter', inMatter) matter: string,
    @Param('moveId', byMove) moveId: string,
    @Body({ schema: rejectSchema }) body: RejectProposal,
  ): Promise<MoveView> {
    return this.migrations.undo(account, matter, moveId, body);
  }
}
