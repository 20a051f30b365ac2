import { Controller, Get, Header } from '@nestjs/common';
import { ApiExtraModels, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Access } from '../http/auth/access';
import { ACCESS_ERRORS, ApiErrors, OpenAiErrorBodyDto } from '../http/errors/openai-error.dto';
import { Metrics } from './metrics';

const EXAMPLE = `# HELP easel_images_in_flight Images in flight upstream, in this process.
# TYPE easel_images_in_flight gauge
easel_images_in_flight 2
`;

@ApiTags('Metrics')
@ApiExtraModels(OpenAiErrorBodyDto)
@Controller()
export class MetricsController {
  constructor(private readonly metrics: Metrics) {}

  /** The metrics of the process, and of its requests, images and accounts. */
  @Get('metrics')
  @Access('monitor')
  @Header('Content-Type', 'text/plain; version=0.0.4; charset=utf-8')
  @ApiOperation({ summary: 'The metrics, for Prometheus' })
  @ApiOkResponse({
    description: "Prometheus' text format, version 0.0.4.",
    content: { 'text/plain': { schema: { type: 'string' }, example: EXAMPLE } },
  })
  @ApiErrors(ACCESS_ERRORS)
  read(): Promise<string> {
    return this.metrics.text();
  }
}
