#include "pg/filter/plan_notes.hpp"

namespace vectidx {

namespace {

constexpr int kNumbers = 13;

List* append_number(List* list, double value) {
    return lappend(list, makeFloat(psprintf("%.17g", value)));
}

double number_at(const List* list, int at) {
    return floatVal(list_nth(list, at));
}

}  // namespace

List* write_notes(const PlanNotes& notes) {
    const FilterPrices& p = notes.prices;
    const double numbers[kNumbers] = {p.nodes,
                                      p.rows,
                                      p.listed,
                                      p.list,
                                      p.pass,
                                      p.row,
                                      p.test,
                                      notes.wanted,
                                      static_cast<double>(notes.mode),
                                      notes.covered ? 1.0 : 0.0,
                                      p.directory ? 1.0 : 0.0,
                                      p.entry,
                                      p.code};
    List* list = NIL;
    for (double number : numbers)
        list = append_number(list, number);
    return list;
}

PlanNotes read_notes(const List* list) {
    return {{number_at(list, 0), number_at(list, 1), number_at(list, 2), number_at(list, 3),
             number_at(list, 4), number_at(list, 5), number_at(list, 6), number_at(list, 10) != 0.0,
             number_at(list, 11), number_at(list, 12)},
            number_at(list, 7),
            static_cast<FilterRule::Mode>(static_cast<int>(number_at(list, 8))),
            number_at(list, 9) != 0.0};
}

}  // namespace vectidx
