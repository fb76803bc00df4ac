/** A whole plan with nothing but what is required, as the top-level keys of launch.yaml. */
export const MINIMAL: Readonly<Record<string, string>> = {
  version: 'version: 1',
  forecast: 'forecast: { orders: 60k, window: 9h }',
  slo: 'slo: { allowedDowntime: 5m }',
  target: 'target: { baseUrl: "http://127.0.0.1:8080" }',
  journeys:
    'journeys: { checkout: { steps: [ { post: /orders, confirmed: { status: 201, has: order.id } } ] } }',
};

/** The minimal plan with some top-level keys replaced or added (text of the whole key) or left out (null). */
export function planText(changes: Readonly<Record<string, string | null>> = {}): string {
  const keys = { ...MINIMAL, ...changes };
  return Object.values(keys)
    .filter((text) => text !== null)
    .join('\n');
}
