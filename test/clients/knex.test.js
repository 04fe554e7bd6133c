// Knex with the pgvector package, as its documentation says.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import Knex from 'knex';
import pgvector from 'pgvector/knex';
import { assertUsesIndex, nearestPoint, newDatabase, points } from './support.js';

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
    });
    await knex('items').insert(points.map((point) => ({ embedding: pgvector.toSql(point) })));
    const row = await knex('items').orderBy('id').first();
    assert.deepEqual(pgvector.fromSql(row.embedding), points[0]);
});

test('an index by the schema builder, and queries through it', async () => {
    for (const [helper, opclass, operator] of [
        ['l2Distance', 'vector_l2_ops', '<->'],
        ['maxInnerProduct', 'vector_ip_ops', '<#>'],
        ['cosineDistance', 'vector_cosine_ops', '<=>'],
    ]) {
        const index = `items_${helper.toLowerCase()}`;
        await knex.schema.alterTable('items', (table) => {
            table.index(knex.raw(`embedding ${opclass}`), index, 'hnsw');
        });
        const rows = await knex('items').orderBy(knex[helper]('embedding', points[7])).limit(5);
        assert.equal(rows.length, 5);
        assert.equal(rows[0].id, 1 + nearestPoint(operator, points[7]));
        await assertUsesIndex(settings, index);
        await knex.schema.alterTable('items', (table) => table.dropIndex([], index));
    }
});
