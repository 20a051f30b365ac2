import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, SwaggerModule, type OpenAPIObject } from '@nestjs/swagger';
import { VERSION } from './config/version';

/** The OpenAPI document, made from the controllers and their DTOs. */
export function openApiDocument(app: INestApplication): OpenAPIObject {
  const builder = new DocumentBuilder()
    .setTitle('Easel')
    .setVersion(VERSION)
    .setDescription(
      "OpenAI's Images API, served by Google's Gemini image models through a pool of accounts.",
    )
    // In the order that matters to a reader of the page.
    .addTag('Images')
    .addTag('Models')
    .addTag('Accounts')
    .addTag('Health')
    .addTag('Metrics')
    .addBearerAuth({ type: 'http', scheme: 'bearer', bearerFormat: 'PROXY_API_KEY' })
    .addSecurityRequirements('bearer');
  return SwaggerModule.createDocument(app, builder.build(), {
    // `generateImages`, `listModels`: what generated clients call their methods.
    operationIdFactory: (controller, method) => `${method}${controller.replace('Controller', '')}`,
  });
}
