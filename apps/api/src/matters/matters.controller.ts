import { Controller, Get, Param } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { matterNameSchema, matterViewSchema, type MatterView } from '@banjie/contracts';
import { DomainError, shanghaiDate } from '@banjie/domain';
import { findDefinitionInForce } from '@banjie/persistence';
import { DataSource } from 'typeorm';
import { Answers } from '../edge/answers';
import { matterView } from './matter-view';

@ApiTags('事项')
@Controller('matters')
export class MattersController {
  constructor(private readonly dataSource: DataSource) {}

  /** @throws DomainError UNKNOWN_MATTER */
  @Get(':matter')
  @ApiOperation({
    summary: '事项定义',
    description: '现行定义:环节、操作、理由、材料、凭证种类、亲属关系、通知和时限,均带中文名称。',
  })
  @Answers(matterViewSchema)
  async view(@Param('matter', { schema: matterNameSchema }) matter: string): Promise<MatterView> {
    const definition = await findDefinitionInForce(this.dataSource.manager, matter, shanghaiDate(Date.now()));
    if (!definition) throw new DomainError('UNKNOWN_MATTER', { matter });
    return matterView(definition);
  }
}
