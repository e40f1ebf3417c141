import { config } from 'zod';

// zod compiles object schemas with new Function where it may; the page's policy forbids that and reports the attempt.
// Set before any schema is made, so this is the first import of main.tsx.
config({ jitless: true });
