import { Module } from '@nestjs/common';
import { FollowedCalendar } from './followed-calendar';

@Module({ providers: [FollowedCalendar] })
export class CalendarsModule {}
