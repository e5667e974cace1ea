import { applyDecorators, HttpCode, SerializeOptions } from '@nestjs/common';
import { ApiResponse } from '@nestjs/swagger';
import { errorAnswerSchema } from '@banjie/contracts';
import type { z } from 'zod';

/** Names the answer of a handler, for the OpenAPI document and for the way out: a key the schema does not name is left out. */
export function Answers(schema: z.ZodType, status: 200 | 201 = 200): MethodDecorator {
  return applyDecorators(
    HttpCode(status),
    SerializeOptions({ schema }),
    ApiResponse({ status, description: '成功', standardSchema: schema }),
    ...refusals,
  );
}

/** For handlers that answer 204. */
export function AnswersNothing(): MethodDecorator {
  return applyDecorators(HttpCode(204), ApiResponse({ status: 204, description: '成功' }), ...refusals);
}

const refusals = [
  ApiResponse({ status: '4XX', description: '不予办理,见 code 与 message', standardSchema: errorAnswerSchema }),
  ApiResponse({ status: '5XX', description: '系统故障,见 traceId', standardSchema: errorAnswerSchema }),
];

/** For handlers that answer a file of one of these types. */
export function AnswersFile(...mediaTypes: string[]): MethodDecorator {
  const content = Object.fromEntries(
    mediaTypes.map((type) => [type, { schema: { type: 'string', format: 'binary' } }]),
  );
  return applyDecorators(ApiResponse({ status: 200, description: '文件内容', content }), ...refusals);
}
