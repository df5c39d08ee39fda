import 'reflect-metadata';
import { Controller, Module, Post } from '@nestjs/common';
import type { MunicipalityLink as Link } from '../src/casework/cases.api.ts';
import type { CommandAnswer, Sent } from '../src/http/command.ts';

const built = (file: string) => import(new URL(`../dist/${file}.js`, import.meta.url).href);
const { MunicipalityLink } = (await built('casework/cases.api')) as typeof import('../src/casework/cases.api.ts');
const { loadConfig } = (await built('config')) as typeof import('../src/config.ts');
const edge = (await built('http/command')) as typeof import('../src/http/command.ts');
const { SilentServerLog } = (await built('http/log')) as typeof import('../src/http/log.ts');
const { openServer } = (await built('main')) as typeof import('../src/main.ts');

/** The product's own server, built, with one route more: a command that is validated like any other and does nothing. */
class NoOpController {
  recordNothing(sent: Sent): CommandAnswer {
    return new edge.CommandAnswer(0, null, { municipality: (sent.body as Link).municipality });
  }
}

// Decorators applied by hand: Node strips types, it does not know decorators.
const prototype = NoOpController.prototype;
const method = Object.getOwnPropertyDescriptor(prototype, 'recordNothing')!;
Post('no-op')(prototype, 'recordNothing', method);
edge.Takes(MunicipalityLink)(prototype, 'recordNothing', method);
edge.TheCommand()(prototype, 'recordNothing', 0);
Controller('v1/bench')(NoOpController);

class BenchModule {}
Module({ controllers: [NoOpController] })(BenchModule);

const server = await openServer(loadConfig(process.env), new SilentServerLog(), [BenchModule]);
process.send!({ url: server.url });
process.on('message', () => void server.stop().then(() => process.exit(0)));
