import { Metadata, status, type ServiceError } from '@grpc/grpc-js';
import shared from '@eventstore/db-client/generated/shared_pb.js';
import streams from '@eventstore/db-client/generated/streams_pb.js';
import type { Expected, Outcome, Proposed, Stored } from './stored-events.ts';

const { AppendReq, AppendResp, ReadReq, ReadResp } = streams;
type ReadOptions = InstanceType<typeof ReadReq.Options>;

/** Faults as the server words them; the client tells them apart by `exception` among their metadata, or by their code. */
export function fault(code: status, details: string, metadata: Record<string, string> = {}): ServiceError {
  const trailers = new Metadata();
  for (const [name, value] of Object.entries(metadata)) trailers.set(name, value);
  return Object.assign(new Error(details), { code, details, metadata: trailers });
}

export const faults = {
  notReady: () => fault(status.UNAVAILABLE, 'Server Is Not Ready'),
  /** As older servers, and the batch path, say it. */
  notReadyUnnamed: () => fault(status.UNKNOWN, 'Could not recognize Server Is Not Ready'),
  tooBusy: () => fault(status.UNAVAILABLE, 'Server Is Too Busy'),
  unavailable: () => fault(status.UNAVAILABLE, 'Connection dropped'),
  cancelled: () => fault(status.CANCELLED, 'Request canceled by server'),
  timedOut: () => fault(status.ABORTED, 'Operation timed out: Commit phase timeout.'),
  notLeader: ({ host, port }: { readonly host: string; readonly port: number }) =>
    fault(status.NOT_FOUND, 'Leader info available', {
      exception: 'not-leader',
      'leader-endpoint-host': host,
      'leader-endpoint-port': String(port),
    }),
  accessDenied: () => fault(status.PERMISSION_DENIED, 'Access Denied', { exception: 'access-denied' }),
  unauthenticated: () => fault(status.UNAUTHENTICATED, 'Unauthenticated'),
  deleted: (stream: string) =>
    fault(status.FAILED_PRECONDITION, `Event stream '${stream}' is deleted.`, {
      exception: 'stream-deleted',
      'stream-name': stream,
    }),
  tooLarge: (bytes: number) =>
    fault(status.INVALID_ARGUMENT, `Maximum Append Size of ${bytes} Exceeded.`, {
      exception: 'maximum-append-size-exceeded',
      'maximum-append-size': String(bytes),
    }),
  notTaken: () => fault(status.UNIMPLEMENTED, 'The double takes no appends in batches.'),
  noPosition: () => fault(status.UNKNOWN, 'Unexpected ReadAllResult: Error'),
};

export function streamName(identifier: InstanceType<typeof shared.StreamIdentifier> | undefined): string {
  return Buffer.from(identifier!.getStreamName_asU8()).toString('utf8');
}

export function expectedOf(options: InstanceType<typeof AppendReq.Options>): Expected {
  if (options.hasNoStream()) return 'no-stream';
  if (options.hasAny()) return 'any';
  if (options.hasStreamExists()) return 'stream-exists';
  return BigInt(options.getRevision());
}

export function proposedOf(message: InstanceType<typeof AppendReq.ProposedMessage>): Proposed {
  return {
    id: message.getId()!.getString(),
    type: message.getMetadataMap().get('type')!,
    contentType: message.getMetadataMap().get('content-type')!,
    data: message.getData_asU8(),
    metadata: message.getCustomMetadata_asU8(),
  };
}

/** A conflict is an answer, not an error. */
export function appendAnswer(
  outcome: Exclude<Outcome, 'deleted'>,
  expected: Expected,
): InstanceType<typeof AppendResp> {
  const answer = new AppendResp();
  if ('position' in outcome) {
    const success = new AppendResp.Success();
    success.setCurrentRevision(String(outcome.revision));
    const position = new AppendResp.Position();
    position.setCommitPosition(String(outcome.position)).setPreparePosition(String(outcome.position));
    return answer.setSuccess(success.setPosition(position));
  }
  const conflict = new AppendResp.WrongExpectedVersion();
  if (expected === 'no-stream') conflict.setExpectedNoStream(new shared.Empty());
  else if (expected === 'stream-exists') conflict.setExpectedStreamExists(new shared.Empty());
  else conflict.setExpectedRevision(String(expected));
  if (outcome.endsAt === undefined) conflict.setCurrentNoStream(new shared.Empty());
  else conflict.setCurrentRevision(String(outcome.endsAt));
  return answer.setWrongExpectedVersion(conflict);
}

export function eventMessage(stored: Stored): InstanceType<typeof ReadResp> {
  const record = new ReadResp.ReadEvent.RecordedEvent();
  record.setId(new shared.UUID().setString(stored.id));
  record.setStreamIdentifier(new shared.StreamIdentifier().setStreamName(Buffer.from(stored.stream)));
  record.setStreamRevision(String(stored.revision));
  record.setCommitPosition(String(stored.position)).setPreparePosition(String(stored.position));
  record.setData(stored.data).setCustomMetadata(stored.metadata);
  record.getMetadataMap().set('type', stored.type).set('content-type', stored.contentType).set('created', '0');
  const event = new ReadResp.ReadEvent();
  event.setEvent(record).setCommitPosition(String(stored.position));
  return new ReadResp().setEvent(event);
}

export function notFoundMessage(stream: string): InstanceType<typeof ReadResp> {
  const identifier = new shared.StreamIdentifier().setStreamName(Buffer.from(stream));
  return new ReadResp().setStreamNotFound(new ReadResp.StreamNotFound().setStreamIdentifier(identifier));
}

export function confirmationMessage(id: string): InstanceType<typeof ReadResp> {
  return new ReadResp().setConfirmation(new ReadResp.SubscriptionConfirmation().setSubscriptionId(id));
}

export function checkpointMessage(position: bigint): InstanceType<typeof ReadResp> {
  const checkpoint = new ReadResp.Checkpoint();
  checkpoint.setCommitPosition(String(position)).setPreparePosition(String(position));
  return new ReadResp().setCheckpoint(checkpoint);
}

export function caughtUpMessage(): InstanceType<typeof ReadResp> {
  return new ReadResp().setCaughtUp(new ReadResp.CaughtUp());
}

/** Which records a subscription wants. */
export function filterOf(options: ReadOptions): (stored: Stored) => boolean {
  const filter = options.getFilter();
  if (!filter) return () => true;
  const expression = (filter.getStreamIdentifier() ?? filter.getEventType())!;
  const textOf = filter.hasStreamIdentifier() ? (it: Stored) => it.stream : (it: Stored) => it.type;
  const prefixes = expression.getPrefixList();
  if (prefixes.length > 0) return (it) => prefixes.some((prefix) => textOf(it).startsWith(prefix));
  const regex = new RegExp(expression.getRegex());
  return (it) => regex.test(textOf(it));
}
