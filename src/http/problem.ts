/** One kind of problem: what its page under `/v1/problems` says. */
interface ProblemKind {
  readonly status: number;
  readonly title: string;
  /** What happened, and what the caller can do about it. */
  readonly meaning: string;
}
export type ProblemKinds = Readonly<Record<string, ProblemKind>>;

/** The problems of the edge itself; slices add the codes with which their rules refuse. */
export const EDGE_PROBLEMS = {
  INVALID_REQUEST: {
    status: 400,
    title: 'The request is not valid',
    meaning:
      'Something in the body, the query or the headers is missing, unknown or of the wrong form. `errors` names every fault with its place. Nothing was recorded; correct the request and send it again.',
  },
  QUESTION_REFUSED: {
    status: 400,
    title: 'The question has no answer',
    meaning:
      'The measure cannot be worked out of these cases, or a condition names what they do not have. `detail` says what to ask instead.',
  },
  MALFORMED_JSON: {
    status: 400,
    title: 'The body is not JSON',
    meaning: 'The body could not be read as a JSON object (RFC 8259). Nothing was recorded.',
  },
  MALFORMED_ADDRESS: {
    status: 400,
    title: 'The address is malformed',
    meaning: 'The path or query holds an escape that cannot be decoded.',
  },
  WRONG_LOG: {
    status: 400,
    title: 'This position is of another log',
    meaning:
      'The position token was given by a server on another event log, or before this one was restored from elsewhere. Read without it.',
  },
  INVALID_CURSOR: {
    status: 400,
    title: 'This cursor is not of this list',
    meaning: 'A cursor is the `next` of the page before, of the same list with the same filter and order. Start anew.',
  },
  IDENTITY_REQUIRED: {
    status: 401,
    title: 'Who are you?',
    meaning: 'The request does not say, in a form that is understood, who sends it and for which organisation.',
  },
  NOT_ALLOWED: {
    status: 403,
    title: 'Not allowed',
    meaning: 'You are known, but this is not yours to do.',
  },
  NOT_FOUND: {
    status: 404,
    title: 'Nothing here',
    meaning:
      'There is nothing at this address: no such path (mind that paths have no trailing slash and are lower case), case, person, offer or event.',
  },
  IDEMPOTENCY_KEY_REUSED: {
    status: 409,
    title: 'The Idempotency-Key was used before with another body',
    meaning:
      'An Idempotency-Key stands for one request. Send the same body to get the same answer, or a new key for a new request.',
  },
  PERSONAL_DATA_ERASED: {
    status: 409,
    title: 'The personal data have been erased',
    meaning:
      'The key of this person, or of the texts of this case, has been destroyed. Nothing personal can be recorded for it any more.',
  },
  STALE_REVISION: {
    status: 412,
    title: 'The case has moved on',
    meaning:
      'The revision in If-Match is no longer the present one; `expected` and `actual` give both. Nothing was recorded. Read the case again, and decide anew.',
  },
  BODY_TOO_LARGE: {
    status: 413,
    title: 'The body is too large',
    meaning: 'The body, or what would be recorded of it, is larger than is taken. Nothing was recorded.',
  },
  ADDRESS_TOO_LONG: {
    status: 414,
    title: 'The address is too long',
    meaning: 'A part of the path is longer than any that exists.',
  },
  UNREADABLE_REQUEST: {
    status: 400,
    title: 'This is not HTTP',
    meaning:
      'What was sent is not an HTTP request that can be read, or did not come whole in time. Nothing was recorded.',
  },
  HEADERS_TOO_LARGE: {
    status: 431,
    title: 'The headers are too large',
    meaning: 'The headers of the request are together larger than is taken. Nothing was recorded.',
  },
  UNSUPPORTED_MEDIA_TYPE: {
    status: 415,
    title: 'Only JSON is taken',
    meaning: 'Send bodies with Content-Type: application/json.',
  },
  UNEXPECTED: {
    status: 500,
    title: 'Something went wrong here',
    meaning:
      'A fault of the server, which has been logged under the `correlationId` of the answer. A command may have been recorded or not: repeat it with the same Idempotency-Key to know.',
  },
  LOG_BUSY: {
    status: 503,
    title: 'Too busy',
    meaning: 'More commands wait than can be taken. Nothing was recorded; repeat after the time in Retry-After.',
  },
  LOG_UNAVAILABLE: {
    status: 503,
    title: 'The event log cannot be reached',
    meaning:
      'The log cannot be read or written at present (disk full, read-only, damaged, its server away). A command may have been recorded or not: repeat it with the same Idempotency-Key to know. Operators see why in /readyz and in the log of the server.',
  },
  VIEW_BEHIND: {
    status: 503,
    title: 'The view has not got there yet',
    meaning:
      'The view did not reach the position asked for in `minPosition` within the time that a request waits. Repeat after the time in Retry-After.',
  },
  VIEW_UNAVAILABLE: {
    status: 503,
    title: 'The view is being built',
    meaning: 'The view cannot answer yet; how far it has got is in `detail` and in /readyz. Dossiers do not need it.',
  },
  ANALYSIS_BUSY: {
    status: 503,
    title: 'Too many questions at once',
    meaning:
      'Questions about where the time goes wait for their turn, so that commands do not; more of them wait than are taken. Repeat after the time in Retry-After.',
  },
  STREAM_PARKED: {
    status: 503,
    title: 'This cannot be read as a whole',
    meaning:
      'An event of the case, half-year or rules cannot be read by this program. It takes no commands, and is shown up to that event, marked: a case in the views with its last good rows, until operators replay it.',
  },
  STOPPING: {
    status: 503,
    title: 'The server is stopping',
    meaning: 'Repeat the request: another node, or this one after its restart, will take it.',
  },
} as const satisfies ProblemKinds;

