import { Module } from '@nestjs/common';
import { BoardController } from './board.controller';
import { BoardService } from './board.service';
import { PredictionService } from './prediction.service';
import { ReassignmentsController } from './reassignments.controller';
import { ReassignmentsService } from './reassignments.service';
import { StatisticsController } from './statistics.controller';
import { StatisticsService } from './statistics.service';

@Module({
  controllers: [BoardController, ReassignmentsController, StatisticsController],
  providers: [BoardService, PredictionService, ReassignmentsService, StatisticsService],
})
export class BoardModule {}
