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
  const spanId = randomBytes(8).toString('hex');
  if (!match) return { traceId: randomBytes(16).toString('hex'), spanId, flags: '01' };
  return { traceId: match[1]!, spanId, flags: match[2]! };
}

export function traceparentOf(trace: Trace): string {
  return `00-${trace.traceId}-${trace.spanId}-${trace.flags}`;
}
