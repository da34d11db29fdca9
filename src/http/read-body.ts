/** The body as text, or undefined when it is longer than `maxBytes`: then nothing beyond them was kept. */
export async function readBody(request: Request, maxBytes: number): Promise<string | undefined> {
  const declared = request.headers.get('content-length');
  if (declared !== null) {
    // Node ends the body at the declared length.
    return Number(declared) > maxBytes ? undefined : request.text();
  }
  if (!request.body) return '';
  const decoder = new TextDecoder();
  let text = '';
  let size = 0;
  for await (const chunk of request.body) {
    size += chunk.length;
    if (size > maxBytes) return undefined;
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}
