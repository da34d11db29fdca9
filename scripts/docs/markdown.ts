const origin = '<!-- Made by scripts/docs.ts: change the code, then run `node scripts/docs.ts`. -->';

export function page(title: string, sections: readonly string[]): string {
  return `${[`# ${title}`, origin, ...sections].join('\n\n')}\n`;
}

export function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll('|', String.raw`\|`)).join(' | ')} |`;
  return [line(header), line(header.map(() => '---')), ...rows.map(line)].join('\n');
}

export function code(text: string): string {
  return `\`${text}\``;
}
