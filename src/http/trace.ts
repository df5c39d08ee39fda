import { randomBytes } from 'node:crypto';

/** W3C trace context of one request: who asked (trace), and this server's part of it (span). */
export interface Trace {
  /** 32 hex digits; it is also the correlation id of what is recorded and logged. */
  readonly traceId: string;
  /** 16 hex digits. */
  readonly spanId: string;
  readonly flags: string;
}

const TRACEPARENT = /^(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-([0-9a-f]{2})(?:-|$)/;

/** Goes on with the caller's trace; begins one where there is none, or none that is well-formed. */
export function traceOf(traceparent: string | string[] | undefined): Trace {
  const match = typeof traceparent === 'string' ? TRACEPARENT.exec(traceparent) : null;
  const random = randomBytes(24).toString('hex');
  const spanId = random.slice(32);
  return match
    ? { traceId: match[1]!, spanId, flags: match[2]! }
    : { traceId: random.slice(0, 32), spanId, flags: '01' };
}

export function traceparentOf(trace: Trace): string {
  return `00-${trace.traceId}-${trace.spanId}-${trace.flags}`;
}
