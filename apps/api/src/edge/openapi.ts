import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, SwaggerModule } from '@nestjs/swagger';

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
    .addGlobalParameters({
      name: 'x-csrf-token',
      in: 'header',
      required: false,
      description: '登录时取得;除 GET 外必填',
      schema: { type: 'string' },
    })
    .build();
  SwaggerModule.setup('api/docs', app, () => SwaggerModule.createDocument(app, config), {
    jsonDocumentUrl: 'api/openapi.json',
    raw: ['json'],
    customSiteTitle: '办结 Banjie · 接口文档',
    validatorUrl: 'none',
    swaggerOptions: { validatorUrl: null, supportedSubmitMethods: ['get', 'post', 'put', 'delete'] },
  });
}
