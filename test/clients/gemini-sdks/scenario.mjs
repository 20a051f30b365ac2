// Google's own package and Vercel's for Gemini, in a process of their own: node scenario.mjs ORIGIN KEY SCENARIO.
// Prints what the scenario gave, as JSON.
import { createGoogleGenerativeAI } from '@ai-sdk/google';
import { GoogleGenAI } from '@google/genai';
import { generateImage, generateText, streamText } from 'ai';

const [origin, apiKey, scenario] = process.argv.slice(2);
const model = 'gemini-3-pro-image';
const contents = 'a boat';
const genai = (httpOptions = {}) =>
  new GoogleGenAI({ apiKey, httpOptions: { baseUrl: origin, ...httpOptions } });
const google = createGoogleGenerativeAI({ apiKey, baseURL: `${origin}/v1beta` });

const imagesOf = ({ candidates = [] }) =>
  candidates
    .flatMap(({ content }) => content?.parts ?? [])
    .flatMap(({ inlineData }) => (inlineData ? [inlineData] : []));
const filesOf = ({ files }) =>
  files.map(({ base64, mediaType }) => ({ data: base64, mimeType: mediaType }));

const scenarios = {
  genai: async () => {
    const config = { imageConfig: { aspectRatio: '16:9', imageSize: '1K' } };
    const response = await genai().models.generateContent({ model, contents, config });
    return { images: imagesOf(response), usage: response.usageMetadata };
  },
  genaiV1: async () => {
    const ai = genai({ apiVersion: 'v1' });
    return { images: imagesOf(await ai.models.generateContent({ model, contents })) };
  },
  genaiCandidates: async () => {
    const config = { candidateCount: 2 };
    return { images: imagesOf(await genai().models.generateContent({ model, contents, config })) };
  },
  genaiStream: async () => {
    const images = [];
    let thoughts = 0;
    const config = { thinkingConfig: { includeThoughts: true } };
    const stream = await genai().models.generateContentStream({ model, contents, config });
    for await (const chunk of stream) {
      const parts = chunk.candidates?.[0]?.content?.parts ?? [];
      thoughts += parts.filter(({ thought }) => thought).length;
      images.push(...parts.filter((part) => part.inlineData && !part.thought));
    }
    return { images: images.map(({ inlineData }) => inlineData), thoughts };
  },
  genaiModels: async () => {
    const ids = [];
    for await (const { name } of await genai().models.list({ config: { pageSize: 2 } })) {
      ids.push(name);
    }
    return { ids, one: (await genai().models.get({ model })).name };
  },
  genaiUnknown: async () => {
    await genai().models.generateContent({ model: 'gemini-2.5-flash', contents });
  },
  genaiFiles: async () => {
    await genai().files.list();
  },
  aiText: async () => ({
    images: filesOf(await generateText({ model: google(model), prompt: contents, maxRetries: 0 })),
  }),
  aiStream: async () => {
    const result = streamText({ model: google(model), prompt: contents, maxRetries: 0 });
    const images = [];
    for await (const part of result.fullStream) {
      if (part.type === 'file') {
        images.push({ data: part.file.base64, mimeType: part.file.mediaType });
      }
    }
    return { images };
  },
  aiImage: async () => {
    const options = { model: google.image(model), prompt: contents, maxRetries: 0 };
    const { images } = await generateImage({ ...options, aspectRatio: '16:9' });
    return { images: filesOf({ files: images }) };
  },
  aiImagen: async () => {
    const imagen = google.image('imagen-4.0-generate-001');
    const options = { model: imagen, prompt: contents, n: 2, maxRetries: 0 };
    const { images } = await generateImage({ ...options, aspectRatio: '16:9' });
    return { images: filesOf({ files: images }) };
  },
};

try {
  console.log(JSON.stringify(await scenarios[scenario]()));
} catch (error) {
  const { name, status, statusCode, message } = error;
  console.log(JSON.stringify({ error: { name, status: status ?? statusCode, message } }));
}
