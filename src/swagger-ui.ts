import type { INestApplication } from '@nestjs/common';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { SwaggerModule, type OpenAPIObject } from '@nestjs/swagger';
import type { NextFunction, Request, RequestHandler, Response } from 'express';
import type { AppConfig } from './config/app-config';
import { ConsumerLimits } from './consumers/limits/consumer-limits';
import { contextOf } from './context/request-contexts';
import { KeyCheck } from './http/auth/key-check';
import { assertRole } from './http/auth/role-check';
import { swaggerBlankForms } from './http/docs/swagger-blank-forms';
import { swaggerLongTexts } from './http/docs/swagger-long-texts';
import { openApiDocument } from './openapi';

const VIEWPORT = '<meta name="viewport" content="width=device-width, initial-scale=1">';

/**
 * Serves Swagger UI and its document. They are mounted outside Nest's routes, so the key is checked
 * here.
 */
export function serveSwaggerUi(app: NestExpressApplication, { console }: AppConfig): void {
  const keys = app.get(KeyCheck);
  const limits = app.get(ConsumerLimits);
  app.use(['/docs', '/docs-json'], (request: Request, response: Response, next: NextFunction) => {
    keys.authenticate(request, response, 'documentation');
    const context = contextOf(response);
    const goOn = (): void => {
      if (isRead(request)) {
        assertRole(context, ['member']);
      }
      next();
    };
    const telling = limits.tell(context);
    if (telling === undefined) {
      goOn();
    } else {
      telling.then(goOn).catch(next);
    }
  });
  // The page finds its assets from /docs and /docs/, but not from here; and its link to the console
  // only from /docs.
  app.use('/docs/index.html', redirectTo('../docs'));
  app.use('/docs/console', redirectTo('../console'));
  app.use('/docs', fitToScreen);
  SwaggerModule.setup('docs', app as INestApplication, () => openApiDocument(app), {
    jsonDocumentUrl: 'docs-json',
    raw: ['json'],
    customSiteTitle: 'Easel',
    ...(console.isOn ? { patchDocumentOnRequest: withConsoleLink } : {}),
    swaggerOptions: {
      // A key in localStorage would outlast the user who typed it in.
      persistAuthorization: false,
      displayRequestDuration: true,
      plugins: [swaggerLongTexts, swaggerBlankForms],
    },
  });
}

function isRead({ method }: Request): boolean {
  return method === 'GET' || method === 'HEAD';
}

function redirectTo(target: string): RequestHandler {
  return (request, response, next) => {
    if (isRead(request)) {
      response.redirect(target);
    } else {
      next();
    }
  };
}

/** Without this, phones lay a page out at desktop width and show it too small to read. */
function fitToScreen(_request: Request, response: Response, next: NextFunction): void {
  const send = response.send.bind(response);
  response.send = (body: unknown) =>
    send(typeof body === 'string' ? body.replace('<head>', `<head>\n  ${VIEWPORT}`) : body);
  next();
}

/** Only for the page: a program that reads the document has no use for a relative link. */
function withConsoleLink(
  request: unknown,
  _response: unknown,
  document: OpenAPIObject,
): OpenAPIObject {
  const { path } = request as Request;
  if (path.startsWith('/docs-json')) {
    return document;
  }
  const { description = '' } = document.info;
  const link = '[Open the console](console) to generate and view images.';
  return { ...document, info: { ...document.info, description: `${description}\n\n${link}` } };
}
