// What `npm start` says in a checkout that was not built, in place of Node's stack.
import { existsSync } from 'node:fs';

if (!existsSync('dist/main.js')) {
  console.error('The service is not built yet: npm run build');
  process.exitCode = 1;
}
