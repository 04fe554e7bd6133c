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

const dot = (a, b) => a.reduce((sum, x, i) => sum + x * b[i], 0);
const distances = {
    '<->': (a, b) => dot(a, a) - 2 * dot(a, b) + dot(b, b),
    '<#>': (a, b) => -dot(a, b),
    '<=>': (a, b) => 1 - dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b)),
};

// Which of the points is nearest to the target, by the definition of the operator.
export function nearestPoint(operator, target) {
    const distance = points.map((point) => distances[operator](point, target));
    return distance.indexOf(Math.min(...distance));
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
