const placeholders = [
  /^\[redacted/,
  /^\$(?:\{|\(|\w+$)/,
  /^[<{]/,
  /^%(?:\w+%|[sdv]$|\()/,
  /^!\w+$/,
  /^(?:true|false|null|nil|none|undefined|required|optional|string|secret|password|redacted|changeme)$/i,
  /^([*xX.•_-])\1*$/,
];

/** Whether a value stands for a secret without being one: a variable, a template, asterisks. Takes bounded text only. */
export function isPlaceholder(value: string): boolean {
  return placeholders.some((one) => one.test(value));
}
