import { readFileSync } from 'node:fs';
import { filesOf, type Config } from '../config.ts';

/** Where a server on the same data folder answers, and what lets the command line operate it. */
export interface RunningServer {
  readonly url: string;
  readonly token: string;
}

/** Undefined: none has said that it runs. One that was killed has said so, too. */
export function runningServer(config: Config): RunningServer | undefined {
  const { serverUrl, operationsToken } = filesOf(config);
  try {
    return { url: readFileSync(serverUrl, 'utf8'), token: readFileSync(operationsToken, 'utf8').trim() };
  } catch {
    return undefined;
  }
}

/** Undefined: nobody answers there any more. */
export async function operate(
  { url, token }: RunningServer,
  path: string,
  signal: AbortSignal,
  body?: object,
): Promise<Response | undefined> {
  const authorization = { Authorization: `Bearer ${token}` };
  try {
    return await fetch(`${url}/operations/${path}`, {
      ...(body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }),
      headers: body === undefined ? authorization : { ...authorization, 'Content-Type': 'application/json' },
      signal,
    });
  } catch (error) {
    if (signal.aborted) throw error;
    return undefined;
  }
}
