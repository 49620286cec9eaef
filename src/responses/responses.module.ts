import { Module } from '@nestjs/common';
import { Clock } from '../platform/time/clock.js';
import { ConversationsModule } from '../conversations/conversations.module.js';
import { ProvidersModule } from '../providers/providers.module.js';
import { RedisConnection } from '../platform/redis/redis.connection.js';
import { RedisSubscriptions } from '../platform/redis/redis.subscriptions.js';
import { PeriodicTasks } from '../platform/tasks/periodic-tasks.js';
import { TurnsModule } from '../turns/turns.module.js';
import { UpstreamModule } from '../upstreams/upstream.module.js';
import { AbandonedResponsesTask } from './abandoned-responses.task.js';
import { BackgroundResponsesService } from './background-responses.service.js';
import { AutomaticCompaction } from './compaction-automatic.js';
import { CompactionService } from './compaction.service.js';
import { BackgroundRuns } from './background-runs.js';
import { MemoryResponseEvents } from './events/memory.response-events.js';
import { RedisResponseEvents } from './events/redis.response-events.js';
import { ResponseEvents } from './events/response-events.js';
import { ResponseExpiryTask } from './response-expiry.task.js';
import { ResponseHistory } from './response-history.js';
import { ItemReferencesService } from './item-references.service.js';
import { ModelRequestBuilder } from './model-request.builder.js';
import { ResponseStore } from './response-store.js';
import { ResponseStreamsService } from './response-streams.service.js';
import { ResponsesRepository } from './responses.repository.js';
import { ResponsesService } from './responses.service.js';

/** The stateful half of the OpenAI API, on top of chat completions. */
@Module({
  imports: [ConversationsModule, ProvidersModule, TurnsModule, UpstreamModule],
  providers: [
    {
      provide: ResponseEvents,
      inject: [Clock, PeriodicTasks, RedisConnection, RedisSubscriptions],
      useFactory: eventsIn,
    },
    ResponsesRepository,
    ResponseHistory,
    ItemReferencesService,
    ModelRequestBuilder,
    AutomaticCompaction,
    CompactionService,
    ResponsesService,
    ResponseStore,
    ResponseStreamsService,
    BackgroundRuns,
    BackgroundResponsesService,
    ResponseExpiryTask,
    AbandonedResponsesTask,
  ],
  exports: [
    ResponsesService,
    CompactionService,
    BackgroundResponsesService,
    ResponseStore,
    ResponseStreamsService,
    ResponseExpiryTask,
    AbandonedResponsesTask,
  ],
})
export class ResponsesModule {}

function eventsIn(
  clock: Clock,
  tasks: PeriodicTasks,
  redis: RedisConnection | null,
  subscriptions: RedisSubscriptions | null,
): ResponseEvents {
  const own = new MemoryResponseEvents(clock, tasks);
  return redis !== null && subscriptions !== null
    ? new RedisResponseEvents(redis, subscriptions, own)
    : own;
}
