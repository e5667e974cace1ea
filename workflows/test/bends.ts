/** Plain JSON of a history (`temporal.api.history.v1.History`), as far as the bends look into it. */
export interface StoredHistory {
  events: StoredEvent[];
}
type Json = Record<string, unknown>;
interface StoredEvent extends Json {
  eventId: string;
  eventType: string;
  markerRecordedEventAttributes?: { details: Record<string, { payloads: { data: string }[] }> };
  activityTaskScheduledEventAttributes?: Json & { activityType: { name: string } };
}
type Bend = (history: StoredHistory) => StoredHistory;

export const decoded = (data: string): unknown => JSON.parse(Buffer.from(data, 'base64').toString('utf8'));
const encoded = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64');

/** What an edit of the code would look like from the other side: each must be told apart from the code of today. */
export const bends: { bend: string; name: string; apply: Bend }[] = [
  { bend: 'another local activity later on', name: 'sent-back-twice', apply: renameLocalActivity(4) },
  { bend: 'a local activity that is not there', name: 'plain-paid', apply: withoutMarker(3) },
  { bend: 'the payment asked for twice', name: 'bank-unknown', apply: renameActivity('askBank', 'payOrder') },
  { bend: 'a timer in place of the payment', name: 'bank-refused', apply: timerInsteadOf('payOrder') },
  { bend: 'a timer that is never cancelled', name: 'withdrawn', apply: without('EVENT_TYPE_TIMER_CANCELED') },
  { bend: 'a payment that was never asked for', name: 'plain-paid', apply: withoutActivity('payOrder') },
  { bend: 'an end that comes too early', name: 'rejected', apply: endAfterFirstUpdate },
  { bend: 'an act that led to another stage', name: 'refused-acceptance', apply: otherStage('initialReview') },
];

/** For every history that has what is bent. */
export const bendsOfAny: { bend: string; has: (history: StoredHistory) => boolean; apply: Bend }[] = [
  { bend: 'another first local activity', has: hasMarker, apply: renameLocalActivity(0) },
  { bend: 'the first local activity left out', has: hasMarker, apply: withoutMarker(0) },
  { bend: 'another first activity', has: hasActivity, apply: renameFirstActivity },
  { bend: 'the first timer left out', has: hasTimer, apply: without('EVENT_TYPE_TIMER_STARTED') },
];

function hasTimer({ events }: StoredHistory): boolean {
  return events.some(({ eventType }) => eventType === 'EVENT_TYPE_TIMER_STARTED');
}

// A case works in local activities, a batch in regular ones alone.
function hasMarker(history: StoredHistory): boolean {
  return markers(history).length > 0;
}

function hasActivity({ events }: StoredHistory): boolean {
  return events.some((event) => event.activityTaskScheduledEventAttributes);
}

function renameFirstActivity(history: StoredHistory): StoredHistory {
  const { activityTaskScheduledEventAttributes: first } = history.events.find(
    (event) => event.activityTaskScheduledEventAttributes,
  )!;
  first!.activityType.name = 'somethingElse';
  return history;
}

function markers({ events }: StoredHistory): StoredEvent[] {
  return events.filter((event) => event.markerRecordedEventAttributes);
}

function renameLocalActivity(index: number): Bend {
  return (history) => {
    const payload = markers(history)[index]!.markerRecordedEventAttributes!.details['data']!.payloads[0]!;
    payload.data = encoded({ ...(decoded(payload.data) as Json), activity_type: 'somethingElse' });
    return history;
  };
}

function otherStage(stage: string): Bend {
  return (history) => {
    const payload = markers(history)[1]!.markerRecordedEventAttributes!.details['result']!.payloads[0]!;
    payload.data = encoded({ ...(decoded(payload.data) as Json), stage });
    return history;
  };
}

function withoutMarker(index: number): Bend {
  return (history) => leaveOut(history, [markers(history)[index]!]);
}

function without(eventType: string): Bend {
  return (history) => leaveOut(history, [history.events.find((event) => event.eventType === eventType)!]);
}

function scheduled({ events }: StoredHistory, activity: string): StoredEvent {
  return events.find((event) => event.activityTaskScheduledEventAttributes?.activityType.name === activity)!;
}

function renameActivity(from: string, to: string): Bend {
  return (history) => {
    scheduled(history, from).activityTaskScheduledEventAttributes!.activityType.name = to;
    return history;
  };
}

/** The activity's later events: what refers to its scheduling. */
function followersOf({ events }: StoredHistory, { eventId }: StoredEvent): StoredEvent[] {
  return events.filter(
    (event) => attributesOf(event)['scheduledEventId'] === eventId && event.eventType.includes('ACTIVITY'),
  );
}

function withoutActivity(activity: string): Bend {
  return (history) => {
    const event = scheduled(history, activity);
    return leaveOut(history, [event, ...followersOf(history, event)]);
  };
}

function timerInsteadOf(activity: string): Bend {
  return (history) => {
    const event = scheduled(history, activity);
    const followers = followersOf(history, event);
    const { workflowTaskCompletedEventId } = event.activityTaskScheduledEventAttributes!;
    delete event.activityTaskScheduledEventAttributes;
    event.eventType = 'EVENT_TYPE_TIMER_STARTED';
    event['timerStartedEventAttributes'] = {
      timerId: '99',
      startToFireTimeout: { seconds: '1' },
      workflowTaskCompletedEventId,
    };
    return leaveOut(history, followers);
  };
}

function endAfterFirstUpdate(history: StoredHistory): StoredHistory {
  const { events } = history;
  const answered = events.findIndex(({ eventType }) => eventType === 'EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_COMPLETED');
  return leaveOut(history, events.slice(answered + 1, -1));
}

/** Without these events, the rest numbered anew. */
function leaveOut({ events }: StoredHistory, left: StoredEvent[]): StoredHistory {
  const kept = events.filter((event) => !left.includes(event));
  const numbers = new Map(kept.map(({ eventId }, index) => [eventId, String(index + 1)]));
  for (const event of kept) {
    event.eventId = numbers.get(event.eventId)!;
    const attributes = attributesOf(event);
    for (const [key, value] of Object.entries(attributes))
      if (key.endsWith('EventId') && typeof value === 'string') attributes[key] = numbers.get(value) ?? value;
  }
  return { events: kept };
}

function attributesOf(event: StoredEvent): Json {
  const [, attributes] = Object.entries(event).find(([key]) => key.endsWith('EventAttributes')) ?? [];
  return (attributes ?? {}) as Json;
}
