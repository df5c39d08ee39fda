/** Called at a named point; kills the process there if it was told to. */
export type CrashPoint = (name: string) => void;

/**
 * For crash tests: dies by SIGKILL where `spec` says, as if the power went. `view:before-commit` means the first time that
 * point is passed, `view:before-commit@3` the third; undefined means never. Handed over by configuration.
 */
export function crashPoint(spec: string | undefined): CrashPoint {
  if (!spec) return () => {};
  const [point, times = '1'] = spec.split('@');
  let left = Number(times);
  return (name) => {
    if (name !== point || --left > 0) return;
    process.kill(process.pid, 'SIGKILL');
    // The signal may take a moment to arrive; nothing may happen meanwhile.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  };
}
