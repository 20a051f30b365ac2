interface WithFromBase64 {
  readonly fromBase64?: (text: string) => Uint8Array<ArrayBuffer>;
}

/** Bytes of bare, padded base64. Native where the browser has it: 16 MB would take `atob` a second. */
export function decodeBase64(text: string): Uint8Array<ArrayBuffer> {
  const { fromBase64 } = Uint8Array as unknown as WithFromBase64;
  if (fromBase64 !== undefined) {
    return fromBase64(text);
  }
  const binary = atob(text);
  const result = new Uint8Array(binary.length);
  for (let index = 0; index < binary.length; index += 1) {
    result[index] = binary.charCodeAt(index);
  }
  return result;
}
