import { Body, Controller, Get, Param, Post } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import {
  approveVersionSchema,
  draftIdSchema,
  draftVersionSchema,
  draftViewSchema,
  matterNameSchema,
  rejectSchema,
  storedDefinitionSchema,
  versionListSchema,
  versionNumberSchema,
  type ApproveVersion,
  type DraftVersion,
  type DraftView,
  type RejectProposal,
  type StoredDefinition,
  type VersionList,
} from '@banjie/contracts';
import { Answers } from '../edge/answers';
import { Posts } from '../sign-in/access';
import type { Account } from '../sign-in/account';
import { CurrentAccount } from '../sign-in/current-account';
import { VersionsService } from './versions.service';

const inMatter = { schema: matterNameSchema };
const byDraft = { schema: draftIdSchema };

/** Versions of a matter: drawn up by one person, approved by another, then immutable (SD-06). */
@ApiTags('事项版本')
@Controller('matters/:matter/versions')
@Posts('supervisor', 'systemAdmin')
export class VersionsController {
  constructor(private readonly versions: VersionsService) {}

  @Get()
  @Posts('supervisor', 'systemAdmin', 'auditReader')
  @ApiOperation({
    summary: '版本列表',
    description: '各版本的施行日期、起草人和批准人,以及按各版本办理的在办和办结件数。',
  })
  @Answers(versionListSchema)
  list(@Param('matter', inMatter) matter: string): Promise<VersionList> {
    return this.versions.list(matter);
  }

  @Get('definitions/:version')
  @Posts('supervisor', 'systemAdmin', 'auditReader')
  @ApiOperation({ summary: '版本全文', description: '某一版本的完整定义,可改动后作为新草案的 definition 提交。' })
  @Answers(storedDefinitionSchema)
  definition(
    @Param('matter', inMatter) matter: string,
    @Param('version', { schema: versionNumberSchema }) version: number,
  ): Promise<StoredDefinition> {
    return this.versions.definition(matter, version);
  }

  @Post()
  @ApiOperation({
    summary: '起草新版本',
    description: '提交完整定义或改动;检查后存为草案并列出与最新版本的差异。由另一人批准后才成为版本。',
  })
  @Answers(draftViewSchema, 201)
  draft(
    @CurrentAccount() account: Account,
    @Param('matter', inMatter) matter: string,
    @Body({ schema: draftVersionSchema }) body: DraftVersion,
  ): Promise<DraftView> {
    return this.versions.draft(account, matter, body);
  }

  @Get('drafts/:draftId')
  @Posts('supervisor', 'systemAdmin', 'auditReader')
  @ApiOperation({ summary: '查看草案', description: '草案的状态、摘要,以及与所依据版本的全部差异。' })
  @Answers(draftViewSchema)
  view(@Param('matter', inMatter) matter: string, @Param('draftId', byDraft) draftId: string): Promise<DraftView> {
    return this.versions.view(matter, draftId);
  }

  @Post('drafts/:draftId/approve')
  @ApiOperation({
    summary: '批准草案',
    description: '由起草人以外的人批准,digest 为所看到草案的摘要;批准后成为版本,不能再改,只影响施行日起收件的办件。',
  })
  @Answers(draftViewSchema)
  approve(
    @CurrentAccount() account: Account,
    @Param('matter', inMatter) matter: string,
    @Param('draftId', byDraft) draftId: string,
    @Body({ schema: approveVersionSchema }) body: ApproveVersion,
  ): Promise<DraftView> {
    return this.versions.approve(account, matter, draftId, body);
  }

  @Post('drafts/:draftId/reject')
  @ApiOperation({ summary: '驳回草案', description: '由起草人以外的人驳回,须写明理由。' })
  @Answers(draftViewSchema)
  reject(
    @CurrentAccount() account: Account,
    @Param('matter', inMatter) matter: string,
    @Param('draftId', byDraft) draftId: string,
    @Body({ schema: rejectSchema }) body: RejectProposal,
  ): Promise<DraftView> {
    return this.versions.reject(account, matter, draftId, body);
  }
}
