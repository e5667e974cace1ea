import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, SwaggerModule, type OpenAPIObject } from '@nestjs/swagger';
import { openMark } from '../sign-in/access';

/** `/api/openapi.json`, and `/api/docs` with assets from this process: no page of ours loads anything from outside. */
export function serveOpenApi(app: INestApplication): void {
  const config = new DocumentBuilder()
    .setTitle('办结 Banjie')
    .setDescription(
      '金额一律为整数分,时刻为带时区的 ISO 8601。除 GET 外的请求须带登录时取得的 x-csrf-token;错误的形式见 ErrorAnswer。',
    )
    .setVersion('0.1')
    .addCookieAuth('banjie_session', { type: 'apiKey', in: 'cookie', name: 'banjie_session' })
    .addSecurityRequirements('banjie_session')
    .build();
  SwaggerModule.setup('api/docs', app, () => withAccess(SwaggerModule.createDocument(app, config)), {
    jsonDocumentUrl: 'api/openapi.json',
    raw: ['json'],
    customSiteTitle: '办结 Banjie · 接口文档',
    validatorUrl: 'none',
    swaggerOptions: { validatorUrl: null, supportedSubmitMethods: ['get', 'post', 'put', 'delete'] },
  });
}

const methods = ['get', 'post', 'put', 'delete'] as const;

const csrfHeader = {
  name: 'x-csrf-token',
  in: 'header' as const,
  required: true,
  description: '登录时取得',
  schema: { type: 'string' as const },
};

/** What the guard asks for: nothing at open addresses, a session at the others, and the token where something changes. */
function withAccess(document: OpenAPIObject): OpenAPIObject {
  for (const path of Object.values(document.paths)) {
    for (const method of methods) {
      const operation = path[method] as (NonNullable<(typeof path)['get']> & { [openMark]?: true }) | undefined;
      if (!operation) continue;
      if (operation[openMark]) {
        operation.security = [];
        delete operation[openMark];
      } else if (method !== 'get') {
        operation.parameters = [...(operation.parameters ?? []), csrfHeader];
      }
    }
  }
  return document;
}
