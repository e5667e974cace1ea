import { Module } from '@nestjs/common';
import { BoardController } from './board.controller';
import { BoardService } from './board.service';
import { ReassignmentsController } from './reassignments.controller';
import { ReassignmentsService } from './reassignments.service';

@Module({
  controllers: [BoardController, ReassignmentsController],
  providers: [BoardService, ReassignmentsService],
})
export class BoardModule {}
