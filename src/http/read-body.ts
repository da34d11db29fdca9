import type { BodyPlace } from './body-room.ts';

/** How long the body says it will be; `maxBytes` where it does not say. Undefined when that is too long. */
export function expectedBytes(request: Request, maxBytes: number): number | undefined {
  const declared = request.headers.get('content-length');
  const bytes = declared === null ? maxBytes : Number(declared);
  return bytes <= maxBytes ? bytes : undefined;
}

/** The body as text, or undefined when it is longer than `maxBytes`: then nothing beyond them was kept. */
export async function readBody(request: Request, maxBytes: number, place: BodyPlace): Promise<string | undefined> {
  // Node ends the body at the declared length.
  if (request.headers.has('content-length')) return await request.text();
  const decoder = new TextDecoder();
  let text = '';
  let size = 0;
  for await (const chunk of request.body ?? []) {
    size += chunk.length;
    if (size > maxBytes) return undefined;
    text += decoder.decode(chunk, { stream: true });
  }
  place.shrinkTo(size);
  return text + decoder.decode();
}
