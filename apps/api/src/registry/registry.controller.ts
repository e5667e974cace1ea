import { Body, Controller, Post } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import {
  registeredPersonSchema,
  registerPersonSchema,
  type RegisteredPerson,
  type RegisterPerson,
} from '@banjie/contracts';
import { DomainError } from '@banjie/domain';
import { ColumnCipher, registerInsuredPerson } from '@banjie/persistence';
import { DataSource } from 'typeorm';
import { Answers } from '../edge/answers';
import { Settings } from '../settings';
import { Posts } from '../sign-in/access';

@ApiTags('示例数据')
@Controller('registry')
export class RegistryController {
  constructor(
    private readonly settings: Settings,
    private readonly dataSource: DataSource,
    private readonly cipher: ColumnCipher,
  ) {}

  /**
   * New insured persons for the demo. In real use the registry comes from the insurance platform and nobody here may add
   * to it, so without BANJIE_DEMO=1 there is no such address.
   */
  @Post('persons')
  @Posts('systemAdmin')
  @ApiOperation({ summary: '登记示例参保人', description: '只在示例环境开放;正式环境的参保登记由医保信息平台提供。' })
  @Answers(registeredPersonSchema, 201)
  register(@Body({ schema: registerPersonSchema }) body: RegisterPerson): Promise<RegisteredPerson> {
    if (!this.settings.isDemo) throw new DomainError('NOT_FOUND');
    return registerInsuredPerson(this.dataSource, this.cipher, body);
  }
}
