import { SHORTEST_SECRET } from '../../core/secrets.ts';
import { type Finding, type PlanPath, pathText } from './problems.ts';

export interface Substituted {
  value: unknown;
  /** Values of secrets that were put in; they appear in no output. */
  secrets: string[];
  findings: Finding[];
}

type Environment = Readonly<Record<string, string | undefined>>;

const REFERENCE = /\$\$\{|\$\{([^}]*)\}/g;
const VARIABLE = /^([A-Za-z_][A-Za-z0-9_]*)(?::-([\s\S]*))?$/;
const SECRET = /^secret:([A-Za-z_][A-Za-z0-9_]*)$/;

/** Where the value of a secret ends up in no name, label, address or report. */
const SECRET_PLACES =
  /^(journeys\.[^.]+\.(steps\[\d+\]\.(headers|json|form|variables)\b|(headers|json|secret|data)\b)|target\.start\.command$)/;

/**
 * Puts the environment's plain text into every text of the plan: `${NAME}`, `${NAME:-default}` (also when NAME is
 * empty, as in Compose), `${secret:NAME}`; `$${` stands for `${`. Keys stay as they are.
 * @param secretOf value of a secret; default: the environment's
 */
export function substituteEnvironment(
  root: unknown,
  env: Environment,
  secretOf: (name: string) => string | undefined = (name) => env[name],
): Substituted {
  const findings: Finding[] = [];
  const secrets = new Set<string>();

  const inText = (text: string, path: PlanPath): string =>
    text.replace(REFERENCE, (whole: string, inner: string | undefined) => {
      if (inner === undefined) return '${';
      const secret = SECRET.exec(inner)?.[1];
      const found = secret === undefined ? fromVariable(inner, env) : fromSecret(secret, secretOf, path);
      if (typeof found !== 'string') {
        findings.push({ ...found, path });
        return whole;
      }
      if (secret !== undefined) secrets.add(found);
      return found;
    });

  const inValue = (value: unknown, path: PlanPath): unknown => {
    if (typeof value === 'string') return inText(value, path);
    if (Array.isArray(value)) return value.map((inner, index) => inValue(inner, [...path, index]));
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(
      Object.entries(value).map(([key, inner]) => [key, inValue(inner, [...path, key])]),
    );
  };

  return { value: inValue(root, []), secrets: [...secrets], findings };
}

type Missing = Omit<Finding, 'path'>;

function fromVariable(inner: string, env: Environment): string | Missing {
  const match = VARIABLE.exec(inner);
  if (!match?.[1]) {
    return {
      code: 'variable-malformed',
      message: `\${${inner}} is not a variable`,
      // biome-ignore lint/suspicious/noTemplateCurlyInString: the grammar itself
      allowed: '${NAME}, ${NAME:-default} or ${secret:NAME}',
      hint: 'Write $${ for a literal ${.',
    };
  }
  const [, name, fallback] = match;
  const value = env[name];
  if (fallback !== undefined) return value === undefined || value === '' ? fallback : value;
  return (
    value ?? {
      code: 'variable-missing',
      message: `the environment has no ${name}`,
      allowed: `an environment with ${name}, or a default: \${${name}:-...}`,
      hint: `Set ${name} before you start peakproof.`,
    }
  );
}

function fromSecret(
  name: string,
  secretOf: (name: string) => string | undefined,
  path: PlanPath,
): string | Missing {
  if (!SECRET_PLACES.test(pathText(path))) {
    return {
      code: 'secret-misplaced',
      message: 'a secret here would show in names or reports',
      allowed: "secrets in a step's headers and json, in a journey's data, and in target.start.command",
    };
  }
  const value = secretOf(name);
  if (value === undefined) {
    return {
      code: 'variable-missing',
      message: `the environment has no ${name}`,
      allowed: `an environment with ${name}`,
      hint: `Set ${name} before you start peakproof.`,
    };
  }
  if (value.length >= SHORTEST_SECRET) return value;
  return {
    code: 'secret-too-short',
    message: `the secret ${name} is too short to be hidden in outputs`,
    allowed: `at least ${SHORTEST_SECRET} characters`,
    hint: 'Masking so short a text would also mask other words.',
  };
}
