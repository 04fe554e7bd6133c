// Knex with the pgvector package, as its documentation says.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import Knex from 'knex';
import { SparseVector } from 'pgvector';
import pgvector from 'pgvector/knex';
import { assertNearest, assertUsesIndex, newDatabase, rows, searches } from './support.js';

let settings, knex;
before(async () => {
    settings = await newDatabase('clients_knex');
    knex = Knex({ client: 'pg', connection: settings });
});
after(() => knex.destroy());

test('the extension, a table and rows', async () => {
    await knex.schema.createExtensionIfNotExists('vector');
    await knex.schema.createTable('items', (table) => {
        table.increments('id');
        table.vector('embedding', 3);
        table.halfvec('half', 3);
        table.sparsevec('sparse', 12);
        // Knex has no helper for bit, nor has the package.
        table.specificType('bits', 'bit(32)');
    });
    await knex('items').insert(
        rows.map(({ embedding, half, sparse, bits }) => ({
            embedding: pgvector.toSql(embedding),
            half: pgvector.toSql(half),
            sparse: pgvector.toSql(new SparseVector(sparse)),
            bits,
        })),
    );
    const row = await knex('items').orderBy('id').first();
    assert.deepEqual(pgvector.fromSql(row.embedding), rows[0].embedding);
    assert.deepEqual(pgvector.fromSql(row.sparse).toArray(), rows[0].sparse);
    assert.equal(row.bits, rows[0].bits);
});

test('an index by the schema builder, and queries through it', async (t) => {
    for (const search of searches) {
        await t.test(search.opclass, async () => {
            const { column, helper, index, opclass } = search;
            await knex.schema.alterTable('items', (table) => {
                table.index(knex.raw(`${column} ${opclass}`), index, 'hnsw');
            });
            const target = rows[7][column];
            const value = column === 'sparse' ? new SparseVector(target) : target;
            const found = await knex('items').orderBy(knex[helper](column, value)).limit(5);
            assertNearest(
                search,
                target,
                found.map((row) => (column === 'bits' ? row.bits : pgvector.fromSql(row[column]))),
            );
            await assertUsesIndex(settings, index);
            await knex.schema.alterTable('items', (table) => table.dropIndex([], index));
        });
    }
});
