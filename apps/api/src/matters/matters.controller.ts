import { Controller, Get, Param, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import {
  matterNameSchema,
  matterQuerySchema,
  matterViewSchema,
  type MatterQuery,
  type MatterView,
} from '@banjie/contracts';
import { DomainError, shanghaiDate } from '@banjie/domain';
import { findDefinition, findDefinitionInForce } from '@banjie/persistence';
import { DataSource } from 'typeorm';
import { Answers } from '../edge/answers';
import { matterView } from './matter-view';

@ApiTags('事项')
@Controller('matters')
export class MattersController {
  constructor(private readonly dataSource: DataSource) {}

  /**
   * The version in force today, or the one a case is pinned to.
   * @throws DomainError UNKNOWN_MATTER; UNKNOWN_VERSION
   */
  @Get(':matter')
  @ApiOperation({
    summary: '事项定义',
    description:
      '现行定义,或 version 指定的版本(办件按收件时的版本办理):环节、操作、理由、材料、凭证种类、亲属关系、通知和时限,均带中文名称。',
  })
  @Answers(matterViewSchema)
  async view(
    @Param('matter', { schema: matterNameSchema }) matter: string,
    @Query({ schema: matterQuerySchema }) { version }: MatterQuery,
  ): Promise<MatterView> {
    const { manager } = this.dataSource;
    const inForce = await findDefinitionInForce(manager, matter, shanghaiDate(Date.now()));
    if (!inForce) throw new DomainError('UNKNOWN_MATTER', { matter });
    const definition = version === undefined ? inForce : await findDefinition(manager, matter, version);
    if (!definition) throw new DomainError('UNKNOWN_VERSION', { version });
    return matterView(definition);
  }
}
