// The command line.
#pragma once

#include <stdexcept>
#include <string>
#include <vector>

#include "data/data_set.hpp"
#include "engine/engine.hpp"

namespace bench {

struct Options {
    std::vector<DataSetSpec> sets;
    size_t row_limit = 0;
    size_t query_limit = 0;
    size_t k = 10;
    uint64_t seed = 1;

    std::vector<Engine> engines;
    std::vector<std::string> phases;
    IndexParameters index;            // of the index that is built, searched and vacuumed
    int insert_ef_construction = 64;  // of the indexes that rows are added to
    std::vector<double> ef;
    std::vector<double> target_recall;
    std::vector<double> check_ef;  // settings of the searches after inserts and deletes
    std::vector<double> check_target_recall;
    size_t rounds = 5;
    size_t buffer_sample = 100;
    size_t build_repeats = 1;
    size_t insert_rows = 0;       // at most so many of the others; 0: all
    size_t initial_percent = 80;  // of the rows stand in the index before others are added
    size_t writers = 8;           // sessions that insert beside searches
    std::vector<int> delete_percents;

    std::string conninfo;
    std::string maintenance_work_mem = "2GB";
    int workers = 0;
    std::vector<std::string> session_settings;  // name=value

    std::string out_folder = ".";
    std::string cache_folder;

    bool has_phase(const std::string& phase) const;
};

// The words of a list with commas.
std::vector<std::string> parse_words(const std::string& text);

// "1,10,100". Throws std::invalid_argument where a word is no number.
template <class Number>
std::vector<Number> parse_numbers(const std::string& text) {
    std::vector<Number> result;
    for (const std::string& word : parse_words(text)) {
        size_t end = 0;
        result.push_back(static_cast<Number>(std::stod(word, &end)));
        if (end != word.size()) throw std::invalid_argument("not a number: " + word);
    }
    return result;
}

// Throws std::runtime_error with a reason. Prints the help and exits when asked for it.
Options parse_options(int argc, char** argv);

}  // namespace bench
