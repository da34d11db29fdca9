import { shellWord } from '../base/shell-word.ts';

export interface Snippet {
  readonly client: string;
  /** Where it goes: a command line, or a file. */
  readonly place: string;
  readonly text: string;
}

/** What to paste into the clients people use, to reach this gateway over HTTP. */
export function snippets(url: string, token: string): readonly Snippet[] {
  const bearer = `Bearer ${token}`;
  const headers = { Authorization: bearer };
  return [
    {
      client: 'Claude Code',
      place: 'in a terminal',
      text: `claude mcp add --transport http sallyport ${shellWord(url)} --header ${shellWord(`Authorization: ${bearer}`)}`,
    },
    { client: 'Cursor', place: '~/.cursor/mcp.json', text: json({ mcpServers: { sallyport: { url, headers } } }) },
    {
      client: 'Codex',
      place: '~/.codex/config.toml',
      text: [
        '[mcp_servers.sallyport]',
        `url = ${JSON.stringify(url)}`,
        `http_headers = { Authorization = ${JSON.stringify(bearer)} }`,
      ].join('\n'),
    },
    {
      client: 'Gemini CLI',
      place: '~/.gemini/settings.json',
      text: json({ mcpServers: { sallyport: { httpUrl: url, headers } } }),
    },
    {
      client: 'VS Code',
      place: '.vscode/mcp.json',
      text: json({ servers: { sallyport: { type: 'http', url, headers } } }),
    },
  ];
}

function json(value: unknown): string {
  return JSON.stringify(value, undefined, 2);
}

export function describeSnippets(url: string, token: string): readonly string[] {
  return snippets(url, token).flatMap(({ client, place, text }) => ['', `${client} (${place}):`, indent(text)]);
}

function indent(text: string): string {
  return text.replace(/^/gm, '  ');
}
