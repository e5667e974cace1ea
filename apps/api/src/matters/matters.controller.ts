import { Controller, Get, Param, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import {
  matterListSchema,
  matterNameSchema,
  matterQuerySchema,
  matterViewSchema,
  type MatterList,
  type MatterQuery,
  type MatterView,
} from '@banjie/contracts';
import { DomainError, shanghaiDate } from '@banjie/domain';
import { findDefinition, findDefinitionInForce, findMattersInForce } from '@banjie/persistence';
import { DataSource } from 'typeorm';
import { Answers } from '../edge/answers';
import { matterView } from './matter-view';

@ApiTags('事项')
@Controller('matters')
export class MattersController {
  constructor(private readonly dataSource: DataSource) {}

  @Get()
  @ApiOperation({ summary: '现行事项', description: '今天可以申请的全部事项及其现行版本。' })
  @Answers(matterListSchema)
  async list(): Promise<MatterList> {
    const definitions = await findMattersInForce(this.dataSource.manager, shanghaiDate(Date.now()));
    return {
      items: definitions.map(({ matter, label, procedure, version, effectiveFrom, sourceDocument, follows }) => ({
        ...{ matter, label, procedure, version, effectiveFrom, sourceDocument, follows },
      })),
    };
  }

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
