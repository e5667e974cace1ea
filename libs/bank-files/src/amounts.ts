import { fen, formatYuan, type Fen } from '@banjie/domain';

/**
 * Yuan as files write them, read digit by digit: `1234.5`, `0012.50`, `12.50000`. Null for what is no positive whole
 * number of 分 inside the safe range: signs, exponents, thousands marks, other digits than 0–9, a third decimal ≠ 0.
 */
export function parseAmount(text: string | undefined, { orZero = false } = {}): Fen | null {
  const match = /^(\d{1,18})(?:\.(\d{1,5}))?$/.exec(text ?? '');
  const [, yuan = '', decimals = ''] = match ?? [];
  if (!match || /[1-9]/.test(decimals.slice(2))) return null;
  const amount = BigInt(yuan + decimals.slice(0, 2).padEnd(2, '0'));
  if (amount > BigInt(Number.MAX_SAFE_INTEGER) || (amount === 0n && !orZero)) return null;
  return fen(Number(amount));
}

/** 分 as files carry yuan: `1234.50`, always two decimals, no thousands marks. */
export const amountText: (amountFen: Fen) => string = (amountFen) => formatYuan(amountFen);
