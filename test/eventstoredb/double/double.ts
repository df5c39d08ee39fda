import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import {
  Server,
  ServerCredentials,
  type sendUnaryData,
  type ServerDuplexStream,
  type ServerReadableStream,
  type ServerUnaryCall,
  type ServerWritableStream,
  type ServiceError,
} from '@grpc/grpc-js';
import gossip from '@eventstore/db-client/generated/gossip_pb.js';
import gossipService from '@eventstore/db-client/generated/gossip_grpc_pb.js';
import features from '@eventstore/db-client/generated/serverfeatures_pb.js';
import featuresService from '@eventstore/db-client/generated/serverfeatures_grpc_pb.js';
import shared from '@eventstore/db-client/generated/shared_pb.js';
import streams from '@eventstore/db-client/generated/streams_pb.js';
import streamsService from '@eventstore/db-client/generated/streams_grpc_pb.js';
import {
  appendAnswer,
  caughtUpMessage,
  checkpointMessage,
  confirmationMessage,
  eventMessage,
  expectedOf,
  faults,
  filterOf,
  notFoundMessage,
  proposedOf,
  streamName,
} from './messages.ts';
import { StoredEvents, type Stored } from './stored-events.ts';

type AppendCall = ServerReadableStream<InstanceType<typeof streams.AppendReq>, InstanceType<typeof streams.AppendResp>>;
type ReadCall = ServerWritableStream<InstanceType<typeof streams.ReadReq>, InstanceType<typeof streams.ReadResp>>;
type TombstoneCall = ServerUnaryCall<
  InstanceType<typeof streams.TombstoneReq>,
  InstanceType<typeof streams.TombstoneResp>
>;
type BatchCall = ServerDuplexStream<
  InstanceType<typeof streams.BatchAppendReq>,
  InstanceType<typeof streams.BatchAppendResp>
>;
type AnyCall = AppendCall | ReadCall | TombstoneCall;
type Method = 'append' | 'batchAppend' | 'read' | 'subscribe' | 'tombstone';

/** What happens to one call instead of its answer. */
export interface Trouble {
  readonly fault: () => ServiceError;
  /** It is done before it fails: the answer is lost. */
  readonly isDone?: boolean;
}

/** How a subscription ends. */
export type Drop = 'unavailable' | 'cancelled' | 'aborted' | 'end';

export interface DoubleOptions {
  /** Nodes of a cluster share their events. */
  readonly events?: StoredEvents;
  readonly tls?: { readonly key: Buffer; readonly certificate: Buffer };
  /** The only user; default: without security. */
  readonly user?: { readonly name: string; readonly password: string };
  readonly port?: number;
}

const MAX_APPEND_BYTES = 1024 * 1024;
/** Of records passed over, after so many a checkpoint is told. */
const CHECKPOINT_RECORDS = 32;

/** One node of EventStoreDB as its client sees it: the wire protocol on the client's own service definitions. */
export class EventStoreDouble {
  readonly events: StoredEvents;
  port = 0;
  /** Calls answered or failed, by method. */
  readonly calls: Record<Method, number> = { append: 0, batchAppend: 0, read: 0, subscribe: 0, tombstone: 0 };
  /** Records given to readings and subscriptions. */
  given = 0;
  /** Readings and subscriptions that neither side has ended. */
  readings = 0;
  /** Nodes of the same cluster, this one too; as gossip tells of them. */
  cluster: readonly EventStoreDouble[] = [this];
  isLeader = true;
  /** Milliseconds that every answer is late. */
  delayMs = 0;
  readonly #options: DoubleOptions;
  readonly #troubles: { readonly method: Method; readonly trouble: Trouble }[] = [];
  readonly #subscriptions = new Set<ReadCall>();
  #frozen: Promise<void> | undefined;
  #thaw: (() => void) | undefined;
  #server: Server | undefined;

  constructor(options: DoubleOptions = {}) {
    this.#options = options;
    this.events = options.events ?? new StoredEvents();
  }

  static async start(options: DoubleOptions = {}): Promise<EventStoreDouble> {
    const double = new EventStoreDouble(options);
    await double.start();
    return double;
  }

