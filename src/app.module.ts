import 'reflect-metadata';
import { Module, type DynamicModule, type Type } from '@nestjs/common';
import { NestFactory, Reflector } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { AnalysisModule } from './analysis/analysis.module.ts';
import { ImportedLogs } from './analysis/imported-logs.ts';
import { NoCases, OwnCases } from './analysis/own-cases.ts';
import { DevelopmentIdentity } from './access/development-identity.ts';
import { CaseQuestions } from './cases/case-questions.ts';
import { CASE_REFUSALS } from './journey/case-refusals.ts';
import { CasesModule } from './cases/cases.module.ts';
import { CaseworkModule } from './casework/casework.module.ts';
import { Clock } from './event-sourcing/clock.ts';
import { EventLog } from './event-sourcing/event-log.ts';
import type { ProcessRunner } from './event-sourcing/process-manager.ts';
import { CommandAnswers } from './http/command.ts';
import { OpenApi } from './http/documentation.controller.ts';
import { Draining, furnish, newAdapter } from './http/edge.ts';
import { HttpModule } from './http/http.module.ts';
import { ServerLog } from './http/log.ts';
import { NestLog } from './http/nest-log.ts';
import { openApiDocument } from './http/openapi.ts';
import { ProblemAnswers, ProblemFilter } from './http/problem.filter.ts';
import { EDGE_PROBLEMS, ProblemCatalogue, type ProblemKinds } from './http/problem.ts';
import { futureFaults } from './http/freshness.ts';
import { RequestPipe } from './http/validation.ts';
import { IntegrationModule } from './integration/integration.module.ts';
import { MeasuredLog } from './ops/measured-log.ts';
import { Metrics } from './ops/metrics.ts';
import { OperationsToken } from './ops/operations.ts';
import { Reactions } from './ops/reactions.ts';
import { OpsModule } from './ops/ops.module.ts';
import { BlindIndex } from './privacy/blind-index.ts';
import { Keyring } from './privacy/keyring.ts';
import { QUOTA_REFUSALS } from './quota/quota.decider.ts';
import { QuotaModule } from './quota/quota.module.ts';
import { Views } from './read-store/views.ts';
import { REFERENCE_REFUSALS } from './reference/reference.decider.ts';
import { ReferenceModule } from './reference/reference.module.ts';

/** What the application is made of: opened before it, closed after it. */
interface AppParts {
  readonly log: EventLog;
  readonly views: Views;
  /** None: questions about where their time goes are not answered. */
  readonly cases?: OwnCases;
  readonly importedLogs?: ImportedLogs;
  readonly keyring: Keyring;
  readonly blindIndex: BlindIndex;
  readonly clock: Clock;
  readonly serverLog: ServerLog;
  readonly processes: readonly ProcessRunner[];
  readonly operationsToken?: OperationsToken;
  /** Modules besides the product's own, such as a benchmark's. */
  readonly also?: readonly Type[];
}

/** What the application makes itself, before its modules. */
interface Own {
  readonly cases: OwnCases;
  readonly metrics: Metrics;
  readonly draining: Draining;
  readonly problems: ProblemCatalogue;
}

/** The log and what was opened with it, for all modules. */
@Module({})
class PartsModule {
  static of(parts: AppParts, { metrics, draining, problems, cases }: Own): DynamicModule {
    const log = parts.log instanceof MeasuredLog ? parts.log : new MeasuredLog(parts.log);
    log.onAppended = (seconds) => metrics.appended(seconds);
    const providers = [
      { provide: EventLog, useValue: log },
      { provide: MeasuredLog, useValue: log },
      { provide: Views, useValue: parts.views },
      { provide: OwnCases, useValue: cases },
      { provide: ImportedLogs, useValue: parts.importedLogs ?? new ImportedLogs('', {}) },
      { provide: Keyring, useValue: parts.keyring },
      { provide: BlindIndex, useValue: parts.blindIndex },
      { provide: Clock, useValue: parts.clock },
      { provide: Metrics, useValue: metrics },
      { provide: Draining, useValue: draining },
      { provide: OperationsToken, useValue: parts.operationsToken ?? OperationsToken.none },
      { provide: ServerLog, useValue: parts.serverLog },
      { provide: Reactions, useValue: new Reactions(parts.processes) },
      { provide: ProblemCatalogue, useValue: problems },
    ];
    return { module: PartsModule, global: true, providers, exports: providers.map(({ provide }) => provide) };
  }
}

@Module({})
class AppModule {
  static of(parts: AppParts, own: Own): DynamicModule {
    const slices = [
      CasesModule,
      CaseworkModule,
      ReferenceModule,
      QuotaModule,
      IntegrationModule,
      AnalysisModule,
      HttpModule,
      OpsModule,
    ];
    return { module: AppModule, imports: [PartsModule.of(parts, own), ...slices, ...(parts.also ?? [])] };
  }
}

/** The application on parts that stand; it does not close them. */
export async function createApp(parts: AppParts): Promise<NestFastifyApplication> {
  const problems = new ProblemCatalogue(
    EDGE_PROBLEMS,
    refusals(CASE_REFUSALS),
    refusals(REFERENCE_REFUSALS),
    refusals(QUOTA_REFUSALS),
    {
      CASE_UNKNOWN: { status: 404, title: 'There is no such case', meaning: CASE_REFUSALS.CASE_UNKNOWN },
    },
  );
  const answers = new ProblemAnswers(problems, parts.serverLog);
  const draining = new Draining();
  let overdueCases = (): Promise<number> => Promise.resolve(0);
  const { cases = new NoCases() } = parts;
  const metrics = new Metrics({ ...parts, cases, logGauges: parts.log.gauges(), overdueCases: () => overdueCases() });

  const app = await NestFactory.create<NestFastifyApplication>(
    AppModule.of(parts, { metrics, draining, problems, cases }),
    newAdapter(answers),
    { bodyParser: false, logger: new NestLog(parts.serverLog), abortOnError: false },
  );
  furnish(app.getHttpAdapter().getInstance(), { log: parts.serverLog, metrics, draining });
  app.useGlobalFilters(new ProblemFilter(answers));
  app.useGlobalGuards(new DevelopmentIdentity(app.get(Reflector)));
  app.useGlobalPipes(new RequestPipe((question) => futureFaults(question, parts.clock)));
  app.useGlobalInterceptors(new CommandAnswers());
  overdueCases = () => app.get(CaseQuestions).countOverdue();
  app.get(OpenApi).comesFrom(() => openApiDocument(app, problems));
  await app.init();
  await app.getHttpAdapter().getInstance().ready();
  return app;
}

/** Codes with which rules refuse are 409s. */
function refusals(codes: Readonly<Record<string, string>>): ProblemKinds {
  return Object.fromEntries(
    Object.entries(codes).map(([code, meaning]) => [code, { status: 409, title: inWords(code), meaning }]),
  );
}

/** `LATER_FACT_IMPOSSIBLE` → `Later fact impossible`. */
function inWords(code: string): string {
  const words = code.toLowerCase().replaceAll('_', ' ');
  return `${words.charAt(0).toUpperCase()}${words.slice(1)}`;
}
