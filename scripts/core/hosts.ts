// Which hosts may be loaded. Without imports: a bundled load script has it too.

/** As in comparisons: lower case, no brackets around IPv6, no dot at the end. */
export const bareHost = (host: string): string => {
  return host
    .toLowerCase()
    .replace(/^\[|\]$/g, '')
    .replace(/\.$/, '');
};

/** This machine, or one of `allowHosts`. Names are not looked up. */
export const mayBeLoaded = (hostname: string, allowHosts: readonly string[]): boolean => {
  const host = bareHost(hostname);
  const isThisMachine = host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);
  return isThisMachine || allowHosts.some((allowed) => bareHost(allowed) === host);
};
