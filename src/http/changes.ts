import { Inject, Injectable } from '@nestjs/common';
import type { OnApplicationBootstrap, OnModuleDestroy } from '@nestjs/common';
import { concatMap, defer, filter, Observable, retry, Subject, timer, type Subscription } from 'rxjs';
import { EventLog } from '../event-sourcing/event-log.ts';
import { categoryOf, comparePositions, idOf, type Position, type RecordedEvent } from '../event-sourcing/event.ts';
import { positionOf, positionToken, Views } from '../read-store/views.ts';
import { ServerLog } from './log.ts';

/** One recorded event, as others may hear of it: nothing personal. */
export interface Change {
  /** Position token; resuming after it misses nothing. */
  readonly position: string;
  readonly caseId: string;
  readonly revision: number;
  readonly type: string;
}

const CATEGORIES = ['case'];
const FIRST_DELAY_MS = 100;
const LONGEST_DELAY_MS = 10_000;

/**
 * What is recorded, told once all views show it. One reading of the log serves all listeners; who comes back after a break
 * first gets from the log what it missed.
 */
@Injectable()
export class Changes implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly log: EventLog;
  private readonly views: Views;
  private readonly serverLog: ServerLog;
  private readonly live = new Subject<readonly Change[]>();
  private subscription: Subscription | undefined;
  /** Everything up to here has been told to who listened. */
  private told: Position | undefined;

  constructor(@Inject(EventLog) log: EventLog, @Inject(Views) views: Views, @Inject(ServerLog) serverLog: ServerLog) {
    this.log = log;
    this.views = views;
    this.serverLog = serverLog;
  }

  async onApplicationBootstrap(): Promise<void> {
    const reached = this.views.changes().pipe(filter((change) => change.view === undefined));
    this.subscription = reached.pipe(concatMap(({ position }) => this.tellInTheEnd(position))).subscribe();
    this.told ??= await this.log.head();
  }

  onModuleDestroy(): void {
    this.subscription?.unsubscribe();
    this.live.complete();
  }

  /** @throws WrongLog if the token to resume after is of another log */
  after(token: string | undefined): Observable<Change> {
    const missedFrom = token === undefined ? undefined : positionOf(token, this.log.id);
    return new Observable((listener) => {
      let waiting: Change[] | undefined = [];
      const subscription = this.live.subscribe({
        next: (changes) => {
          if (waiting) waiting.push(...changes);
          else for (const change of changes) listener.next(change);
        },
        complete: () => listener.complete(),
      });
      const catchUp = async () => {
        if (missedFrom !== undefined && this.told !== undefined) {
          for await (const change of this.between(missedFrom, this.told)) {
            if (listener.closed) return;
            listener.next(change);
          }
        }
        for (const change of waiting ?? []) listener.next(change);
        waiting = undefined;
      };
      catchUp().catch((error: unknown) => listener.error(error));
      return subscription;
    });
  }

  /** Where the log cannot be read, nothing is lost: it is tried again from where it was. */
  private tellInTheEnd(position: Position): Observable<void> {
    const delay = (error: unknown, failures: number): Observable<unknown> => {
      this.serverLog.error('changes', error, { failures });
      return timer(Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** Math.min(failures - 1, 10)));
    };
    return defer(() => this.tell(position)).pipe(retry({ delay }));
  }

  private async tell(position: Position): Promise<void> {
    const from = this.told;
    if (from !== undefined && comparePositions(position, from) <= 0) return;
    const changes: Change[] = [];
    if (this.live.observed) for await (const change of this.between(from, position)) changes.push(change);
    this.told = position;
    this.live.next(changes);
  }

  private async *between(after: Position | undefined, until: Position): AsyncIterable<Change> {
    if (after !== undefined && comparePositions(after, until) >= 0) return;
    for await (const batch of this.log.readAll({ categories: CATEGORIES, after, until })) {
      for (const event of batch) if (CATEGORIES.includes(categoryOf(event.stream))) yield this.changeOf(event);
    }
  }

  private changeOf({ position, stream, revision, type }: RecordedEvent): Change {
    return { position: positionToken(this.log.id, position), caseId: idOf(stream), revision, type };
  }
}
