// A developer's own RUNE and Runescope settings must not reach the tests.
for (const name of Object.keys(process.env)) {
  if (/^RUNE_|^RUNESCOPE_(?!CHROMIUM$)/.test(name)) delete process.env[name];
}
