import { Controller, Headers, Inject, Query, Sse, type MessageEvent } from '@nestjs/common';
import { ApiHeader, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { finalize, interval, map, merge, of, Subject, takeUntil, type Observable } from 'rxjs';
import { Changes } from './changes.ts';
import { Nothing } from './validation.ts';

const HEARTBEAT_MS = 15_000;
const RETRY_MS = 2_000;

@ApiTags('Changes')
@Controller('v1/changes')
export class ChangesController {
  private readonly changes: Changes;
  constructor(@Inject(Changes) changes: Changes) {
    this.changes = changes;
  }

  @Sse()
  @ApiOperation({
    summary: 'What is recorded, as it can be read',
    description:
      'Server-sent events named `change`: `{ caseId, revision, position, type }`, sent once all views show it. ' +
      'Comes back with `Last-Event-ID` to miss nothing.',
  })
  @ApiHeader({ name: 'Last-Event-ID', required: false, description: 'Id of the last event seen.' })
  @ApiResponse({ status: 200, description: 'An endless stream.', content: { 'text/event-stream': {} } })
  followChanges(@Query() _query: Nothing, @Headers('last-event-id') lastSeen?: string): Observable<MessageEvent> {
    const ended = new Subject<void>();
    const changes = this.changes.after(lastSeen === '' ? undefined : lastSeen).pipe(
      map((change): MessageEvent => ({ id: change.position, type: 'change', data: change })),
      finalize(() => ended.next()),
    );
    const heartbeat = interval(HEARTBEAT_MS).pipe(
      map((): MessageEvent => ({ comment: 'still here' })),
      takeUntil(ended),
    );
    return merge(of<MessageEvent>({ comment: 'connected', retry: RETRY_MS }), heartbeat, changes);
  }
}
