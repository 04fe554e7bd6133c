// What the tests share: a database of their own on the server that PGHOST names, rows to search, and
// the plan of the last query by distance that went through node-postgres, whoever sent it.
import assert from 'node:assert/strict';
import pg from 'pg';

export const connection = (database) => ({
    host: process.env.PGHOST,
    port: Number(process.env.PGPORT),
    user: process.env.PGUSER,
    database,
});

// An empty database `name`, in which the planner prefers an index however few rows there are.
export async function newDatabase(name) {
    const client = new pg.Client(connection('postgres'));
    await client.connect();
    await client.query(`DROP DATABASE IF EXISTS ${name}`);
    await client.query(`CREATE DATABASE ${name}`);
    await client.query(`ALTER DATABASE ${name} SET enable_seqscan = off`);
    await client.end();
    return connection(name);
}

// 300 different points near a circle, with few enough digits that single precision keeps them.
export const points = Array.from({ length: 300 }, (_, i) => {
    const angle = (2 * Math.PI * i) / 300;
    return [angle, angle + 1, angle + 2].map((a) => Number(Math.cos(a).toFixed(3)));
});

// The same points as every type has them: `sparse` with zeros between, `bits` alike where angles are.
export const rows = points.map((point, i) => ({
    embedding: point,
    half: point,
    sparse: [point[0], 0, 0, point[1], ...Array.from({ length: 7 }, (_, k) => (k === i % 7 ? 0.5 : 0)), point[2]],
    bits: Array.from({ length: 32 }, (_, k) => (Math.cos((2 * Math.PI * i * (1 + (k % 4))) / 300 + k) > 0 ? '1' : '0')).join(''),
}));

const sum = (numbers) => numbers.reduce((a, b) => a + b, 0);
const dot = (a, b) => sum(a.map((x, i) => x * b[i]));
const distances = {
    '<->': (a, b) => Math.sqrt(sum(a.map((x, i) => (x - b[i]) ** 2))),
    '<#>': (a, b) => -dot(a, b),
    '<=>': (a, b) => 1 - dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b)),
    '<+>': (a, b) => sum(a.map((x, i) => Math.abs(x - b[i]))),
    '<~>': (a, b) => sum(a.map((x, i) => x ^ b[i])),
    '<%>': (a, b) => 1 - dot(a, b) / sum(a.map((x, i) => x | b[i])),
};

// What hnsw searches by, one entry for each of its operator classes: the column of `rows`, and the
// package's helper for the distance.
const byNumbers = [
    ['l2', '<->', 'l2Distance'],
    ['ip', '<#>', 'maxInnerProduct'],
    ['cosine', '<=>', 'cosineDistance'],
    ['l1', '<+>', 'l1Distance'],
];
const byBits = [
    ['hamming', '<~>', 'hammingDistance'],
    ['jaccard', '<%>', 'jaccardDistance'],
];
export const searches = [
    ['embedding', 'vector', byNumbers],
    ['half', 'halfvec', byNumbers],
    ['sparse', 'sparsevec', byNumbers],
    ['bits', 'bit', byBits],
].flatMap(([column, type, kinds]) =>
    kinds.map(([kind, operator, helper]) => ({
        column,
        operator,
        helper,
        opclass: `${type}_${kind}_ops`,
        index: `items_${column}_${kind}`,
    })),
);

// Of an array, the package's SparseVector, or bits as text.
const numbersOf = (value) => (typeof value === 'string' ? [...value].map(Number) : (value.toArray?.() ?? value));

// Checks that the values found are of five rows, the first as near to the target as any, in order of
// distance by the operator's definition. Halves have three digits.
export function assertNearest({ column, operator }, target, found) {
    const distance = (value) => distances[operator](numbersOf(value), numbersOf(target));
    const all = rows.map((row) => distance(row[column]));
    const got = found.map(distance);
    const close = column === 'half' ? 0.005 : 1e-6;
    assert.equal(got.length, 5);
    assert.ok(got[0] <= Math.min(...all) + close, `${column} ${operator}: ${got}`);
    for (let i = 1; i < got.length; i++) {
        assert.ok(got[i - 1] <= got[i] + close, `${column} ${operator}: ${got}`);
    }
}

let lastOrdered = null;
const send = pg.Client.prototype.query;
pg.Client.prototype.query = function (config, values, ...rest) {
    const text = typeof config === 'string' ? config : (config?.text ?? '');
    if (/^\s*select\b.*(<->|<#>|<=>|<\+>|<~>|<%>)/is.test(text)) {
        lastOrdered = { text, values: config?.values ?? (Array.isArray(values) ? values : []) };
    }
    return send.call(this, config, values, ...rest);
};

// Checks that the last query by distance is answered by a scan of the index, in its order.
export async function assertUsesIndex(settings, index) {
    assert.ok(lastOrdered, 'no query by distance was sent');
    const client = new pg.Client(settings);
    await client.connect();
    try {
        const { text, values } = lastOrdered;
        const plan = await send.call(client, { text: `EXPLAIN (COSTS off) ${text}`, values });
        const lines = plan.rows.map((row) => row['QUERY PLAN']).join('\n');
        assert.match(lines, new RegExp(`Index Scan using "?${index}"? `), lines);
        assert.match(lines, /Order By: /, lines);
    } finally {
        await client.end();
        lastOrdered = null;
    }
}
