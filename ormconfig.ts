export { dataSource } from './src/data-source.js';
