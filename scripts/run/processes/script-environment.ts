import type { Rig } from '../rig.ts';
import type { Mocks } from './mocks.ts';
import { partnerUrlVariables } from './target.ts';

/** What a script without the kit finds in `__ENV`: the environment of the command, the target and the partners. */
export function scriptEnvironment({ options }: Rig, mocks: Mocks | null): Record<string, string | undefined> {
  const { baseUrl } = options.plan.target;
  return {
    ...options.io.env,
    ...partnerUrlVariables(mocks?.urls ?? {}),
    TARGET_URL: baseUrl,
    BASE_URL: baseUrl,
  };
}
