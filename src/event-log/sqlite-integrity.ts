import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

/**
 * SQLite's own check of the whole file: what it found wrong, in its words; nothing if all is well. In a process of its own,
 * because it takes minutes on a large file and nothing but the end of its process stops it.
 */
export async function integrityOf(file: string, signal?: AbortSignal): Promise<readonly string[]> {
  const script = import.meta.url.endsWith('.ts') ? './sqlite-integrity.child.ts' : './sqlite-integrity.child.js';
  try {
    const { stdout } = await promisify(execFile)(
      process.execPath,
      [fileURLToPath(new URL(script, import.meta.url)), file],
      { killSignal: 'SIGKILL', ...(signal ? { signal } : {}) },
    );
    return JSON.parse(stdout) as string[];
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  }
}