export type EdgeProblemCode = keyof typeof EDGE_PROBLEMS;

/** One fault in a request, with its place. */
export interface InputFault {
  readonly in: 'body' | 'query' | 'header' | 'path';
  readonly location: { readonly pointer: string } | { readonly name: string };
  readonly code: string;
  readonly detail: string;
}

/** Thrown by the edge itself; deciders refuse, and the log throws errors of its own. */
export class Problem extends Error {
  readonly code: EdgeProblemCode;
  readonly members: Readonly<Record<string, unknown>>;
  readonly headers: Readonly<Record<string, string>>;
  constructor(
    code: EdgeProblemCode,
    detail: string,
    more: {
      readonly members?: Readonly<Record<string, unknown>>;
      readonly headers?: Readonly<Record<string, string>>;
    } = {},
  ) {
    super(detail);
    this.name = 'Problem';
    this.code = code;
    this.members = more.members ?? {};
    this.headers = more.headers ?? {};
  }
}

export function notFound(what: string): Problem {
  return new Problem('NOT_FOUND', `There is no such ${what}.`);
}

/** All faults of a request at once. */
export function invalidRequest(faults: readonly InputFault[]): Problem {
  const detail =
    faults.length === 1 ? 'There is one fault in the request.' : `There are ${faults.length} faults in the request.`;
  return new Problem('INVALID_REQUEST', detail, { members: { errors: faults } });
}

/** `STALE_REVISION` → `/v1/problems/stale-revision`. */
export function problemType(code: string): string {
  return `/v1/problems/${slugOf(code)}`;
}

function slugOf(code: string): string {
  return code.toLowerCase().replaceAll('_', '-');
}

/** All problems this server can answer with. */
export class ProblemCatalogue {
  readonly kinds: ReadonlyMap<string, ProblemKind>;
  constructor(...parts: readonly ProblemKinds[]) {
    this.kinds = new Map(parts.flatMap((part) => Object.entries(part)));
  }

  kindOf(code: string): ProblemKind {
    return this.kinds.get(code) ?? { status: 409, title: code, meaning: 'The rules do not allow this step.' };
  }

  bySlug(slug: string): { readonly code: string; readonly kind: ProblemKind } | undefined {
    for (const [code, kind] of this.kinds) if (slugOf(code) === slug) return { code, kind };
    return undefined;
  }
}
