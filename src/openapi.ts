import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, SwaggerModule, type OpenAPIObject } from '@nestjs/swagger';
import { APP_CONFIG, type AppConfig } from './config/app-config';
import { VERSION } from './config/version';

/** The OpenAPI document, generated from the controllers and their DTOs. */
export function openApiDocument(app: INestApplication): OpenAPIObject {
  const builder = new DocumentBuilder()
    .setTitle('Easel')
    .setVersion(VERSION)
    .setDescription(
      "OpenAI's Images API, served by Google's Gemini image models through a pool of accounts.",
    )
    // In the order in which a reader needs them.
    .addTag('Images')
    .addTag('Chat')
    .addTag('OpenRouter')
    .addTag('Models')
    .addTag('Console')
    .addTag('Keys')
    .addTag('Usage')
    .addTag('Gemini')
    .addTag('Files')
    .addTag('Requests')
    .addTag('Accounts')
    .addTag('Health')
    .addTag('Metrics')
    .addBearerAuth({
      type: 'http',
      scheme: 'bearer',
      bearerFormat: 'PROXY_API_KEY or a key of CONSUMERS_FILE',
    })
    .addSecurityRequirements('bearer');
  const document = SwaggerModule.createDocument(app, builder.build(), {
    // `generateImages`, `listModels`: the method names in generated clients.
    operationIdFactory: (controller, method) => `${method}${controller.replace('Controller', '')}`,
  });
  setMaxImages(document, app.get<AppConfig>(APP_CONFIG).images.maxImagesPerRequest);
  return document;
}

/** The fields for the number of images. Their limit is configured, which decorators cannot know. */
const IMAGE_COUNTS = ['n', 'batch_size'];

function setMaxImages(document: OpenAPIObject, maximum: number): void {
  for (const schema of Object.values(document.components?.schemas ?? {})) {
    for (const name of IMAGE_COUNTS) {
      const property = 'properties' in schema ? schema.properties?.[name] : undefined;
      if (property !== undefined) {
        Object.assign(property, { maximum });
      }
    }
  }
}
