export const confirmed = 'confirmed: { status: 201 }';
export const steps = (...list: string[]) => `journeys: { a: { steps: [ ${list.join(', ')} ] } }`;
export const order = `{ post: /orders, ${confirmed} }`;
export const two = (a: string, b: string) =>
  `journeys:\n  a: { ${a} steps: [ ${order} ] }\n  b: { ${b} steps: [ ${order} ] }`;
export const cafe = 'beanhouse: { kind: cafe, port: 9401, menu: [tea], stock: { tea: 5 } }';
export const pay = 'pay: { kind: payment, port: 9410 }';
export const partners = (...list: string[]) => `partners: { ${list.join(', ')} }`;
export const fault = (text: string, ...extra: string[]) => ({
  partners: partners(cafe, pay, ...extra),
  faults: `faults:\n  - { ${text} }`,
});

export const target = (baseUrl: string, hosts = '') => ({
  target: `target: { baseUrl: "${baseUrl}", allowHosts: [${hosts}] }`,
});

// one mistake each: what is changed in the smallest plan, the code, the line, the path
export type Row = [string, Record<string, string | null>, string, number, string];
