import type { GeminiMethod, GenerateContentRequest, ImageOutputOptions } from './gemini.types';
import type { GoogleCredentials } from './google-credentials';

/** The parts of an account that a call to Vertex AI needs. */
export interface VertexAccess {
  readonly project: string;
  readonly location: string;
  readonly credentials: GoogleCredentials;
  /** Another server than Google's: a test server, a corporate proxy. */
  readonly baseUrl?: string;
}

/** The requested encoding of an image, for APIs that support it. */
export interface ImageOutput {
  readonly format: 'png' | 'jpeg' | 'webp';
  /** 0 to 100, 100 being the best and the default; only lossy formats have one. */
  readonly quality?: number;
}

/**
 * The URL of a model's method in a project and a location: `global`, a multi-region (`us`, `eu`) or
 * a region. A base URL replaces the host.
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

/** Whether a text is a valid location: it becomes part of the host name. */
export function isVertexLocation(text: string): boolean {
  return /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(text) && text.length <= 40;
}

/**
 * Whether a text is a valid project: an id, possibly with a domain (`example.com:name`), or a
 * number.
 */
export function isVertexProject(text: string): boolean {
  return /^([a-z0-9][a-z0-9.-]*:)?[a-z0-9][a-z0-9-]*$/.test(text) && text.length <= 100;
}

/**
 * Adds the image format to the request. Vertex accepts it and the Developer API does not (400
 * «Unknown name "imageOutputOptions"»), so it is added here and not where requests are built.
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

/** Moves the service tier to a header. Vertex AI rejects a member for it in the body. */
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

/** Vertex's name for a format; undefined for WebP, which it cannot produce. */
export function imageOutputOptionsFor({
  format,
  quality = 100,
}: ImageOutput): ImageOutputOptions | undefined {
  switch (format) {
    case 'png':
      return { mimeType: 'image/png' };
    case 'jpeg':
      // Google does not document its default; that of Imagen's option of the same name was 75.
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