  /** Several nodes with the same events; the first leads. */
  static async startCluster(nodes: number): Promise<EventStoreDouble[]> {
    const events = new StoredEvents();
    const started = await Promise.all(Array.from({ length: nodes }, () => EventStoreDouble.start({ events })));
    for (const node of started) {
      node.cluster = started;
      node.isLeader = node === started[0];
    }
    return started;
  }

  get isRunning(): boolean {
    return this.#server !== undefined;
  }

  get host(): string {
    return `127.0.0.1:${this.port}`;
  }

  /** Of a log of its own, by a name. */
  connectionString(name?: string): string {
    const namespace = name === undefined ? '' : `&woonspoorNamespace=${name}`;
    return `esdb://${this.host}?tls=false${namespace}`;
  }

  /** Starts, also again after it was stopped, at the same port. */
  async start(): Promise<void> {
    const server = new Server({ 'grpc.max_receive_message_length': 17 * 1024 * 1024 });
    server.addService(streamsService.StreamsService, {
      append: (call: AppendCall, answer: sendUnaryData<InstanceType<typeof streams.AppendResp>>) =>
        void this.#append(call, answer),
      batchAppend: (call: BatchCall) => {
        this.calls.batchAppend++;
        call.emit('error', faults.notTaken());
      },
      read: (call: ReadCall) => void this.#read(call),
      tombstone: (call: TombstoneCall, answer: sendUnaryData<InstanceType<typeof streams.TombstoneResp>>) =>
        void this.#tombstone(call, answer),
    });
    server.addService(gossipService.GossipService, {
      read: (_: unknown, answer: sendUnaryData<InstanceType<typeof gossip.ClusterInfo>>) => void this.#gossip(answer),
    });
    server.addService(featuresService.ServerFeaturesService, {
      getSupportedMethods: (_: unknown, answer: sendUnaryData<InstanceType<typeof features.SupportedMethods>>) =>
        answer(null, supportedMethods()),
    });
    const { tls, port = 0 } = this.#options;
    const credentials = tls
      ? ServerCredentials.createSsl(null, [{ private_key: tls.key, cert_chain: tls.certificate }])
      : ServerCredentials.createInsecure();
    this.port = await new Promise<number>((resolve, reject) => {
      server.bindAsync(`127.0.0.1:${this.port || port}`, credentials, (error, bound) =>
        error ? reject(error) : resolve(bound),
      );
    });
    this.#server = server;
  }

  /** Ends all connections at once, as a killed process does. */
  stop(): void {
    this.#subscriptions.clear();
    this.#thaw?.();
    this.#server?.forceShutdown();
    this.#server = undefined;
  }

  /** The next call of a method meets with this. */
  next(method: Method, trouble: Trouble): void {
    this.#troubles.push({ method, trouble });
  }

  /** Ends all subscriptions. */
  drop(how: Drop): void {
    for (const call of this.#subscriptions) {
      if (how === 'end') call.end();
      else
        call.emit(
          'error',
          { unavailable: faults.unavailable, cancelled: faults.cancelled, aborted: faults.timedOut }[how](),
        );
    }
    this.#subscriptions.clear();
  }

