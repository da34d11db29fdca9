/** What some POSIX shells read in another way than bash does. */
export const notCommonSyntax =
  /\[\[|\(\(|\$'|\$"|<<<|&>|\|&|[<>]\(|\{[^}]*(?:,|\.\.)[^}]*\}|\b(?:function|select|coproc)\b|\$\{[^}]*[/:^,@][^}]*\}|\w\+?=\(|\$\[/;
