import type { AppendRequest } from './append-request.ts';
import type { WriterRequest } from './sqlite-log-writer.ts';

/**
 * Requests on their way to the writer's thread, as one text: lines of stream, revision, hash, number of fields, fields. Copying
 * one text to another thread costs a tenth of what copying the objects would. No field can hold a line break: JSON writes it
 * as an escape, and names with one are refused. An erasure is a request without fields.
 */
export function packed(requests: readonly WriterRequest[]): string {
  const lines: (string | number)[] = [];
  for (const request of requests) {
    if ('erase' in request) lines.push(request.erase, '', '', 0);
    else lines.push(request.stream, request.revision, request.hash, request.events.length, ...request.events);
  }
  return lines.join('\n');
}

export function unpacked(text: string): WriterRequest[] {
  const lines = text.split('\n');
  const requests: WriterRequest[] = [];
  for (let at = 0; at < lines.length;) {
    const fields = Number(lines[at + 3]);
    const end = at + 4 + fields;
    requests.push(fields === 0 ? { erase: lines[at]! } : appendRequest(lines, at, end));
    at = end;
  }
  return requests;
}

function appendRequest(lines: readonly string[], at: number, end: number): AppendRequest {
  return {
    stream: lines[at]!,
    revision: Number(lines[at + 1]),
    hash: lines[at + 2]!,
    events: lines.slice(at + 4, end),
  };
}
