import { imagesOf } from './conversation';
import { thinks } from './emulator-models';
import type { EmulatorModel } from './emulator-models';
import { googleError, invalidArgument } from './google-error';
import type { GoogleError } from './google-error';
import { inputImageFault } from './input-image';
import type { ProtoMessage } from './proto-json';
import { messageOf, messagesOf, stringOf } from './proto-member';

const REQUEST = 'GenerateContentRequest';

/** The first fault in the conversation, with Google's message; undefined if there is none. */
export function contentFaults(
  message: ProtoMessage,
  model: EmulatorModel,
): GoogleError | undefined {
  return (
    emptiness(message) ??
    wrongRole(message) ??
    unreachableFile(message) ??
    missingSignature(message, model) ??
    badImage(message, model)
  );
}

/** The members of this name, from all parts that have one. */
function partMembers(message: ProtoMessage, name: string): readonly ProtoMessage[] {
  return messagesOf(message, 'contents')
    .flatMap((content) => messagesOf(content, 'parts'))
    .map((part) => messageOf(part, name))
    .filter((member) => member !== undefined);
}

/** Google collects these faults and lists them, one per line. */
function emptiness(message: ProtoMessage): GoogleError | undefined {
  const contents = messagesOf(message, 'contents');
  const system = messageOf(message, 'systemInstruction');
  const lines = [
    ...(contents.length === 0 ? [`${REQUEST}.contents: contents is not specified`] : []),
    ...contents.flatMap((content, index) => emptyParts(content, `${REQUEST}.contents[${index}]`)),
    ...(system === undefined ? [] : emptyParts(system, `${REQUEST}.system_instruction`)),
  ];
  return lines.length === 0
    ? undefined
    : invalidArgument(lines.map((line) => `* ${line}\n`).join(''));
}

function emptyParts(content: ProtoMessage, path: string): readonly string[] {
  const parts = messagesOf(content, 'parts');
  if (parts.length === 0) {
    return [`${path}.parts: contents.parts must not be empty.`];
  }
  return parts.flatMap((part, index) =>
    hasData(part)
      ? []
      : [
          `${path}.parts[${index}].data: required oneof field 'data' must have one initialized field`,
        ],
  );
}

function hasData(part: ProtoMessage): boolean {
  return (
    stringOf(part, 'text') !== '' ||
    ['inlineData', 'fileData', 'functionCall', 'functionResponse'].some(
      (name) => part[name] !== undefined,
    )
  );
}

/** Unlike Vertex AI, the Developer API accepts a content without a role. */
function wrongRole(message: ProtoMessage): GoogleError | undefined {
  const roles = messagesOf(message, 'contents').map((content) => stringOf(content, 'role'));
  return roles.every((role) => ['', 'user', 'model'].includes(role))
    ? undefined
    : invalidArgument('Please use a valid role: user, model.');
}

/** The emulator has no Files API, so no file can exist. */
function unreachableFile(message: ProtoMessage): GoogleError | undefined {
  const [file] = partMembers(message, 'fileData');
  return file === undefined
    ? undefined
    : googleError(
        403,
        `You do not have permission to access the File ${stringOf(file, 'fileUri')} or it may not exist.`,
      );
}

/** An image that the model made must be returned with its signature, except on 2.5. */
function missingSignature(message: ProtoMessage, model: EmulatorModel): GoogleError | undefined {
  if (!thinks(model)) {
    return undefined;
  }
  for (const [at, content] of messagesOf(message, 'contents').entries()) {
    const unsigned = messagesOf(content, 'parts').findIndex(
      (part) => part['inlineData'] !== undefined && stringOf(part, 'thoughtSignature') === '',
    );
    if (stringOf(content, 'role') === 'model' && unsigned >= 0) {
      return invalidArgument(
        `Image part is missing a thought_signature in content position ${at + 1}, part position ${unsigned + 1}. Please refer to https://ai.google.dev/gemini-api/docs/thought-signatures for more details.`,
      );
    }
  }
  return undefined;
}

function badImage(message: ProtoMessage, model: EmulatorModel): GoogleError | undefined {
  const images = imagesOf(message);
  const fault = images.map(inputImageFault).find((problem) => problem !== undefined);
  if (fault !== undefined) {
    return invalidArgument(fault);
  }
  return model.maxInputImages !== undefined && images.length > model.maxInputImages
    ? invalidArgument(
        `The request has ${images.length} images. models/${model.id} takes at most ${model.maxInputImages}.`,
      )
    : undefined;
}
