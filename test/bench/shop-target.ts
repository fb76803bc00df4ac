import { createServer } from 'node:http';

// A shop that does nothing but answer, and a sink for metrics, in a process of its own.

const MENU = JSON.stringify({
  items: Array.from({ length: 12 }, (_, i) => ({ sku: `drink-${i}`, price: 190 + i })),
});
let orders = 0;

const server = createServer((request, response) => {
  request.resume().on('end', () => {
    switch (request.url) {
      case '/menu':
        return response.writeHead(200, { 'content-type': 'application/json' }).end(MENU);
      case '/cart':
        return response
          .writeHead(201, { 'content-type': 'application/json' })
          .end('{"id":"cart-1","lines":[]}');
      case '/orders':
        orders += 1;
        return response
          .writeHead(201, { 'content-type': 'application/json' })
          .end(`{"order":{"id":"o-${orders}","status":"confirmed"}}`);
      case '/count':
        return response.end(String(orders));
      default:
        return response.writeHead(204).end();
    }
  });
});
server.keepAliveTimeout = 65_000;
server.listen(0, '127.0.0.1', () => process.send?.(server.address()));
process.once('disconnect', () => process.exit(0));
