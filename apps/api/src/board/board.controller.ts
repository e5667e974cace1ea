import { Controller, Get, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import {
  boardAnswerSchema,
  boardCasesAnswerSchema,
  boardCasesQuerySchema,
  boardCheckSchema,
  predictionQuerySchema,
  predictionSchema,
  type BoardAnswer,
  type BoardCasesAnswer,
  type BoardCasesQuery,
  type BoardCheck,
  type Prediction,
  type PredictionQuery,
} from '@banjie/contracts';
import { Answers } from '../edge/answers';
import { Posts } from '../sign-in/access';
import type { Account } from '../sign-in/account';
import { CurrentAccount } from '../sign-in/current-account';
import { BoardService } from './board.service';
import { PredictionService } from './prediction.service';

@ApiTags('督办')
@Controller('board')
@Posts('supervisor')
export class BoardController {
  constructor(
    private readonly boardService: BoardService,
    private readonly prediction: PredictionService,
  ) {}

  @Get()
  @ApiOperation({
    summary: '时限督办总览',
    description:
      '本机构在办件按事项、环节、岗位、人员分的超期、预警、正常、挂起件数;每个数字按其 filter 与 level 可以列出。',
  })
  @Answers(boardAnswerSchema)
  board(@CurrentAccount() account: Account): Promise<BoardAnswer> {
    return this.boardService.board(account);
  }

  @Get('cases')
  @ApiOperation({
    summary: '总览数字的明细',
    description: '与总览同一条件的在办件,按到期时刻排列;首页附总数,以上一页的 next 为 after 取下一页。',
  })
  @Answers(boardCasesAnswerSchema)
  cases(
    @CurrentAccount() account: Account,
    @Query({ schema: boardCasesQuerySchema }) query: BoardCasesQuery,
  ): Promise<BoardCasesAnswer> {
    return this.boardService.cases(account, query);
  }

  @Get('self-check')
  @ApiOperation({
    summary: '总览自检',
    description: '把总览的每个数字与办件、时限原始记录另行计数的结果比对,列出不一致之处;每小时自动进行一次,结果留存。',
  })
  @Answers(boardCheckSchema)
  selfCheck(@CurrentAccount() account: Account): Promise<BoardCheck> {
    return this.boardService.selfCheck(account);
  }

  @Get('prediction')
  @ApiOperation({
    summary: '超期预测',
    description: '按最近十个工作日的办理速度,列出今后 1 至 10 个工作日内将会超期的办件,并给出各环节的队列与速度。',
  })
  @Answers(predictionSchema)
  predict(
    @CurrentAccount() account: Account,
    @Query({ schema: predictionQuerySchema }) { days }: PredictionQuery,
  ): Promise<Prediction> {
    return this.prediction.predict(account, days);
  }
}
