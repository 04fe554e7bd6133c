#!/usr/bin/python3
"""Makes a data set in ann-benchmarks' HDF5 form: `train`, `test`, and the exact `neighbors` and `distances` of each query.

    make_hdf5.py --base sift.base.u8bin --query sift.query.u8bin --distance euclidean sift.hdf5
    make_hdf5.py --text src --distance angular text.hdf5        # the lines of source files, hashed to 64 dimensions

A file of vectors is two little-endian uint32, rows and columns, and then the values row by row (test/bench/README.md).
"""

import argparse
import pathlib
import zlib

import h5py
import numpy

TYPES = {".u8bin": "u1", ".f16bin": "<f2", ".f32bin": "<f4"}


def read_vectors(path, limit=None):
    path = pathlib.Path(path)
    rows, columns = numpy.fromfile(path, "<u4", 2)
    vectors = numpy.fromfile(path, TYPES[path.suffix], offset=8).reshape(rows, columns)
    return vectors[:limit].astype("float32")


def text_vectors(folder, count=None, dimensions=64):
    """A vector for each different line of the source files, or for `count` of them: how often each of its trigrams' hashes occurs,
    normalized."""
    lines = set()
    for path in sorted(pathlib.Path(folder).rglob("*.[ch]pp")):
        lines.update(line.strip() for line in path.read_text(encoding="utf-8").splitlines())
    lines = sorted(line for line in lines if len(line) > 12)
    vectors = []
    for line in (lines[i] for i in numpy.random.default_rng(1).permutation(len(lines))[:count]):
        vector = numpy.zeros(dimensions, "float32")
        for start in range(len(line) - 2):
            value = zlib.crc32(line[start : start + 3].encode())
            vector[value % dimensions] += 1 if value >> 31 else -1
        norm = numpy.linalg.norm(vector)
        if norm > 0:
            vectors.append(vector / norm)
    return numpy.array(vectors)


def exact(train, test, distance, count):
    """Ids and distances of the nearest rows, as ann-benchmarks defines the distances."""
    if distance == "angular":
        train = train / numpy.linalg.norm(train, axis=1, keepdims=True)
        test = test / numpy.linalg.norm(test, axis=1, keepdims=True)
    train, test = train.astype("float64"), test.astype("float64")
    norms = (train**2).sum(axis=1)
    neighbors, distances = [], []
    for query in test:
        products = train @ query
        # The order by |t|^2 - 2 t q is that by distance.
        keys = -products if distance == "angular" else norms - 2 * products
        near = numpy.argpartition(keys, count - 1)[:count]
        measured = 1 - products[near] if distance == "angular" else numpy.linalg.norm(train[near] - query, axis=1)
        order = numpy.argsort(measured, kind="stable")
        neighbors.append(near[order])
        distances.append(measured[order])
    return numpy.array(neighbors, "int32"), numpy.array(distances, "float32")


def write(path, train, test, distance, count=100):
    neighbors, distances = exact(train, test, distance, count)
    with h5py.File(path, "w") as file:
        file.attrs["type"] = "dense"
        file.attrs["distance"] = distance
        file.attrs["dimension"] = train.shape[1]
        file.attrs["point_type"] = "float"
        file["train"], file["test"] = train, test
        file["neighbors"], file["distances"] = neighbors, distances


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--base")
    parser.add_argument("--query")
    parser.add_argument("--text")
    parser.add_argument("--queries", type=int, default=1000)
    parser.add_argument("--distance", choices=("angular", "euclidean"), required=True)
    parser.add_argument("file")
    options = parser.parse_args()
    if options.text:
        vectors = text_vectors(options.text)
        train, test = vectors[options.queries :], vectors[: options.queries]
    else:
        train, test = read_vectors(options.base), read_vectors(options.query, options.queries)
    write(options.file, train, test, options.distance)


if __name__ == "__main__":
    main()
