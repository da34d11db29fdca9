import { GatewayError } from '../base/errors.ts';

/** The answer to one request too many (RFC 6585, section 4), or undefined where `admit` lets it in. */
export function rateLimited(admit: () => void): Response | undefined {
  try {
    admit();
    return undefined;
  } catch (error) {
    if (!(error instanceof GatewayError) || error.code !== 'rate_limited') throw error;
    const { code, message, details } = error;
    const headers = { 'retry-after': `${Number(details['retry_after_s'] ?? 1)}` };
    return Response.json({ error: code, error_description: message, code, ...details }, { status: 429, headers });
  }
}
