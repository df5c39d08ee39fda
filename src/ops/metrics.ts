import { collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { OwnCases } from '../analysis/own-cases.ts';
import type { EventLog, LogGauge } from '../event-sourcing/event-log.ts';
import { eventsBetween, MOST_COUNTED } from '../event-sourcing/events-between.ts';
import type { ProcessRunner } from '../event-sourcing/process-manager.ts';
import type { Views } from '../read-store/views.ts';

interface MeasuredParts {
  readonly views: Views;
  readonly cases: OwnCases;
  readonly log: EventLog;
  readonly logGauges: readonly LogGauge[];
  readonly processes: readonly ProcessRunner[];
  /** Open cases of which a norm term is overdue today. */
  overdueCases(): Promise<number>;
}

const APPEND_SECONDS = [0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 1, 5];
const REQUEST_SECONDS = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10];

/** Figures about the running server, in the form of Prometheus; no label names a person, a case or an organisation. */
export class Metrics {
  private readonly registry = new Registry();
  private readonly appends: Histogram;
  private readonly requests: Histogram<'method' | 'route' | 'status'>;

  constructor(parts: MeasuredParts) {
    const registers = [this.registry];
    collectDefaultMetrics({ register: this.registry });
    this.appends = new Histogram({
      name: 'woonspoor_append_duration_seconds',
      help: 'From sending an append to the log until it was durable.',
      buckets: APPEND_SECONDS,
      registers,
    });
    this.requests = new Histogram({
      name: 'woonspoor_request_duration_seconds',
      help: 'Requests answered, by route.',
      labelNames: ['method', 'route', 'status'],
      buckets: REQUEST_SECONDS,
      registers,
    });
    this.addViews(parts.views);
    this.addLog(parts.logGauges);
    new Gauge({
      name: 'woonspoor_analysis_lag_events',
      help: `Events that the event table of the cases has not worked in yet, at most ${MOST_COUNTED}; no figure while it is filled.`,
      registers,
      async collect() {
        this.set(await lagOf(parts).catch(() => Number.NaN));
      },
    });
    new Gauge({
      name: 'woonspoor_parked_reactions',
      help: 'Events whose reaction by a process was refused or failed for good.',
      registers,
      collect() {
        this.set(parts.processes.reduce((sum, process) => sum + process.status().parked.length, 0));
      },
    });
    new Gauge({
      name: 'woonspoor_overdue_cases',
      help: 'Open cases of which a norm term is overdue.',
      registers,
      async collect() {
        this.set(await parts.overdueCases().catch(() => Number.NaN));
      },
    });
  }

  appended(seconds: number): void {
    this.appends.observe(seconds);
  }

  answered(method: string, route: string, status: number, seconds: number): void {
    this.requests.observe({ method, route, status: String(status) }, seconds);
  }

  get contentType(): string {
    return this.registry.contentType;
  }

  text(): Promise<string> {
    return this.registry.metrics();
  }

  private addViews(views: Views): void {
    const registers = [this.registry];
    const figures = [
      [
        'woonspoor_projection_lag_events',
        `Events that a view has not worked in yet, at most ${MOST_COUNTED}; no figure while it is built.`,
        'eventsBehind',
      ],
      ['woonspoor_projection_lag_seconds', 'For how long a view has not been at the end of the log.', 'secondsBehind'],
      ['woonspoor_parked_streams', 'Streams whose rows stand still because an event cannot be worked in.', 'parked'],
    ] as const;
    for (const [name, help, figure] of figures) {
      new Gauge({
        name,
        help,
        labelNames: ['view'],
        registers,
        async collect() {
          for (const status of await views.status()) this.set({ view: status.view }, status[figure] ?? Number.NaN);
        },
      });
    }
  }

  /** An engine that can't be asked at the moment has no figure, and spoils none of the others. */
  private addLog(gauges: readonly LogGauge[]): void {
    for (const gauge of gauges) {
      const { name, help } = gauge;
      const told = async (): Promise<number> => gauge.value();
      new Gauge({
        name: `woonspoor_${name}`,
        help,
        registers: [this.registry],
        async collect() {
          this.set(await told().catch(() => Number.NaN));
        },
      });
    }
  }
}

async function lagOf({ log, cases }: MeasuredParts): Promise<number> {
  const [head, known] = await Promise.all([log.head(), cases.knowledge()]);
  if (known === undefined) return Number.NaN;
  return head === undefined ? 0 : eventsBetween(log, known.position ?? undefined, head);
}
