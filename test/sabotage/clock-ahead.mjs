// Preloaded into the CLI only: after AHEAD_AFTER_MS its wall clock is AHEAD_BY_MS ahead, as if somebody had set it.
if (process.argv[1]?.endsWith('cli.js')) {
  const now = Date.now;
  const stepAt = performance.now() + Number(process.env.AHEAD_AFTER_MS);
  Date.now = () => now() + (performance.now() > stepAt ? Number(process.env.AHEAD_BY_MS) : 0);
}
