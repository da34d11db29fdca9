const pages = /^\/(?:approvals(?:\/[\w-]{1,64})?|console)$/;

/** Where to go after signing in, if it is a page of ours: nobody is sent on to another site by a link to us. */
export function ownPath(path: string | undefined): string | undefined {
  return path !== undefined && pages.test(path) ? path : undefined;
}
