// node-postgres with the pgvector package: text and binary, parameters and results.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import pg from 'pg';
import { SparseVector } from 'pgvector';
import pgvector from 'pgvector/pg';
import { assertNearest, assertUsesIndex, newDatabase, rows, searches } from './support.js';

let settings, client;
before(async () => {
    settings = await newDatabase('clients_pg');
    client = new pg.Client(settings);
    await client.connect();
});
after(() => client.end());

test('the extension is created and its types are registered', async () => {
    await client.query('CREATE EXTENSION IF NOT EXISTS vector');
    await pgvector.registerTypes(client);
    const { rows } = await client.query("SELECT extversion FROM pg_extension WHERE extname = 'vector'");
    assert.match(rows[0].extversion, /^0\.8\.\d+$/);
});

test('vectors go in and come out as text', async () => {
    await client.query('CREATE TABLE items (id bigserial PRIMARY KEY, embedding vector(3))');
    await client.query('INSERT INTO items (embedding) VALUES ($1), ($2), ($3)', [
        pgvector.toSql([1, 2, 3]),
        pgvector.toSql([1.5, -2e-7, 3e20]),
        null,
    ]);
    const { rows } = await client.query('SELECT embedding FROM items ORDER BY id');
    assert.deepEqual(
        rows.map((row) => row.embedding),
        [[1, 2, 3], [1.5, -2e-7, 3e20], null],
    );
});

// node-postgres sends a Buffer in binary; results it takes as text only, so what is sent is a bytea.
// A vector is dim and 0 as int16, then the numbers as float4, all big-endian.
function binaryVector(numbers) {
    const bytes = Buffer.alloc(4 + 4 * numbers.length);
    bytes.writeInt16BE(numbers.length, 0);
    numbers.forEach((number, i) => bytes.writeFloatBE(number, 4 + 4 * i));
    return bytes;
}

test('vectors go in and come out in binary', async () => {
    const bytes = binaryVector([0.5, -1, 1e-30]);
    const inserted = await client.query('INSERT INTO items (embedding) VALUES ($1) RETURNING embedding', [bytes]);
    assert.deepEqual(inserted.rows[0].embedding, [0.5, -1, 1e-30]);
    const { rows } = await client.query(
        'SELECT vector_send(embedding) AS sent FROM items WHERE embedding = $1 ORDER BY id',
        [bytes],
    );
    assert.deepEqual(rows, [{ sent: bytes }]);
});

// Fills a table with `rows`, and asks it through an index that it makes and drops.
async function searchThrough(search, method, name) {
    const { column, operator } = search;
    const target = rows[42][column];
    await client.query(`CREATE INDEX ${name} ON items USING ${method}`);
    const value = column === 'bits' ? target : pgvector.toSql(column === 'sparse' ? new SparseVector(target) : target);
    const found = await client.query(`SELECT ${column} FROM items ORDER BY ${column} ${operator} $1 LIMIT 5`, [value]);
    await assertUsesIndex(settings, name);
    assertNearest(
        search,
        target,
        found.rows.map((row) => row[column]),
    );
    await client.query(`DROP INDEX ${name}`);
}

test('the nearest neighbors come through an index of every operator class', async (t) => {
    await client.query('DROP TABLE items');
    await client.query(
        'CREATE TABLE items (id bigserial PRIMARY KEY, embedding vector(3), half halfvec(3), sparse sparsevec(12), bits bit(32))',
    );
    for (const { embedding, half, sparse, bits } of rows) {
        await client.query('INSERT INTO items (embedding, half, sparse, bits) VALUES ($1, $2, $3, $4)', [
            pgvector.toSql(embedding),
            pgvector.toSql(half),
            pgvector.toSql(new SparseVector(sparse)),
            bits,
        ]);
    }
    await client.query('SET hnsw.ef_search = 100');
    await client.query('SET ivfflat.probes = 10');
    for (const search of searches) {
        const { column, opclass, index } = search;
        await t.test(`hnsw ${opclass}`, () =>
            searchThrough(search, `hnsw (${column} ${opclass}) WITH (m = 16, ef_construction = 64)`, index),
        );
    }
    // pgvector's ivfflat has these only.
    for (const search of searches.filter(({ opclass }) => /^((vector|halfvec)_(l2|ip|cosine)|bit_hamming)_ops$/.test(opclass))) {
        const { column, opclass, index } = search;
        await t.test(`ivfflat ${opclass}`, () =>
            searchThrough(search, `ivfflat (${column} ${opclass}) WITH (lists = 10)`, index),
        );
    }
});

