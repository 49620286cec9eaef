export { dataSource } from './src/database/data-source.js';
