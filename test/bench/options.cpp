#include "options.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <sstream>
#include <stdexcept>

#include "data/ground_truth.hpp"

namespace bench {

namespace {

struct Flag {
    const char* name;
    const char* value;
    const char* help;
    std::function<void(Options&, const std::string&)> take;
};

template <class Number>
auto set_number(Number Options::*member) {
    return [member](Options& o, const std::string& text) {
        o.*member = static_cast<Number>(std::stoll(text));
    };
}

template <class Number>
auto set_numbers(std::vector<Number> Options::*member) {
    return
        [member](Options& o, const std::string& text) { o.*member = parse_numbers<Number>(text); };
}

auto set_text(std::string Options::*member) {
    return [member](Options& o, const std::string& text) { o.*member = text; };
}

void take_engines(Options& options, const std::string& text) {
    options.engines.clear();
    for (const std::string& name : parse_words(text))
        options.engines.push_back(find_engine(name));
}

void take_k(Options& options, const std::string& value) {
    options.k = std::stoul(value);
    if (options.k < 1 || options.k > kTruthDepth)
        throw std::runtime_error("k must be between 1 and " + std::to_string(kTruthDepth));
}

void take_phases(Options& options, const std::string& text) {
    options.phases = parse_words(text);
    for (const std::string& phase : options.phases) {
        const std::vector<std::string> known = {"build", "search", "insert",
                                                "copy",  "mixed",  "vacuum"};
        if (std::find(known.begin(), known.end(), phase) == known.end()) {
            throw std::runtime_error("unknown phase " + phase);
        }
    }
}

std::vector<Flag> data_flags() {
    return {
        {"set", "name=N,base=FILE,query=FILE,metric=l2|cosine|ip[,limit=N]",
         "a data set from files ending in .u8bin, .f16bin or .f32bin; may be repeated",
         [](Options& o, const std::string& v) { o.sets.push_back(parse_file_spec(v)); }},
        {"synthetic", "uniform|gaussian-clusters|mixture:ROWS:DIMS[:METRIC]",
         "a built-in data set; may be repeated",
         [](Options& o, const std::string& v) { o.sets.push_back(parse_synthetic_spec(v)); }},
        {"limit", "ROWS", "only the first rows of every set", set_number(&Options::row_limit)},
        {"queries", "N", "only the first queries of every set", set_number(&Options::query_limit)},
        {"k", "N", "rows that each query asks for, at most 100 (10)", take_k},
        {"seed", "N", "of the built-in data sets (1)", set_number(&Options::seed)},
    };
}

std::vector<Flag> measurement_flags() {
    return {
        {"engines", "LIST", "vectidx,pgvector,hnswlib", take_engines},
        {"variant", "NAME=ENGINE:option=value[;...]",
         "one more engine: an engine with other index options; may be repeated",
         [](Options& o, const std::string& v) { o.engines.push_back(parse_variant(v)); }},
        {"phases", "LIST", "build,search,insert,copy,mixed,vacuum", take_phases},
        {"m", "N", "16", [](Options& o, const std::string& v) { o.index.m = std::stoi(v); }},
        {"ef-construction", "N", "of the index that is built, searched and vacuumed (200)",
         [](Options& o, const std::string& v) { o.index.ef_construction = std::stoi(v); }},
        {"insert-ef-construction", "N", "of the indexes of the insert and copy phases (64)",
         set_number(&Options::insert_ef_construction)},
        {"ef", "LIST", "10,20,40,80,160,320,640", set_numbers(&Options::ef)},
        {"target-recall", "LIST", "0.9,0.95,0.98,0.99,0.995", set_numbers(&Options::target_recall)},
        {"check-ef", "LIST", "searches after inserts and deletes (10,40,160)",
         set_numbers(&Options::check_ef)},
        {"check-target-recall", "LIST", "the same in automatic mode (0.95)",
         set_numbers(&Options::check_target_recall)},
        {"rounds", "N", "passes over the queries per setting (5)", set_number(&Options::rounds)},
        {"buffer-sample", "N", "queries whose buffer accesses are counted (100)",
         set_number(&Options::buffer_sample)},
        {"build-repeats", "N", "builds per engine (1)", set_number(&Options::build_repeats)},
        {"insert-rows", "N", "insert at most so many of the others (0: all)",
         set_number(&Options::insert_rows)},
        {"initial-percent", "N", "of the rows in the index before the others are added (80)",
         set_number(&Options::initial_percent)},
        {"writers", "N", "sessions that insert beside the searches of the mixed phase (8)",
         set_number(&Options::writers)},
        {"delete-percents", "LIST", "VACUUM after each of these (20,40)",
         set_numbers(&Options::delete_percents)},
    };
}

std::vector<Flag> server_flags() {
    return {
        {"conninfo", "STRING", "libpq connection string of a superuser (libpq's defaults)",
         set_text(&Options::conninfo)},
        {"maintenance-work-mem", "SIZE", "2GB", set_text(&Options::maintenance_work_mem)},
        {"workers", "N", "max_parallel_maintenance_workers (0)", set_number(&Options::workers)},
        {"session", "NAME=VALUE", "a setting for every session; may be repeated",
         [](Options& o, const std::string& v) { o.session_settings.push_back(v); }},
        {"out", "FOLDER", "for summary.md, results.json and the plots' data (.)",
         set_text(&Options::out_folder)},
        {"cache", "FOLDER", "for ground truths (none)", set_text(&Options::cache_folder)},
    };
}

std::vector<Flag> all_flags() {
    std::vector<Flag> flags = data_flags();
    for (const auto& more : {measurement_flags(), server_flags()}) {
        flags.insert(flags.end(), more.begin(), more.end());
    }
    return flags;
}

[[noreturn]] void print_help(const std::vector<Flag>& flags) {
    std::puts("sql_bench measures vectidx, pgvector and hnswlib. It drops and creates databases");
    std::puts("called bench_*. Default data: --synthetic mixture:20000:128\n");
    for (const Flag& flag : flags) {
        std::printf("  --%s %s\n        %s\n", flag.name, flag.value, flag.help);
    }
    std::exit(0);
}

Options default_options() {
    Options options;
    take_engines(options, "vectidx,pgvector,hnswlib");
    options.phases = {"build", "search", "insert", "copy", "mixed", "vacuum"};
    options.ef = {10, 20, 40, 80, 160, 320, 640};
    options.target_recall = {0.9, 0.95, 0.98, 0.99, 0.995};
    options.check_ef = {10, 40, 160};
    options.check_target_recall = {0.95};
    options.delete_percents = {20, 40};
    return options;
}

}  // namespace

bool Options::has_phase(const std::string& phase) const {
    return std::find(phases.begin(), phases.end(), phase) != phases.end();
}

std::vector<std::string> parse_words(const std::string& text) {
    std::vector<std::string> result;
    std::istringstream in(text);
    for (std::string word; std::getline(in, word, ',');)
        result.push_back(word);
    return result;
}

Options parse_options(int argc, char** argv) {
    const std::vector<Flag> flags = all_flags();
    Options options = default_options();
    for (int i = 1; i < argc; ++i) {
        std::string name = argv[i];
        if (name == "--help" || name == "-h") print_help(flags);
        if (!name.starts_with("--")) throw std::runtime_error("unexpected argument " + name);
        name.erase(0, 2);
        const size_t equals = name.find('=');
        std::string value;
        if (equals != std::string::npos) {
            value = name.substr(equals + 1);
            name.resize(equals);
        } else if (i + 1 < argc) {
            value = argv[++i];
        } else {
            throw std::runtime_error("--" + name + " needs a value");
        }
        const auto flag = std::find_if(flags.begin(), flags.end(),
                                       [&](const Flag& known) { return name == known.name; });
        if (flag == flags.end()) throw std::runtime_error("unknown option --" + name);
        try {
            flag->take(options, value);
        } catch (const std::logic_error&) {  // std::stoll and friends
            throw std::runtime_error("--" + name + ": not a number: " + value);
        }
    }
    if (options.sets.empty()) options.sets.push_back(parse_synthetic_spec("mixture:20000:128"));
    return options;
}

}  // namespace bench
