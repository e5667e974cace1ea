import { paperFactsSchema } from '@banjie/contracts';
import { papers } from '@banjie/domain';
import { z } from 'zod';

const file = { type: 'string', format: 'binary' } as const;

/** Multipart forms, for the OpenAPI document alone; `upload.ts` reads and checks them. */
export const statementForm = { schema: { type: 'object', properties: { file }, required: ['file'] } };

// Without its id: a named schema would be put beside a reference that leads nowhere from here.
const paperFacts: object = z.toJSONSchema(z.strictObject(paperFactsSchema.shape), {
  target: 'openapi-3.0',
  io: 'input',
});

/** An object among the parts of a form travels as JSON text, as OpenAPI has it by default. */
export const attachmentForm = {
  schema: {
    type: 'object',
    properties: {
      file,
      paper: { type: 'string', enum: [...papers] },
      facts: paperFacts,
    },
    required: ['file', 'paper', 'facts'],
  },
};
