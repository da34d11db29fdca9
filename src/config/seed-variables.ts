/** Variables of the seeds that are accepted and change nothing, and why. */
export const unusedVariables = {
  MCP_API_KEY: 'The second seed never read it. Clients present tokens.',
  SECRET_KEY: 'The first seed never read it.',
  RELOAD: 'servers.json and tokens.json are always taken in when they change.',
  EXTERNAL_PORT: 'Only a container file maps ports.',
  JWT_SECRET: 'Nothing is signed with a shared secret.',
  OAUTH_CODE_SECRET: 'Nothing is signed with a shared secret.',
} as const;
