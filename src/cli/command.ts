import type { Command } from 'commander';

/** A command with the options that all have. */
export function command(parent: Command, name: string, description: string): Command {
  return parent
    .command(name)
    .description(description)
    .option('--config-dir <dir>', 'directory of servers.json and tokens.json (else CONFIG_DIR, else ./config)')
    .option('--dotenv <file>', 'take variables from this file too, as serve does from ./.env')
    .option('--json', 'print the result as JSON');
}
