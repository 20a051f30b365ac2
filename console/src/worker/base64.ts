interface WithFromBase64 {
  fromBase64?(text: string): Uint8Array<ArrayBuffer>;
}

/** Bytes of bare, padded base64. Native where the browser has it: 16 MB would take `atob` a second. */
export function decodeBase64(text: string): Uint8Array<ArrayBuffer> {
  const native = (Uint8Array as unknown as WithFromBase64).fromBase64;
  if (native !== undefined) {
    return native.call(Uint8Array, text);
  }
  const binary = atob(text);
  const result = new Uint8Array(binary.length);
  for (let index = 0; index < binary.length; index += 1) {
    result[index] = binary.charCodeAt(index);
  }
  return result;
}
