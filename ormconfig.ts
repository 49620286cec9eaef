export { dataSource } from './src/cli/data-source.js';
