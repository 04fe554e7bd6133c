// Drizzle ORM: the schema with its index goes to the database as `drizzle-kit push` sends it.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { after, before, test } from 'node:test';
import * as orm from 'drizzle-orm';
import { cosineDistance, desc, eq, gt, l2Distance, sql } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/node-postgres';
import { bit, halfvec, index, pgTable, serial, sparsevec, text, vector } from 'drizzle-orm/pg-core';
import pg from 'pg';
import { SparseVector } from 'pgvector';
import { assertNearest, assertUsesIndex, newDatabase, points, rows, searches } from './support.js';

const { pushSchema } = createRequire(import.meta.url)('drizzle-kit/api');

const guides = pgTable(
    'guides',
    {
        id: serial('id').primaryKey(),
        title: text('title').notNull(),
        embedding: vector('embedding', { dimensions: 3 }),
    },
    (table) => [
        index('guides_cosine').using('hnsw', table.embedding.op('vector_cosine_ops')),
        index('guides_l2')
            .using('hnsw', table.embedding.op('vector_l2_ops'))
            .with({ m: 16, ef_construction: 64 }),
    ],
);

const items = pgTable(
    'items',
    {
        id: serial('id').primaryKey(),
        embedding: vector('embedding', { dimensions: 3 }),
        half: halfvec('half', { dimensions: 3 }),
        sparse: sparsevec('sparse', { dimensions: 12 }),
        bits: bit('bits', { dimensions: 32 }),
    },
    (table) => searches.map(({ column, opclass, index: name }) => index(name).using('hnsw', table[column].op(opclass))),
);
const schema = { guides, items };

let settings, pool, db;
before(async () => {
    settings = await newDatabase('clients_drizzle');
    pool = new pg.Pool(settings);
    db = drizzle(pool);
});
after(() => pool.end());

test('the extension and the schema with its indexes', async () => {
    await db.execute(sql`CREATE EXTENSION IF NOT EXISTS vector`);
    const { apply } = await pushSchema(schema, db);
    await apply();
    const { rows } = await db.execute(sql`
        SELECT indexdef FROM pg_indexes WHERE tablename = 'guides' AND indexdef ~ 'hnsw' ORDER BY indexname`);
    assert.deepEqual(
        rows.map((row) => row.indexdef),
        [
            'CREATE INDEX guides_cosine ON public.guides USING hnsw (embedding vector_cosine_ops)',
            "CREATE INDEX guides_l2 ON public.guides USING hnsw (embedding vector_l2_ops) WITH (m='16', ef_construction='64')",
        ],
    );
});

test('a second push leaves what is there', async () => {
    const { statementsToExecute } = await pushSchema(schema, db);
    // It makes an index with options again: PostgreSQL quotes their values, drizzle-kit does not.
    assert.deepEqual(
        statementsToExecute.filter((statement) => !statement.includes('guides_l2')),
        [],
    );
});

test('rows go in and come out', async () => {
    await db.insert(guides).values(points.map((embedding, i) => ({ title: `guide ${i}`, embedding })));
    const [row] = await db.select().from(guides).where(eq(guides.title, 'guide 9'));
    assert.deepEqual(row.embedding, points[9]);
});

test('queries go through the indexes', async () => {
    const target = points[11];
    const near = await db.select().from(guides).orderBy(l2Distance(guides.embedding, target)).limit(5);
    assert.equal(near[0].title, 'guide 11');
    await assertUsesIndex(settings, 'guides_l2');

    const similar = await db
        .select({ title: guides.title })
        .from(guides)
        .orderBy(cosineDistance(guides.embedding, target))
        .limit(4);
    assert.equal(similar.length, 4);
    assert.equal(similar[0].title, 'guide 11');
    await assertUsesIndex(settings, 'guides_cosine');
});

test('the similarity of the documentation: 1 - distance, descending', async () => {
    const similarity = sql`1 - (${cosineDistance(guides.embedding, points[3])})`;
    const rows = await db
        .select({ title: guides.title, similarity })
        .from(guides)
        .where(gt(similarity, 0.5))
        .orderBy(desc(similarity))
        .limit(4);
    assert.equal(rows.length, 4);
    assert.equal(rows[0].title, 'guide 3');
});

test('every type through an index of each of its operator classes', async (t) => {
    // To Drizzle a sparsevec is a string.
    const asSparse = (numbers) => new SparseVector(numbers).toString();
    await db.insert(items).values(rows.map((row) => ({ ...row, sparse: asSparse(row.sparse) })));
    for (const search of searches) {
        await t.test(search.opclass, async () => {
            const { column, helper, index: name } = search;
            const target = rows[11][column];
            const distance = orm[helper === 'maxInnerProduct' ? 'innerProduct' : helper];
            const value = column === 'sparse' ? asSparse(target) : target;
            const found = await db.select().from(items).orderBy(distance(items[column], value)).limit(5);
            await assertUsesIndex(settings, name);
            assertNearest(
                search,
                target,
                found.map((row) => (column === 'sparse' ? new SparseVector(row.sparse) : row[column])),
            );
        });
    }
});
