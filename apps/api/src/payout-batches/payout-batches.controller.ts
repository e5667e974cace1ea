import { Body, Controller, Get, Param, Post, Query, type StreamableFile } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import {
  approveReserveSchema,
  bankUploadShaSchema,
  batchActBodySchema,
  batchAnswerSchema,
  batchesAnswerSchema,
  batchFilesSchema,
  batchItemsAnswerSchema,
  batchItemsQuerySchema,
  batchListQuerySchema,
  batchNoSchema,
  gatherBatchSchema,
  type ApproveReserve,
  type BatchActBody,
  type BatchAnswer,
  type BatchesAnswer,
  type BatchFiles,
  type BatchItemsAnswer,
  type BatchItemsQuery,
  type BatchListQuery,
  type GatherBatch,
} from '@banjie/contracts';
import { Answers, AnswersFile } from '../edge/answers';
import { bytesType, fileOf } from '../edge/files';
import { Posts } from '../sign-in/access';
import type { Account } from '../sign-in/account';
import { CurrentAccount } from '../sign-in/current-account';
import { BatchFilesService } from './batch-files.service';
import { PayoutBatchesService } from './payout-batches.service';

const byNo = { schema: batchNoSchema };
const bySha = { schema: bankUploadShaSchema };

/** 拨付批次: gathered by the day or on demand, made, checked and let go by three persons (R-FN-03). */
@ApiTags('拨付批次')
@Controller('payout-batches')
@Posts('settlementClerk', 'financeReviewer', 'financeApprover', 'supervisor', 'deputyHead', 'auditReader')
export class PayoutBatchesController {
  constructor(
    private readonly batches: PayoutBatchesService,
    private readonly files: BatchFilesService,
  ) {}

  @Get()
  @ApiOperation({ summary: '批次列表', description: '新的在前;open=true 时只列未结清的批次。' })
  @Answers(batchesAnswerSchema)
  list(
    @CurrentAccount() account: Account,
    @Query({ schema: batchListQuerySchema }) query: BatchListQuery,
  ): Promise<BatchesAnswer> {
    return this.batches.list(account, query);
  }

  @Post()
  @Posts('settlementClerk')
  @ApiOperation({ summary: '按需归集', description: '把本机构全部等待拨付制定、无人认领的办件归入一个新批次。' })
  @Answers(batchAnswerSchema, 201)
  gather(
    @CurrentAccount() account: Account,
    @Body({ schema: gatherBatchSchema }) { actionId }: GatherBatch,
  ): Promise<BatchAnswer> {
    return this.batches.gather(account, actionId);
  }

  @Get(':batchNo')
  @ApiOperation({ summary: '批次', description: '状态、清单合计与校验值、经办痕迹、本人现在可以办理的事项。' })
  @Answers(batchAnswerSchema)
  one(@CurrentAccount() account: Account, @Param('batchNo', byNo) batchNo: string): Promise<BatchAnswer> {
    return this.batches.one(account, batchNo);
  }

  @Get(':batchNo/items')
  @ApiOperation({ summary: '批次清单', description: '按办件编号排列,逐页读取。' })
  @Answers(batchItemsAnswerSchema)
  items(
    @CurrentAccount() account: Account,
    @Param('batchNo', byNo) batchNo: string,
    @Query({ schema: batchItemsQuerySchema }) query: BatchItemsQuery,
  ): Promise<BatchItemsAnswer> {
    return this.batches.items(account, batchNo, query);
  }

  @Get(':batchNo/files')
  @ApiOperation({
    summary: '批次的银行文件',
    description: '写给银行的付款文件和银行的答复,按分卷排列;载明校验值、笔数、金额和结果,不含姓名和账号。',
  })
  @Answers(batchFilesSchema)
  filesOf(@CurrentAccount() account: Account, @Param('batchNo', byNo) batchNo: string): Promise<BatchFiles> {
    return this.files.list(account, batchNo);
  }

  // The file states account numbers in full, which only who settles the payments may see.
  @Get(':batchNo/files/:sha256/content')
  @Posts('settlementClerk', 'financeReviewer', 'financeApprover')
  @ApiOperation({ summary: '下载批次的银行文件', description: '与往来时逐字节相同;每次下载均留痕。' })
  @AnswersFile(bytesType)
  async fileContent(
    @CurrentAccount() account: Account,
    @Param('batchNo', byNo) batchNo: string,
    @Param('sha256', bySha) sha256: string,
  ): Promise<StreamableFile> {
    const { name, bytes } = await this.files.content(account, batchNo, sha256);
    return fileOf(bytes, bytesType, name);
  }

  @Post(':batchNo/acts')
  @Posts('settlementClerk', 'financeReviewer', 'financeApprover')
  @ApiOperation({
    summary: '办理批次',
    description: '制定、复核、审批放行由三人先后办理;清单与所见不同即拒绝。逐件登记在后台进行。',
  })
  @Answers(batchAnswerSchema, 200)
  act(
    @CurrentAccount() account: Account,
    @Param('batchNo', byNo) batchNo: string,
    @Body({ schema: batchActBodySchema }) body: BatchActBody,
  ): Promise<BatchAnswer> {
    return this.batches.act(account, batchNo, body);
  }

  @Post(':batchNo/reserve-approval')
  @Posts('deputyHead')
  @ApiOperation({
    summary: '批准动用周转金',
    description: '放行后支出户余额将低于周转金时,由分管领导对本批次现有清单作一次性批准;批准本身不放行。',
  })
  @Answers(batchAnswerSchema, 200)
  approveReserve(
    @CurrentAccount() account: Account,
    @Param('batchNo', byNo) batchNo: string,
    @Body({ schema: approveReserveSchema }) body: ApproveReserve,
  ): Promise<BatchAnswer> {
    return this.batches.approveReserve(account, batchNo, body);
  }
}
