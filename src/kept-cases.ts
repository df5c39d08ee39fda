import { mkdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname } from 'node:path';
import type { AnalyticStore, StoreOptions } from './analytic-store/analytic-store.ts';
import { OwnCases } from './analysis/own-cases.ts';
import { CaseFeed, type CaseKnowledge } from './case-table/case-feed.ts';
import { CaseRowsInThread } from './case-table/case-rows-thread.ts';
import { filesOf, type Config } from './config.ts';
import type { EventLog } from './event-sourcing/event-log.ts';
import { caseTableSettings } from './projections.ts';
import { ViewUnavailable } from './read-store/views.ts';

/** A processor is left to commands, where there is more than one; and all of them as soon as they want them. */
export const ANALYTIC_LIMITS: StoreOptions = {
  threads: Math.max(1, availableParallelism() - 1),
  memoryMiB: 1_024,
  stepsAside: true,
};

export interface KeptCasesOptions {
  /** It cannot be opened or filled; it is tried again. */
  readonly onFailure: (reason: string) => void;
  /** What stood there is damaged, and filled anew. */
  readonly onDiscarded?: (reason: string) => void;
}

/**
 * The event table of the cases, kept up with the log beside everything else: its rows are worked out in a thread of their own, so that
 * neither commands nor the other views, nor whether the server is ready, ever wait for it.
 */
export class KeptCases extends OwnCases {
  private readonly config: Config;
  private readonly log: EventLog;
  private readonly options: KeptCasesOptions;
  private feed: CaseFeed | undefined;
  private readonly closing: (() => Promise<void>)[] = [];

  constructor(config: Config, log: EventLog, options: KeptCasesOptions) {
    super();
    this.config = config;
    this.log = log;
    this.options = options;
  }

  /** Begins to open and to fill it; whether that succeeds is told by `onFailure`. */
  start(): void {
    try {
      this.open();
    } catch (error) {
      this.failed(error);
    }
  }

  async stop(): Promise<void> {
    this.feed = undefined;
    for (const one of this.closing.splice(0).reverse()) await one();
  }

  ask<T>(question: (store: AnalyticStore, knowledge: CaseKnowledge) => Promise<T>): Promise<T> {
    if (this.feed === undefined) return Promise.reject(new ViewUnavailable('case-table', null));
    return this.feed.ask(question);
  }

  /** Resolves when it knows what the log holds now, which can be never (`onFailure`). */
  async caughtUp(): Promise<void> {
    if (this.feed === undefined) throw new ViewUnavailable('case-table', null);
    await this.feed.caughtUp();
  }

  private open(): void {
    const { caseStore } = filesOf(this.config);
    mkdirSync(dirname(caseStore), { recursive: true, mode: 0o700 });
    const rows = new CaseRowsInThread(caseTableSettings(this.config));
    this.closing.push(() => rows.close());
    const feed = new CaseFeed({
      log: this.log,
      rows,
      file: caseStore,
      store: ANALYTIC_LIMITS,
      onFailure: (error) => this.failed(error),
      onDiscarded: (error) => this.options.onDiscarded?.(reasonOf(error)),
    });
    feed.start();
    this.closing.push(() => feed.stop());
    this.feed = feed;
  }

  private failed(error: unknown): void {
    this.options.onFailure(reasonOf(error));
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
