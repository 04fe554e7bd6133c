// Sequelize with the pgvector package, as its documentation says.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { cosineDistance, l2Distance, maxInnerProduct, registerTypes } from 'pgvector/sequelize';
import { DataTypes, Sequelize } from 'sequelize';
import { assertUsesIndex, nearestPoint, newDatabase, points } from './support.js';

let settings, sequelize, Item;
function connect() {
    const { database, user, host, port } = settings;
    return new Sequelize(database, user, '', { host, port, dialect: 'postgres', logging: false });
}
before(async () => {
    settings = await newDatabase('clients_sequelize');
    registerTypes(Sequelize);
    sequelize = connect();
});
after(() => sequelize.close());

test('the extension, a model with its indexes, and rows', async () => {
    await sequelize.query('CREATE EXTENSION IF NOT EXISTS vector');
    // Sequelize learns the types of a database when it connects for the first time.
    await sequelize.close();
    sequelize = connect();
    const hnsw = (name, operator) => ({ name, fields: ['embedding'], using: 'hnsw', operator });
    Item = sequelize.define(
        'item',
        { embedding: { type: DataTypes.VECTOR(3) } },
        {
            timestamps: false,
            indexes: [
                hnsw('item_l2', 'vector_l2_ops'),
                hnsw('item_ip', 'vector_ip_ops'),
                hnsw('item_cosine', 'vector_cosine_ops'),
            ],
        },
    );
    await Item.sync({ force: true });
    await Item.bulkCreate(points.map((embedding) => ({ embedding })));
    assert.deepEqual((await Item.findByPk(5)).embedding, points[4]);
});

test('queries go through the indexes', async () => {
    for (const [distance, index, operator] of [
        [l2Distance, 'item_l2', '<->'],
        [maxInnerProduct, 'item_ip', '<#>'],
        [cosineDistance, 'item_cosine', '<=>'],
    ]) {
        const order = distance('embedding', points[20], sequelize);
        const items = await Item.findAll({ order: [order], limit: 5 });
        assert.equal(items.length, 5);
        assert.equal(items[0].id, 1 + nearestPoint(operator, points[20]));
        await assertUsesIndex(settings, index);
    }
});
