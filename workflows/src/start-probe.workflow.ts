/** The test act of a start: passes through server and worker and comes back; touches no rows. */
export async function startProbe(): Promise<'answered'> {
  return 'answered';
}
