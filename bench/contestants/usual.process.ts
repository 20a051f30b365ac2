import 'reflect-metadata';
import { Agent } from 'node:http';
import { HttpModule, HttpService } from '@nestjs/axios';
import { Body, Controller, HttpCode, Inject, Module, Post } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { forkJoin, map, type Observable } from 'rxjs';
import { tellReady } from '../child';

/**
 * The same task in the usual way: axios parses the response into an object with the images as
 * strings, and Nest serialises another object. Nothing else is done: no keys, no accounts, no log.
 */
const [upstream = ''] = process.argv.slice(2);

interface GenerationBody {
  readonly prompt: string;
  readonly n?: number;
}

interface GeminiResponse {
  readonly candidates: readonly {
    readonly content: { readonly parts: readonly { readonly inlineData?: { data: string } }[] };
  }[];
}

interface ImagesResponse {
  readonly created: number;
  readonly data: readonly { readonly b64_json: string }[];
}

@Controller('v1/images')
class UsualController {
  constructor(@Inject(HttpService) private readonly http: HttpService) {}

  @Post('generations')
  @HttpCode(200)
  generate(@Body() body: GenerationBody): Observable<ImagesResponse> {
    return forkJoin(Array.from({ length: body.n ?? 1 }, () => this.image(body.prompt))).pipe(
      map((images) => ({
        created: Math.floor(Date.now() / 1000),
        data: images.map((data) => ({ b64_json: data })),
      })),
    );
  }

  private image(prompt: string): Observable<string> {
    return this.http
      .post<GeminiResponse>(`${upstream}/v1beta/models/gemini-3-pro-image:generateContent`, {
        contents: [{ role: 'user', parts: [{ text: prompt }] }],
        generationConfig: { responseModalities: ['IMAGE'] },
      })
      .pipe(
        map(({ data }) => {
          const parts = data.candidates.flatMap(({ content }) => content.parts);
          return parts.find(({ inlineData }) => inlineData !== undefined)?.inlineData?.data ?? '';
        }),
      );
  }
}

@Module({
  imports: [HttpModule.register({ httpAgent: new Agent({ keepAlive: true }) })],
  controllers: [UsualController],
})
class UsualModule {}

async function start(): Promise<void> {
  const app = await NestFactory.create<NestExpressApplication>(UsualModule, { logger: ['error'] });
  await app.listen(0, '127.0.0.1');
  tellReady(app.getHttpServer().address());
}

void start();
