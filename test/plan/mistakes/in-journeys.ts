import { confirmed, order, type Row, steps, two } from './fragments.ts';

export const JOURNEYS: Row[] = [
  ['shares that miss 100%', { journeys: two('share: 80%,', 'share: 30%,') }, 'shares-sum', 5, 'journeys'],
  [
    'a single share of a part',
    { journeys: `journeys: { a: { share: 80%, steps: [ ${order} ] } }` },
    'shares-sum',
    5,
    'journeys',
  ],
  ['one share missing', { journeys: two('share: 80%,', '') }, 'missing-key', 7, 'journeys.b.share'],
  [
    'nothing that proves an order',
    { journeys: steps('{ post: /orders }') },
    'nothing-confirmed',
    5,
    'journeys.a.steps',
  ],
  [
    'a step without request',
    { journeys: steps(order, '{ json: 1 }') },
    'one-request',
    5,
    'journeys.a.steps[1]',
  ],
  [
    'a step with two requests',
    { journeys: steps(`{ get: /a, post: /b, ${confirmed} }`) },
    'one-request',
    5,
    'journeys.a.steps[0]',
  ],
  [
    'a body on GET',
    { journeys: steps(`{ get: /a, json: {}, ${confirmed} }`) },
    'body-on-get',
    5,
    'journeys.a.steps[0].json',
  ],
  ...(
    [
      ['confirmed', 503],
      ['confirmed', 429],
      ['soldOut', 500],
      ['closed', 503],
      ['closed', 403],
      ['queued', 408],
    ] as const
  ).map(([answer, status]): Row => {
    const others = answer === 'confirmed' ? '' : `${confirmed}, `;
    return [
      `"${answer}" by status ${status}`,
      { journeys: steps(`{ post: /a, ${others}${answer}: { status: ${status} } }`) },
      'status-proves-nothing',
      5,
      `journeys.a.steps[0].${answer}.status`,
    ];
  }),
  [
    'a condition without content',
    { journeys: steps('{ post: /a, confirmed: {} }') },
    'no-condition',
    5,
    'journeys.a.steps[0].confirmed',
  ],
  [
    'a "closed" without content',
    { journeys: steps(`{ post: /a, ${confirmed}, closed: {} }`) },
    'no-condition',
    5,
    'journeys.a.steps[0].closed',
  ],
  [
    'a "closed" that names an item',
    { journeys: steps(`{ post: /a, ${confirmed}, closed: { status: 409, item: item } }`) },
    'unknown-key',
    5,
    'journeys.a.steps[0].closed.item',
  ],
  [
    'a header with a space',
    { journeys: steps(`{ post: /a, headers: { "a b": c }, ${confirmed} }`) },
    'header-name',
    5,
    'journeys.a.steps[0].headers.a b',
  ],
  ...['Expect', 'Keep-Alive', 'upgrade', 'Transfer-Encoding', 'Content-Length'].map(
    (name): Row => [
      `the header ${name}, which is the client's own`,
      { journeys: steps(`{ post: /a, headers: { ${name}: x }, ${confirmed} }`) },
      'header-of-client',
      5,
      `journeys.a.steps[0].headers.${name}`,
    ],
  ),
  [
    'a header with a line break',
    { journeys: steps(`{ post: /a, headers: { Token: "a\\nb" }, ${confirmed} }`) },
    'header-value',
    5,
    'journeys.a.steps[0].headers.Token',
  ],
  [
    'a mistyped variable',
    { journeys: steps(`{ post: /a, json: { x: "{{orderkey}}" }, ${confirmed} }`) },
    'unknown-variable',
    5,
    'journeys.a.steps[0].json.x',
  ],
  [
    'a variable before its capture',
    { journeys: steps('{ post: "/a/{{id}}", capture: { id: id } }', order) },
    'unknown-variable',
    5,
    'journeys.a.steps[0].post',
  ],
  [
    'sku without data and cafés',
    { journeys: steps(`{ post: /a, json: "{{sku}}", ${confirmed} }`) },
    'unknown-variable',
    5,
    'journeys.a.steps[0].json',
  ],
  [
    'a ticket outside poll',
    { journeys: steps(`{ post: "/{{ticket}}", ${confirmed}, queued: { status: 202, has: t } }`) },
    'unknown-variable',
    5,
    'journeys.a.steps[0].post',
  ],
  [
    'a ticket that is nowhere',
    { journeys: steps(`{ post: /, ${confirmed}, queued: { status: 202, poll: "/{{ticket}}" } }`) },
    'unknown-variable',
    5,
    'journeys.a.steps[0].queued.poll',
  ],
  [
    'braces without a variable',
    { journeys: steps(`{ post: "/{{", ${confirmed} }`) },
    'template-malformed',
    5,
    'journeys.a.steps[0].post',
  ],
  [
    'a capture over a shopper variable',
    { journeys: steps(`{ post: /, capture: { email: e }, ${confirmed} }`) },
    'variable-taken',
    5,
    'journeys.a.steps[0].capture.email',
  ],
];
