import type { GeminiMethod, GenerateContentRequest, ImageOutputOptions } from './gemini.types';
import type { GoogleCredentials } from './google-credentials';

/** What a call to Vertex AI needs of an account. */
export interface VertexAccess {
  readonly project: string;
  readonly location: string;
  readonly credentials: GoogleCredentials;
  /** Another server than Google's: a test server, a corporate proxy. */
  readonly baseUrl?: string;
}

/** How an image is wanted, where the API lets one choose. */
export interface ImageOutput {
  readonly format: 'png' | 'jpeg' | 'webp';
  /** 0 to 100, 100 being the best and the default; only lossy formats have one. */
  readonly quality?: number;
}

/**
 * The URL of a model's method in a project and a location: `global`, a multi-region
 * (`us`, `eu`) or a region. A base URL takes the host's place.
 */
export function vertexUrl(
  access: Pick<VertexAccess, 'project' | 'location' | 'baseUrl'>,
  model: string,
  method: GeminiMethod,
): string {
  const { project, location, baseUrl } = access;
  const base = (baseUrl ?? `https://${vertexHost(location)}`).replace(/\/+$/, '');
  const parent = `projects/${encodeURIComponent(project)}/locations/${encodeURIComponent(location)}`;
  return `${base}/v1/${parent}/publishers/google/models/${encodeURIComponent(model)}:${method}`;
}

/** Whether a text can be a location: it becomes a part of the host's name. */
export function isVertexLocation(text: string): boolean {
  return /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(text) && text.length <= 40;
}

/** Whether a text can be a project: an id, also one below a domain (`example.com:name`), or a number. */
export function isVertexProject(text: string): boolean {
  return /^([a-z0-9][a-z0-9.-]*:)?[a-z0-9][a-z0-9-]*$/.test(text) && text.length <= 100;
}

/**
 * The same request, asking for the image's format. Vertex takes that and the Developer API does not
 * (400 «Unknown name "imageOutputOptions"»), so it is added here and not where requests are built.
 */
export function withImageOutput(
  body: GenerateContentRequest,
  output: ImageOutput | undefined,
): GenerateContentRequest {
  const imageOutputOptions = output && imageOutputOptionsFor(output);
  if (imageOutputOptions === undefined) {
    return body;
  }
  const { generationConfig } = body;
  const imageConfig = { ...generationConfig.imageConfig, imageOutputOptions };
  return { ...body, generationConfig: { ...generationConfig, imageConfig } };
}

/** How Vertex AI is told of a tier: by a header. The body has no member for it there, and would be refused. */
export function withoutServiceTier({ serviceTier, ...body }: GenerateContentRequest): {
  readonly body: GenerateContentRequest;
  readonly headers: Readonly<Record<string, string>>;
} {
  return {
    body,
    headers:
      serviceTier === undefined || serviceTier === 'standard'
        ? {}
        : { 'x-vertex-ai-llm-shared-request-type': serviceTier },
  };
}

/** Vertex's name of a format; undefined for WebP, which it does not make. */
export function imageOutputOptionsFor({
  format,
  quality = 100,
}: ImageOutput): ImageOutputOptions | undefined {
  switch (format) {
    case 'png':
      return { mimeType: 'image/png' };
    case 'jpeg':
      // Google leaves its default open; that of Imagen's option of the same name was 75.
      return { mimeType: 'image/jpeg', compressionQuality: quality };
    case 'webp':
      return undefined;
  }
}

function vertexHost(location: string): string {
  switch (location) {
    case 'global':
      return 'aiplatform.googleapis.com';
    case 'us':
    case 'eu':
      return `aiplatform.${location}.rep.googleapis.com`;
    default:
      return `${location}-aiplatform.googleapis.com`;
  }
}
