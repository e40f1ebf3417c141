// A developer's own RUNE, Runescope and S3 settings must not reach the tests; nor may the SDK look for a cloud's keys.
for (const name of Object.keys(process.env)) {
  if (/^RUNE_|^RUNESCOPE_(?!CHROMIUM$)|^S3_|^AWS_|^VAST_|^GOOGLE_/.test(name)) delete process.env[name];
}
process.env.AWS_EC2_METADATA_DISABLED = 'true';
// The one price API that needs no key is not asked either: nothing listens here.
process.env.AZURE_RETAIL_PRICES_URL = 'http://127.0.0.1:1';
