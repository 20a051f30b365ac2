import { geminiPath } from './gemini-path';

const PRO = '/v1beta/models/gemini-3-pro-image';

describe('geminiPath', () => {
  it.each<[string, string, string]>([
    ['as Google has it', `${PRO}:generateContent`, `${PRO}:generateContent`],
    ['a slash at the end', `${PRO}:generateContent/`, `${PRO}:generateContent`],
    ['the stable version', '/v1/models/x:generateContent', '/v1beta/models/x:generateContent'],
    ['the alpha version', '/v1alpha/models/x:predict', '/v1beta/models/x:predict'],
    [
      'an encoded colon',
      '/v1beta/models/x%3AstreamGenerateContent',
      '/v1beta/models/x:streamGenerateContent',
    ],
    ['in small letters', '/V1Beta/Models/x%3agenerateCONTENT', '/v1beta/models/x:generateContent'],
    ['a prefix', '/v1beta/models/models/x:countTokens', '/v1beta/models/x:countTokens'],
    ['an encoded prefix', '/v1/models/models%2Fx:countTokens', '/v1beta/models/x:countTokens'],
    ['a provider', '/v1beta/models/google/x:predict', '/v1beta/models/google%2Fx:predict'],
    [
      'a colon in the id',
      '/v1beta/models/x:image:generateContent',
      '/v1beta/models/x%3Aimage:generateContent',
    ],
    [
      'what cannot be decoded',
      '/v1beta/models/%E0%A4:predict',
      '/v1beta/models/%25E0%25A4:predict',
    ],
    ['the list', '/v1beta/models', '/v1beta/models'],
    ['the list of the alpha version', '/v1alpha/models/', '/v1beta/models/'],
    ['one model', '/v1beta/models/x', '/v1beta/models/x'],
    ['one model with its prefix', '/v1beta/models/models/x/', '/v1beta/models/x'],
    ['anything else of its versions', '/v1alpha/things/1', '/v1beta/things/1'],
    ['the version alone', '/v1beta', '/v1beta/'],
  ])('%s: %s', (_name, path, expected) => {
    expect(geminiPath('POST', path)).toEqual({ path: expected });
  });

  it.each([
    '/v1/models',
    '/v1/models/gemini-3-pro-image',
    '/v1/models/x:image',
    '/v1/models/models/x',
    '/v1/images/generations',
    '/v1/files/file-1',
    '/v1/batches',
    '/v1beta/openai/images/generations',
    '/v1beta/openai',
    '/v1beta1/models/x:generateContent',
    '/upload/v1/files',
    '/v2/models/x:generateContent',
    '/models/x:generateContent',
    '/',
    '*',
  ])('does not match %s', (path) => {
    expect(geminiPath('POST', path)).toBeUndefined();
  });

  it.each<[string, string, string]>([
    ['POST', '/v1beta/files', 'files'],
    ['POST', '/upload/v1beta/files', 'files'],
    ['GET', '/v1beta/FILES/abc', 'files'],
    ['POST', '/upload/v1beta/fileSearchStores/x:uploadToFileSearchStore', 'fileSearchStores'],
    ['POST', '/v1beta/cachedContents', 'cachedContents'],
    ['POST', '/v1/cachedContents', 'cachedContents'],
    ['POST', '/v1beta/interactions', 'interactions'],
    ['POST', '/v1/interactions/i:cancel', 'interactions'],
    ['GET', '/v1beta/batches/b', 'batches'],
    ['POST', '/v1beta/tunedModels/t:generateContent', 'tunedModels'],
    ['POST', '/v1beta/models/x:batchGenerateContent', 'batchGenerateContent'],
    ['POST', '/v1/models/x:embedcontent', 'embedContent'],
  ])('%s %s is Google’s alone', (method, path, what) => {
    expect(geminiPath(method, path)?.fault).toEqual({ kind: 'not_implemented', what });
  });

  it('has one form for each method', () => {
    const path = '/v1/models/x:generateContent';
    expect(geminiPath('OPTIONS', path)?.fault).toBeUndefined();
    expect(geminiPath('GET', path)).toEqual({
      path: '/v1beta/models/x:generateContent',
      fault: { kind: 'method_not_allowed', method: 'GET', path, allow: ['POST', 'OPTIONS'] },
    });
  });

  it('reports a method that does not exist', () => {
    const path = '/v1beta/models/x:paint';
    expect(geminiPath('POST', path)?.fault).toEqual({
      kind: 'unknown_route',
      method: 'POST',
      path,
    });
  });
});
