/** Names that reach the environment, other files or more input, or that need not end. */
const forbidden =
  /(?<![A-Za-z0-9_.])(?:env|ENV|input_filename|include|import|def|repeat|while|until|recurse|range|limit|get_search_list|modulemeta)(?![A-Za-z0-9_])/;

/** Whether a jq program only takes apart what it is given. */
export function isListedJq(program: string): boolean {
  return !forbidden.test(program) && !/\d{6}/.test(program);
}
