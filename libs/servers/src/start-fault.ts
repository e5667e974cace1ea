/**
 * A start that cannot go on, told to the person at the terminal: what is wrong, then what to type or to do.
 * The message is shown alone, without a stack.
 */
export class StartFault extends Error {
  override readonly name = 'StartFault';

  constructor(
    readonly what: string,
    readonly remedy: string,
  ) {
    super(`${what}\n  → ${remedy}`);
  }
}
