import packageJson from '../../package.json' with { type: 'json' };

/** Version of this package. */
export const VERSION: string = packageJson.version;

/** How every request of a run names its sender. */
export const USER_AGENT = `peakproof/${VERSION}`;
