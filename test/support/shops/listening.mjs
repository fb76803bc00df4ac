/** Listens at PORT (0 = any free one) and says so in one line of JSON; connections outlive a pause between orders. */
export async function listening(server) {
  server.keepAliveTimeout = 75_000;
  await new Promise((resolve) => server.listen(Number(process.env.PORT ?? 0), '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${server.address().port}`;
  process.stdout.write(`${JSON.stringify({ type: 'ready', url })}\n`);
  return url;
}
