// bench/duckdb.mjs DATABASE THREADS: one DuckDB session for bench/measure.pl.
//
// Each line of standard input names a file with one statement and a file for its rows, separated
// by a tab. The statement is run, its rows are written tab-separated, and one line is printed:
// "ms" with the time of the statement, or "error" with the message. With THREADS 0 the database is
// opened to be written.

import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';
import { readFileSync, writeFileSync } from 'node:fs';

const require = createRequire(new URL('./peers/', import.meta.url));
const { DuckDBInstance } = require('@duckdb/node-api');

const [database, threads] = process.argv.slice(2);
const options = threads === '0' ? {} : { access_mode: 'READ_ONLY', threads };
const instance = await DuckDBInstance.create(database, options);
const connection = await instance.connect();

const field = (value) => (value === null ? '\\N' : String(value));

async function run(statementFile, rowsFile) {
  const statement = readFileSync(statementFile, 'utf8');
  const begin = performance.now();
  const result = await connection.runAndReadAll(statement);
  const ms = performance.now() - begin;
  const lines = result.getRows().map((row) => row.map(field).join('\t') + '\n');
  writeFileSync(rowsFile, lines.join(''));
  return ms;
}

for await (const line of createInterface({ input: process.stdin })) {
  try {
    const ms = await run(...line.split('\t'));
    console.log(`ms ${ms.toFixed(3)}`);
  } catch (error) {
    console.log(`error ${String(error.message).replaceAll('\n', ' ')}`);
  }
}
