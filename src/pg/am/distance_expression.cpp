#include "pg/am/distance_expression.hpp"

#include <cmath>

namespace vectidx {

namespace {

bool finite_constant(Node* node, double* value) {
    if (!IsA(node, Const)) return false;
    const auto* constant = reinterpret_cast<Const*>(node);
    if (constant->constisnull || constant->consttype != FLOAT8OID) return false;
    *value = DatumGetFloat8(constant->constvalue);
    return std::isfinite(*value);
}

void negate(LinearDistance* x) {
    x->scale = -x->scale;
    x->offset = -x->offset;
}

void add(double c, LinearDistance* x) {
    x->offset += c;
    x->magnitude += std::fabs(c);
}

void multiply(double c, LinearDistance* x) {
    x->scale *= c;
    x->offset *= c;
    x->magnitude *= std::fabs(c);
}

// expression = constant op inner, or inner op constant.
bool apply(Oid function, bool constant_first, double c, LinearDistance* x) {
    switch (function) {
        case F_FLOAT8PL:
            add(c, x);
            return true;
        case F_FLOAT8MI:
            if (constant_first) negate(x);
            add(constant_first ? c : -c, x);
            return true;
        case F_FLOAT8MUL:
            multiply(c, x);
            return true;
        case F_FLOAT8DIV:
            if (constant_first || c == 0.0) return false;
            multiply(1.0 / c, x);
            return true;
        default:
            return false;
    }
}

bool usable(const LinearDistance& x) {
    return x.scale != 0.0 && std::isfinite(x.scale) && std::isfinite(x.magnitude);
}

// The function behind an operator or a call, and its arguments.
bool call_of(Node* node, Oid* function, List** arguments) {
    if (IsA(node, OpExpr)) {
        auto* op = reinterpret_cast<OpExpr*>(node);
        *function = OidIsValid(op->opfuncid) ? op->opfuncid : get_opcode(op->opno);
        *arguments = op->args;
        return true;
    }
    if (IsA(node, FuncExpr)) {
        auto* call = reinterpret_cast<FuncExpr*>(node);
        *function = call->funcid;
        *arguments = call->args;
        return true;
    }
    return false;
}

}  // namespace

bool match_linear_distance(Node* expression, IsDistance is_distance, LinearDistance* result) {
    check_stack_depth();
    if (expression == nullptr) return false;
    if (IsA(expression, OpExpr) && is_distance(reinterpret_cast<OpExpr*>(expression))) {
        *result = {reinterpret_cast<OpExpr*>(expression), 1.0, 0.0, 0.0};
        return true;
    }
    Oid function;
    List* arguments;
    if (!call_of(expression, &function, &arguments)) return false;
    if (list_length(arguments) == 1) {
        if (function != F_FLOAT8UM && function != F_FLOAT8UP) return false;
        auto* inner = static_cast<Node*>(linitial(arguments));
        if (!match_linear_distance(inner, is_distance, result)) return false;
        if (function == F_FLOAT8UM) negate(result);
        return true;
    }
    if (list_length(arguments) != 2) return false;
    auto* first = static_cast<Node*>(linitial(arguments));
    auto* second = static_cast<Node*>(lsecond(arguments));
    double c;
    const bool constant_first = finite_constant(first, &c);
    if (!constant_first && !finite_constant(second, &c)) return false;
    Node* inner = constant_first ? second : first;
    return match_linear_distance(inner, is_distance, result) &&
           apply(function, constant_first, c, result) && usable(*result);
}

}  // namespace vectidx
