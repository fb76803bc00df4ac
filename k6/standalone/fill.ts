import { mayBeLoaded } from '../../scripts/core/hosts.ts';
import type { LoadSpec } from '../contract.ts';

// What a bundled script leaves to the environment of whoever runs it: the target's address, secrets, the run's name.

/** What `peakproof bundle` puts into a script. */
export interface StandaloneSpec {
  /** Its `runId` is what run ids begin with; its texts have `secretMark(name)` in the place of secrets. */
  spec: LoadSpec;
  /** Names of environment variables that the journeys' secrets are read from. */
  secrets: readonly string[];
  /** Host names outside this machine that may be loaded. */
  allowHosts: readonly string[];
  /** Environment variable with the address of each partner that shoppers talk to, by the partner's name. */
  partnerVariables: Readonly<Record<string, string>>;
}

export type Environment = Readonly<Record<string, string | undefined>>;

/** Stands for a secret's value, in texts that no plan has by chance. */
export const secretMark = (name: string): string => `%peakproof-secret:${name}%`;

export interface Filled {
  spec: LoadSpec;
  /** The secrets, which no line of k6's log may show. */
  hidden: readonly string[];
  /** Why nothing may be sent; null = nothing is wrong. */
  problem: string | null;
}

/** @param freshId tells runs apart that were given no RUN_ID: no two of them may order under one identity */
export const fillIn = (baked: StandaloneSpec, env: Environment, freshId: string): Filled => {
  const { spec, secrets, allowHosts, partnerVariables } = baked;
  const baseUrl = (given(env, 'TARGET_URL') ?? spec.baseUrl).replace(/\/+$/, '');
  const problems = addressProblems('TARGET_URL', baseUrl, allowHosts);
  const partnerUrls: Record<string, string> = {};
  for (const [partner, variable] of Object.entries(partnerVariables)) {
    const url = given(env, variable)?.replace(/\/+$/, '');
    if (url === undefined) problems.push(`${variable} is not set: where the mock partner ${partner} runs`);
    else problems.push(...addressProblems(variable, url, allowHosts));
    partnerUrls[partner] = url ?? '';
  }
  for (const name of secrets) {
    if (given(env, name) === undefined) problems.push(`${name} is not set: a secret of the plan`);
  }
  return {
    spec: {
      ...spec,
      runId: given(env, 'RUN_ID') ?? `${spec.runId}-${freshId}`,
      baseUrl,
      partnerUrls,
      journeys: withSecrets(spec.journeys, secrets, env),
    },
    hidden: secrets.flatMap((name) => given(env, name) ?? []),
    problem: problems.length === 0 ? null : `${problems.join('; ')} (k6 run -e NAME=value)`,
  };
};

const given = (env: Environment, name: string): string | undefined => {
  const value = env[name];
  return value === undefined || value === '' ? undefined : value;
};

/** k6 has no URL class. */
const addressProblems = (name: string, url: string, allowHosts: readonly string[]): string[] => {
  const host = /^https?:\/\/([^/?#@:[\]\\\s]+|\[[0-9a-f:.]+\])(:\d+)?(\/[^?#\\\s]*)?$/i.exec(url)?.[1];
  if (host === undefined)
    return [`${name} is ${url}; allowed: an http or https address, no query or password`];
  if (mayBeLoaded(host, allowHosts)) return [];
  const allowed = ['this machine', ...allowHosts].join(', ');
  return [`${name} is ${url}; allowed: ${allowed} (target.allowHosts of the plan when it was bundled)`];
};

function withSecrets<Value>(value: Value, secrets: readonly string[], env: Environment): Value;
function withSecrets(value: unknown, secrets: readonly string[], env: Environment): unknown {
  if (typeof value === 'string') {
    return secrets.reduce((text, name) => text.split(secretMark(name)).join(given(env, name) ?? ''), value);
  }
  if (Array.isArray(value)) return value.map((inner: unknown) => withSecrets(inner, secrets, env));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [key, withSecrets(inner, secrets, env)]),
  );
}
