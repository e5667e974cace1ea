/** While one lane waits for PostgreSQL or the bank, the other computes; more than two cores' worth of them only get in each other's way. */
const laneCount = 2;

/** Does the same work in a few lanes that share it out among themselves; ends when all have ended, with the first fault if one had one. */
export async function inLanes(work: () => Promise<void>): Promise<void> {
  const ends = await Promise.allSettled(Array.from({ length: laneCount }, work));
  for (const end of ends) if (end.status === 'rejected') throw end.reason;
}