test('errors have the codes of pgvector', async () => {
    await assert.rejects(client.query('INSERT INTO items (embedding) VALUES ($1)', ['[1,2]']), { code: '22000' });
    await assert.rejects(client.query('INSERT INTO items (embedding) VALUES ($1)', ['[1,2,x]']), { code: '22P02' });
    await assert.rejects(client.query('SET hnsw.ef_search = 0'), { code: '22023' });
});

// halfvec is like vector with numbers of two bytes; 0.5, -1 and 65504 are these.
const binaryHalfvec = Buffer.from('000300003800bc007bff', 'hex');
// sparsevec: dimensions, count of numbers and 0 as int32, indexes from 0 as int32, numbers as float4.
const binarySparsevec = Buffer.from('0000000500000002000000000000000000000002' + '3fc00000' + '40000000', 'hex');

test('every type goes in and comes out, as text and in binary', async () => {
    await client.query('CREATE TABLE typed (id serial PRIMARY KEY, h halfvec(3), s sparsevec(5), b bit(3))');
    const sparse = new SparseVector([1.5, 0, 2, 0, 0]);
    await client.query('INSERT INTO typed (h, s, b) VALUES ($1, $2, $3)', [
        pgvector.toSql([0.5, -1, 65504]),
        pgvector.toSql(sparse),
        '101',
    ]);
    await client.query('INSERT INTO typed (h, s, b) VALUES ($1, $2, $3)', [binaryHalfvec, binarySparsevec, '101']);
    const { rows } = await client.query(
        'SELECT h, s, b, halfvec_send(h) AS sent_h, sparsevec_send(s) AS sent_s FROM typed ORDER BY id',
    );
    for (const row of rows) {
        assert.deepEqual(row.h, [0.5, -1, 65504]);
        assert.deepEqual(row.s.toArray(), [1.5, 0, 2, 0, 0]);
        assert.equal(row.b, '101');
        assert.deepEqual(row.sent_h, binaryHalfvec);
        assert.deepEqual(row.sent_s, binarySparsevec);
    }
    assert.equal(rows.length, 2);
});

test('every type is searched by each of its distances', async () => {
    const sparse = pgvector.toSql(new SparseVector([1.5, 0, 2, 0, 0]));
    for (const [column, operators, value] of [
        ['h', ['<->', '<#>', '<=>', '<+>'], pgvector.toSql([0.5, -1, 3])],
        ['s', ['<->', '<#>', '<=>', '<+>'], sparse],
        ['b', ['<~>', '<%>'], '110'],
    ]) {
        for (const operator of operators) {
            const query = `SELECT id, ${column} ${operator} $1 AS distance FROM typed ORDER BY ${column} ${operator} $1 LIMIT 1`;
            const { rows } = await client.query(query, [value]);
            assert.equal(typeof rows[0].distance, 'number');
        }
    }
});

test('a vector is searched through indexes on its cast and on its bits', async () => {
    await client.query('CREATE INDEX items_cast ON items USING hnsw ((embedding::halfvec(3)) halfvec_cosine_ops)');
    await client.query('CREATE INDEX items_quantized ON items USING hnsw ((binary_quantize(embedding)::bit(3)) bit_hamming_ops)');
    const target = rows[42].embedding;
    const value = pgvector.toSql(target);
    const cast = await client.query('SELECT embedding FROM items ORDER BY embedding::halfvec(3) <=> $1 LIMIT 5', [value]);
    await assertUsesIndex(settings, 'items_cast');
    assertNearest(
        { column: 'half', operator: '<=>' },
        target,
        cast.rows.map((row) => row.embedding),
    );
    // The documented query: by bits, then by the vector itself. Three bits have eight values.
    const quantized = await client.query(
        `SELECT embedding FROM (
            SELECT * FROM items ORDER BY binary_quantize(embedding)::bit(3) <~> binary_quantize($1::vector(3))::bit(3) LIMIT 100
        ) AS near ORDER BY embedding <=> $1 LIMIT 5`,
        [value],
    );
    await assertUsesIndex(settings, 'items_quantized');
    assertNearest(
        { column: 'embedding', operator: '<=>' },
        target,
        quantized.rows.map((row) => row.embedding),
    );
});
