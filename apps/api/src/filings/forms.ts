import { papers } from '@banjie/domain';

const file = { type: 'string', format: 'binary' } as const;

/** Multipart forms, for the OpenAPI document alone; `upload.ts` reads and checks them. */
export const statementForm = { schema: { type: 'object', properties: { file }, required: ['file'] } };

export const attachmentForm = {
  schema: {
    type: 'object',
    properties: {
      file,
      paper: { type: 'string', enum: [...papers] },
      facts: { type: 'string', description: 'JSON,形式见 PaperFacts,例如 {"legible":true}' },
    },
    required: ['file', 'paper', 'facts'],
  },
};
