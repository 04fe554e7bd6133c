// A reference to something that can be called, for parameters. It owns nothing: the callable must
// live as long as the reference is used, as a lambda in the argument list does.
#pragma once

#include <type_traits>

namespace vectidx {

template <class Signature>
class FunctionRef;

template <class R, class... Args>
class FunctionRef<R(Args...)> {
  public:
    // Calls f(self, ...). Where f is nullptr, a call does nothing and returns R().
    constexpr FunctionRef(R (*f)(void*, Args...), void* self) : call_(f), self_(self) {}

    template <class F,
              class = std::enable_if_t<!std::is_same_v<std::remove_cvref_t<F>, FunctionRef>>>
    constexpr FunctionRef(F&& f)  // NOLINT(*-explicit-*): an argument is converted
        : call_([](void* self, Args... args) -> R {
              return (*static_cast<std::remove_reference_t<F>*>(self))(args...);
          }),
          self_(const_cast<std::remove_const_t<std::remove_reference_t<F>>*>(&f)) {}

    R operator()(Args... args) const { return call_ != nullptr ? call_(self_, args...) : R(); }

  private:
    R (*call_)(void*, Args...);
    void* self_;
};

}  // namespace vectidx
