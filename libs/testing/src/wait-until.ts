/** Polls until the answer is there; for what other processes bring about. Fails with the last answer, never hangs. */
export async function waitUntil<Answer>(
  look: () => Promise<Answer | null | undefined | false>,
  options: { timeoutMs?: number; everyMs?: number; what?: string } = {},
): Promise<Answer> {
  const end = Date.now() + (options.timeoutMs ?? 30_000);
  for (;;) {
    const answer = await look();
    if (answer) return answer;
    if (Date.now() > end) throw new Error(`waited in vain for ${options.what ?? 'an answer'}`);
    await new Promise((resolve) => setTimeout(resolve, options.everyMs ?? 50));
  }
}
