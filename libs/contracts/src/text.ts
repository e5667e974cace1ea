import { z } from 'zod';

// NUL does not fit into a text column, a lone surrogate not into UTF-8; other control characters have no place on a paper.
const unwritable = /[\u0000-\u0008\u000B\u000C\u000E-\u001F\u007F\uFFFE\uFFFF]|\p{Surrogate}/u;

/** Anything a person may type: at most `max` characters, none that the database cannot keep. Not trimmed. */
export const rawText = (max: number) =>
  z
    .string()
    .max(max)
    .refine((value) => !unwritable.test(value), { error: '含有不能使用的控制字符', abort: true });

/** The same without blanks around it. */
export const trimmedText = (max: number) =>
  z
    .string()
    .trim()
    .max(max)
    .refine((value) => !unwritable.test(value), { error: '含有不能使用的控制字符', abort: true });
