// LangChain's PGVectorStore, with embeddings that need no model.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { PGVectorStore } from '@langchain/community/vectorstores/pgvector';
import { Embeddings } from '@langchain/core/embeddings';
import { assertUsesIndex, newDatabase } from './support.js';

// Counts letters: texts of the same letters are near.
class LetterEmbeddings extends Embeddings {
    constructor() {
        super({});
    }
    async embedQuery(text) {
        const counts = new Array(26).fill(0.01);
        for (const letter of text.toLowerCase()) {
            const at = letter.charCodeAt(0) - 97;
            if (at >= 0 && at < 26) counts[at] += 1;
        }
        return counts;
    }
    embedDocuments(texts) {
        return Promise.all(texts.map((text) => this.embedQuery(text)));
    }
}

const words = 'alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi omicron pi rho sigma tau'.split(' ');
const texts = words.flatMap((a) => words.map((b) => `${a} ${b}`));

let settings;
const stores = [];
before(async () => {
    settings = await newDatabase('clients_langchain');
});
after(() => Promise.all(stores.map((store) => store.end())));

for (const distanceStrategy of ['cosine', 'euclidean', 'innerProduct']) {
    const table = `documents_${distanceStrategy.toLowerCase()}`;
    let store;

    test(`${distanceStrategy}: the store makes the extension and its table`, async () => {
        store = await PGVectorStore.initialize(new LetterEmbeddings(), {
            postgresConnectionOptions: settings,
            tableName: table,
            columns: {
                idColumnName: 'id',
                // The name of the index comes from it.
                vectorColumnName: `vector_${distanceStrategy.toLowerCase()}`,
                contentColumnName: 'content',
                metadataColumnName: 'metadata',
            },
            distanceStrategy,
            dimensions: 26,
        });
        stores.push(store);
        await store.addDocuments(texts.map((pageContent, i) => ({ pageContent, metadata: { even: i % 2 === 0 } })));
    });

    test(`${distanceStrategy}: its own helper makes the index, and a search goes through it`, async () => {
        await store.createHnswIndex({ dimensions: 26, efConstruction: 64, m: 16 });
        const { rows } = await store.pool.query(
            "SELECT indexname FROM pg_indexes WHERE tablename = $1 AND indexdef ~ 'USING hnsw'",
            [table],
        );
        assert.equal(rows.length, 1);
        const found = await store.similaritySearchWithScore('omicron zeta', 3);
        await assertUsesIndex(settings, rows[0].indexname);
        const scores = found.map(([, score]) => score);
        assert.equal(scores.length, 3);
        assert.deepEqual(
            scores,
            scores.toSorted((a, b) => a - b),
        );
        // The largest inner product need not be with the text itself.
        if (distanceStrategy !== 'innerProduct') {
            assert.ok(['omicron zeta', 'zeta omicron'].includes(found[0][0].pageContent));
            assert.ok(Math.abs(scores[0]) < 1e-3);
        }
    });

    test(`${distanceStrategy}: a search with a filter finds its rows`, async () => {
        const found = await store.similaritySearch('sigma tau', 5, { even: true });
        assert.equal(found.length, 5);
        assert.ok(found.every((document) => document.metadata.even));
    });

    test(`${distanceStrategy}: documents are deleted`, async () => {
        await store.delete({ filter: { even: false } });
        const { rows } = await store.pool.query(`SELECT count(*)::int AS left FROM ${table}`);
        assert.equal(rows[0].left, Math.ceil(texts.length / 2));
    });
}
