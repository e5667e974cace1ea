import { Injectable } from '@nestjs/common';
import { ColumnCipher, makeReceipt, type SideWork } from '@banjie/persistence';
import type { EntityManager } from 'typeorm';
import { SideWorkFault } from '../side-work/side-work-fault';

/** Makes the 拨付凭证 of an order that was paid, once. */
@Injectable()
export class ReceiptMaker {
  constructor(private readonly cipher: ColumnCipher) {}

  async handle(manager: EntityManager, { payload }: SideWork): Promise<void> {
    const { orderNo } = payload;
    if (typeof orderNo !== 'string' || !(await makeReceipt(manager, this.cipher, orderNo)))
      throw new SideWorkFault('subjectMissing');
  }
}
