import { Module } from '@nestjs/common';
import { CalendarsController } from './calendars.controller';
import { CalendarsService } from './calendars.service';
import { FollowedCalendar } from './followed-calendar';

@Module({ controllers: [CalendarsController], providers: [CalendarsService, FollowedCalendar] })
export class CalendarsModule {}
