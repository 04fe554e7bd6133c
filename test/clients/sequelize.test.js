// Sequelize with the pgvector package, as its documentation says.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { SparseVector } from 'pgvector';
import pgvector from 'pgvector/sequelize';
import { DataTypes, Sequelize } from 'sequelize';
import { assertNearest, assertUsesIndex, newDatabase, rows, searches } from './support.js';

let settings, sequelize, Item;
function connect() {
    const { database, user, host, port } = settings;
    return new Sequelize(database, user, '', { host, port, dialect: 'postgres', logging: false });
}
before(async () => {
    settings = await newDatabase('clients_sequelize');
    pgvector.registerTypes(Sequelize);
    sequelize = connect();
});
after(() => sequelize.close());

test('the extension, a model with its indexes, and rows', async () => {
    await sequelize.query('CREATE EXTENSION IF NOT EXISTS vector');
    // Sequelize learns the types of a database when it connects for the first time.
    await sequelize.close();
    sequelize = connect();
    Item = sequelize.define(
        'item',
        {
            embedding: { type: DataTypes.VECTOR(3) },
            half: { type: DataTypes.HALFVEC(3) },
            sparse: { type: DataTypes.SPARSEVEC(12) },
            bits: { type: 'BIT(32)' },
        },
        {
            timestamps: false,
            indexes: searches.map(({ column, opclass, index }) => ({
                name: index,
                fields: [column],
                using: 'hnsw',
                operator: opclass,
            })),
        },
    );
    await Item.sync({ force: true });
    await Item.bulkCreate(rows.map((row) => ({ ...row, sparse: new SparseVector(row.sparse) })));
    const item = await Item.findByPk(5);
    assert.deepEqual(item.embedding, rows[4].embedding);
    assert.deepEqual(item.sparse.toArray(), rows[4].sparse);
    assert.equal(item.bits, rows[4].bits);
});

test('queries go through the indexes', async (t) => {
    for (const search of searches) {
        await t.test(search.opclass, async () => {
            const { column, helper, index } = search;
            const target = rows[20][column];
            const value = column === 'sparse' ? new SparseVector(target) : target;
            const items = await Item.findAll({ order: [pgvector[helper](column, value, sequelize)], limit: 5 });
            assertNearest(
                search,
                target,
                items.map((item) => item[column]),
            );
            await assertUsesIndex(settings, index);
        });
    }
});
