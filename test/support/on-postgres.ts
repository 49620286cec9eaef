/** Makes the services of a test file keep everything in PostgreSQL; see `startService`. */
process.env['ALICE_TEST_DATABASE'] = 'postgres';
