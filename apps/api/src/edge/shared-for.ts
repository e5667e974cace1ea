/** The work as one run for all who ask while it goes on and until `milliseconds` after its start. */
export function sharedFor<Result>(milliseconds: number, work: () => Promise<Result>): () => Promise<Result> {
  let run: { startedAt: number; result: Promise<Result>; isOver: boolean } | undefined;
  return () => {
    if (!run || (run.isOver && performance.now() - run.startedAt > milliseconds)) {
      const started = { startedAt: performance.now(), result: work(), isOver: false };
      const end = () => {
        started.isOver = true;
      };
      started.result.then(end, end);
      run = started;
    }
    return run.result;
  };
}
