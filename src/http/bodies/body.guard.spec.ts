import { Body, Controller, Module, Post, UseGuards } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { IsString } from 'class-validator';
import type { NextFunction, Request, Response } from 'express';
import type { AddressInfo } from 'node:net';
import { requestContexts } from '../../../test/request-contexts';
import { APP_CONFIG } from '../../config/app-config';
import { JsonBlob } from '../../json/json-blob';
import { OpenAiErrorFilter } from '../errors/openai-error.filter';
import { BodyGuard, type JsonBody } from './body.guard';
import { MultipartForm } from './multipart-form';
import { ReadBody } from './read-body.decorator';
import { RequestValidationPipe } from './request-validation.pipe';

class PromptDto {
  @IsString()
  readonly prompt!: string;
}

const FILES = { names: new Set(['image', 'mask']), types: /^image\// };
const BLOBS_AT = [
  ['images', '[]', 'image_url'],
  ['mask', 'image_url'],
];

const seen: unknown[] = [];

@Controller()
class BodiesController {
  @Post('edit')
  @UseGuards(BodyGuard({ json: { blobsAt: BLOBS_AT }, form: FILES }))
  edit(@ReadBody() body: JsonBody | MultipartForm): void {
    seen.push(body);
  }

  @Post('form')
  @UseGuards(BodyGuard({ form: FILES }))
  form(@ReadBody() body: MultipartForm): void {
    seen.push(body);
  }

  @Post('json')
  @UseGuards(BodyGuard({ json: { blobsAt: [] } }))
  json(@Body() body: PromptDto): void {
    seen.push(body);
  }
}

const config = {
  server: { maxBodyMegabytes: 1, accountHeader: 'email' },
  costs: { areShown: false },
};

@Module({
  controllers: [BodiesController],
  providers: [{ provide: APP_CONFIG, useValue: config }],
})
class BodiesModule {}

describe('BodyGuard', () => {
  let app: NestExpressApplication;
  let url: string;

  beforeAll(async () => {
    app = await NestFactory.create<NestExpressApplication>(BodiesModule, {
      bodyParser: false,
      logger: ['error'],
    });
    const contexts = requestContexts();
    app.use((_request: Request, response: Response, next: NextFunction) => {
      contexts.open(response);
      next();
    });
    app.useGlobalPipes(new RequestValidationPipe());
    app.useGlobalFilters(new OpenAiErrorFilter(app.get(APP_CONFIG)));
    await app.listen(0, '127.0.0.1');
    url = `http://127.0.0.1:${(app.getHttpServer().address() as AddressInfo).port}`;
  });
  afterAll(() => app.close());

  const post = async (path: string, body: FormData | string | Blob, type?: string) => {
    const headers = type === undefined ? undefined : { 'content-type': type };
    const response = await fetch(`${url}/${path}`, { method: 'POST', body, headers });
    const text = await response.text();
    return { status: response.status, text, last: seen.at(-1) };
  };
  const form = () => {
    const data = new FormData();
    data.append('image[]', new Blob([Buffer.from([0x89])]), 'x.png');
    data.append('prompt', 'x');
    return data;
  };
  const file = {
    name: 'image[]',
    filename: 'x.png',
    declaredType: 'application/octet-stream',
    bytes: [Buffer.from([0x89])],
  };
  const fields = [{ name: 'prompt', value: 'x' }];

  it('accepts an edit as a form', async () => {
    expect((await post('edit', form())).last).toEqual(new MultipartForm(fields, [file]));
  });

  it('accepts an edit as JSON, images as blobs and texts as strings', async () => {
    const uri = 'data:image/png;base64,'.padEnd(5000, 'A');
    const prompt = 'x'.repeat(5000);
    const images = [{ image_url: uri }, { image_url: 'https://example.com' }];
    const body = JSON.stringify({ prompt, images, mask: { image_url: uri } });
    const { last } = await post('edit', body, 'application/json');
    const blob = expect.any(JsonBlob) as unknown;
    expect(last).toEqual({
      prompt,
      images: [{ image_url: blob }, { image_url: 'https://example.com' }],
      mask: { image_url: blob },
    });
  });

  it('accepts a variation as a form', async () => {
    expect((await post('form', form())).last).toEqual(new MultipartForm(fields, [file]));
  });

  it('accepts JSON whose texts are strings', async () => {
    const prompt = '🚀'.repeat(32_000);
    const junk = 'x'.repeat(500_000);
    const { last } = await post('json', JSON.stringify({ prompt, junk }), 'application/json');
    expect(last).toEqual({ prompt });
  });

  it('refuses a text that no field can hold', async () => {
    const body = JSON.stringify({ prompt: 'x'.repeat(500_000) });
    const { status, text } = await post('json', body, 'application/json');
    expect(status).toBe(400);
    expect(JSON.parse(text)).toMatchObject({
      error: { param: 'prompt', code: 'string_above_max_length' },
    });
  });

  it.each([
    ['edit', 'application/x-www-form-urlencoded', 'multipart/form-data or application/json'],
    ['edit', undefined, 'multipart/form-data or application/json'],
    ['edit', 'multipart/mixed; boundary=B', 'multipart/form-data or application/json'],
    ['form', 'application/json', 'expected multipart/form-data.'],
    ['form', undefined, 'expected multipart/form-data.'],
    ['json', 'multipart/form-data; boundary=B', 'expected application/json.'],
    ['json', undefined, 'expected application/json.'],
  ])('%s refuses the content type %s', async (path, type, expected) => {
    const { status, text } = await post(path, new Blob(['{}']), type);
    expect(status).toBe(415);
    expect(text).toContain(expected);
  });
});
