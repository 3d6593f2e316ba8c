// Numbers that many hold and nobody changes: the inputs of a data set, or of a part of one.
#pragma once

#include <cassert>
#include <cstddef>
#include <memory>
#include <span>
#include <utility>
#include <vector>

namespace settle {

/// A copy, or a part, takes no room of its own: a data set is cut into training and validation samples, and is taken
/// over from an array of somebody else, without a second one.
template <class T>
class SharedValues {
public:
    SharedValues() = default;

    /// Of a vector, which they take over.
    SharedValues(std::vector<T> values) : own_(std::make_shared<std::vector<T>>(std::move(values))), values_(*own_) {}

    /// Of somebody else: `owner` keeps them where they are and as they are.
    SharedValues(std::span<const T> values, std::shared_ptr<const void> owner)
        : owner_(std::move(owner)), values_(values) {}

    /// Values first … first + count - 1.
    SharedValues part(std::size_t first, std::size_t count) const {
        assert(first + count <= size());
        SharedValues cut = *this;
        cut.values_ = values_.subspan(first, count);
        return cut;
    }

    /// Gives them away, to be changed: moved where nobody else has them, else copied. Nothing is left here.
    std::vector<T> take() && {
        const SharedValues all = std::exchange(*this, SharedValues());
        if (all.own_.use_count() == 1 && all.own_->size() == all.size()) return std::move(*all.own_);
        return {all.begin(), all.end()};
    }

    const T* data() const { return values_.data(); }
    std::size_t size() const { return values_.size(); }
    const T& operator[](std::size_t i) const { return values_[i]; }
    auto begin() const { return values_.begin(); }
    auto end() const { return values_.end(); }

private:
    std::shared_ptr<std::vector<T>> own_;
    std::shared_ptr<const void> owner_;
    std::span<const T> values_;
};

}  // namespace settle