  /** Says nothing any more, on no connection, without ending one. */
  freeze(): void {
    this.#frozen ??= new Promise((resolve) => {
      this.#thaw = () => {
        this.#frozen = undefined;
        resolve();
      };
    });
  }

  thaw(): void {
    this.#thaw?.();
  }

  /** Subscriptions stay open and hear nothing any more; all else is answered. */
  silenceSubscriptions(): void {
    for (const call of this.#subscriptions) call.emit('silenced');
  }

  get subscriptions(): number {
    return this.#subscriptions.size;
  }

  async #append(call: AppendCall, answer: sendUnaryData<InstanceType<typeof streams.AppendResp>>): Promise<void> {
    const messages: InstanceType<typeof streams.AppendReq>[] = [];
    call.on('data', (message: InstanceType<typeof streams.AppendReq>) => messages.push(message));
    call.on('error', () => {});
    await new Promise((resolve) => call.on('end', resolve));
    // Given up before its last event: nothing is written.
    if (call.cancelled) return;
    const trouble = await this.#begin('append', call);
    if (trouble && !trouble.isDone) return answer(trouble.fault());
    const [header, ...proposals] = messages;
    const options = header!.getOptions()!;
    const stream = streamName(options.getStreamIdentifier());
    const events = proposals.map((it) => proposedOf(it.getProposedMessage()!));
    const bytes = events.reduce((sum, it) => sum + it.data.length + it.metadata.length + 2 * it.type.length, 0);
    if (bytes > MAX_APPEND_BYTES) return answer(faults.tooLarge(MAX_APPEND_BYTES));
    const expected = expectedOf(options);
    const outcome = this.events.append(stream, expected, events);
    if (trouble) return answer(trouble.fault());
    if (outcome === 'deleted') return answer(faults.deleted(stream));
    answer(null, appendAnswer(outcome, expected));
  }

  async #tombstone(
    call: TombstoneCall,
    answer: sendUnaryData<InstanceType<typeof streams.TombstoneResp>>,
  ): Promise<void> {
    const trouble = await this.#begin('tombstone', call);
    if (trouble && !trouble.isDone) return answer(trouble.fault());
    const stream = streamName(call.request.getOptions()!.getStreamIdentifier());
    const position = this.events.tombstone(stream);
    if (trouble) return answer(trouble.fault());
    if (position === undefined) return answer(faults.deleted(stream));
    const at = new streams.TombstoneResp.Position();
    at.setCommitPosition(String(position)).setPreparePosition(String(position));
    answer(null, new streams.TombstoneResp().setPosition(at));
  }

  async #read(call: ReadCall): Promise<void> {
    let isOpen = true;
    this.readings++;
    const over = () => {
      if (isOpen) this.readings--;
      isOpen = false;
    };
    for (const end of ['cancelled', 'close', 'error', 'finish']) call.on(end, over);
    const options = call.request.getOptions()!;
    const trouble = await this.#begin(options.hasSubscription() ? 'subscribe' : 'read', call);
    if (trouble) return void call.emit('error', trouble.fault());
    if (options.hasSubscription()) return this.#subscribe(call);
    if (options.hasStream()) return this.#readStream(call);
    return this.#readAll(call);
  }

  async #readStream(call: ReadCall): Promise<void> {
    const options = call.request.getOptions()!;
    const from = options.getStream()!;
    const name = streamName(from.getStreamIdentifier());
    if (this.events.isDeleted(name)) return void call.emit('error', faults.deleted(name));
    const standing = this.events.stream(name);
    if (!standing) {
      call.write(notFoundMessage(name));
      return void call.end();
    }
    const isBackwards = options.getReadDirection() === streams.ReadReq.Options.ReadDirection.BACKWARDS;
    const revision = from.hasRevision() ? BigInt(from.getRevision()) : undefined;
    const chosen = isBackwards
      ? standing.filter((it) => revision === undefined || it.revision <= revision).toReversed()
      : standing.filter((it) => !from.hasEnd() && (revision === undefined || it.revision >= revision));
    await this.#give(call, chosen.slice(0, Number(options.getCount())));
    call.end();
  }

  async #readAll(call: ReadCall): Promise<void> {
    const options = call.request.getOptions()!;
    const from = options.getAll()!;
    const isBackwards = options.getReadDirection() === streams.ReadReq.Options.ReadDirection.BACKWARDS;
    const { all } = this.events;
    let start = from.hasEnd() ? all.length : 0;
    if (from.hasPosition()) {
      const position = BigInt(from.getPosition()!.getCommitPosition());
      start = this.events.indexOf(position);
      if (start < all.length && !this.events.isPosition(position)) return void call.emit('error', faults.noPosition());
    }
    const count = Number(options.getCount());
    // Forwards it begins with the position, backwards before it.
    await this.#give(
      call,
      isBackwards ? all.slice(Math.max(0, start - count), start).toReversed() : all.slice(start, start + count),
    );
    call.end();
  }

  async #subscribe(call: ReadCall): Promise<void> {
    const options = call.request.getOptions()!;
    const from = options.getAll()!;
    const isWanted = filterOf(options);
    const { all } = this.events;
    let at = 0;
    if (from.hasEnd()) at = all.length;
    else if (from.hasPosition()) at = this.events.indexOf(BigInt(from.getPosition()!.getCommitPosition()) + 1n);
    this.#subscriptions.add(call);
    let [isOver, wake, considered] = [false, () => {}, 0];
    const unlisten = this.events.listen(() => wake());
    const over = () => {
      isOver = true;
      this.#subscriptions.delete(call);
      unlisten();
      wake();
    };
    for (const end of ['cancelled', 'close', 'error', 'finish', 'silenced']) call.on(end, over);
    call.write(confirmationMessage(randomUUID()));
    for (let isCaughtUp = false; !isOver;) {
      while (at < all.length && !isOver) {
        const stored = all[at++]!;
        if (isWanted(stored)) await this.#give(call, [stored]);
        else if (++considered % CHECKPOINT_RECORDS === 0) call.write(checkpointMessage(stored.position));
      }
      if (isOver) break;
      if (!isCaughtUp) call.write(caughtUpMessage());
      isCaughtUp = true;
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
      if (this.#frozen) await this.#frozen;
    }
  }

  async #give(call: ReadCall, records: readonly Stored[]): Promise<void> {
    for (const stored of records) {
      if (call.cancelled || call.destroyed) return;
      if (this.#frozen) await this.#frozen;
      this.given++;
      if (call.write(eventMessage(stored))) continue;
      await new Promise<void>((resolve) => {
        const ends = ['drain', 'cancelled', 'close', 'error'];
        const done = () => {
          for (const end of ends) call.off(end, done);
          resolve();
        };
        for (const end of ends) call.on(end, done);
      });
    }
  }

  async #gossip(answer: sendUnaryData<InstanceType<typeof gossip.ClusterInfo>>): Promise<void> {
    if (this.#frozen) await this.#frozen;
    const info = new gossip.ClusterInfo();
    const { LEADER, FOLLOWER } = gossip.MemberInfo.VNodeState;
    for (const node of this.cluster) {
      const member = new gossip.MemberInfo();
      member.setInstanceId(new shared.UUID().setString(randomUUID())).setTimeStamp(String(Date.now()));
      member.setIsAlive(node.isRunning && !node.#frozen).setState(node.isLeader ? LEADER : FOLLOWER);
      member.setHttpEndPoint(new gossip.EndPoint().setAddress('127.0.0.1').setPort(node.port));
      info.addMembers(member);
    }
    answer(null, info);
  }

  /** What every call goes through: counted, late, frozen, refused, sent to the leader, or in trouble. */
  async #begin(method: Method, call: AnyCall): Promise<Trouble | undefined> {
    this.calls[method]++;
    if (this.delayMs > 0) await pause(this.delayMs);
    if (this.#frozen) await this.#frozen;
    const { user } = this.#options;
    if (user) {
      const [given] = call.metadata.get('authorization');
      const asked = `Basic ${Buffer.from(`${user.name}:${user.password}`).toString('base64')}`;
      if (given === undefined) return { fault: faults.accessDenied };
      if (given !== asked) return { fault: faults.unauthenticated };
    }
    if (call.metadata.get('requires-leader').length > 0 && !this.isLeader) {
      const leader = this.cluster.find((node) => node.isLeader);
      return { fault: leader ? () => faults.notLeader({ host: '127.0.0.1', port: leader.port }) : faults.notReady };
    }
    const at = this.#troubles.findIndex((it) => it.method === method);
    return at === -1 ? undefined : this.#troubles.splice(at, 1)[0]!.trouble;
  }
}

/** In lower case, as the server tells them; with the batch path, which the adapter must not take. */
function supportedMethods(): InstanceType<typeof features.SupportedMethods> {
  const methods = new features.SupportedMethods().setEventStoreServerVersion('23.10.8');
  for (const name of ['read', 'append', 'delete', 'tombstone', 'batchappend']) {
    methods.addMethods(
      new features.SupportedMethod().setServiceName('event_store.client.streams.streams').setMethodName(name),
    );
  }
  return methods;
}
