// The tests' own target: POST /orders answers 201 at once. It keeps idle connections longer than any test, so that
// a freeze is not mistaken for resets. Lines on stdin: `refuse` closes the port and every connection, `accept` opens it.
import { createServer } from 'node:http';
import { createInterface } from 'node:readline';

let orders = 0;
const server = createServer({ keepAliveTimeout: 75_000 }, (request, response) => {
  request.resume();
  request.on('end', () => {
    const order = request.method === 'POST' && request.url === '/orders';
    response.writeHead(order ? 201 : 200, { 'content-type': 'application/json' });
    response.end(order ? JSON.stringify({ order: { id: `o${++orders}` } }) : '{}');
  });
});

const port = await new Promise((resolve) => {
  server.listen(Number(process.env.PORT ?? 0), '127.0.0.1', () => resolve(server.address().port));
});
process.stdout.write(`${port}\n`);

for await (const line of createInterface({ input: process.stdin })) {
  if (line === 'refuse') {
    server.close();
    server.closeAllConnections();
  }
  if (line === 'accept') server.listen(port, '127.0.0.1');
}
process.exit(0);
