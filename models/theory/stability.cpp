#include "models/theory/stability.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <limits>
#include <numeric>
#include <utility>

#include "core/error.hpp"

namespace settle {

namespace {

using Vector = std::vector<double>;

double dot(std::span<const double> a, std::span<const double> b) {
    return std::inner_product(a.begin(), a.end(), b.begin(), 0.0);
}

/// y += factor x
void add_multiple(double factor, const Vector& x, Vector& y) {
    for (std::size_t i = 0; i < y.size(); ++i) y[i] += factor * x[i];
}

/// Returns the length that x had.
double normalize(Vector& x) {
    const double length = std::sqrt(dot(x, x));
    if (length > 0) {
        for (double& value : x) value /= length;
    }
    return length;
}

/// Neither drawn nor regular: the fractions of the multiples of the golden ratio. No eigenvector that matters is
/// orthogonal to it but by malice.
Vector scattered(std::size_t size) {
    Vector x(size);
    for (std::size_t i = 0; i < size; ++i) {
        const double multiple = static_cast<double>(i + 1) * 0.6180339887498949;
        x[i] = multiple - std::floor(multiple) - 0.37;
    }
    normalize(x);
    return x;
}

/// A symmetric tridiagonal matrix: what Lanczos' method makes of a large one.
struct Tridiagonal {
    Vector diagonal, beside;  ///< beside[i] joins i and i + 1; one value less

    std::size_t size() const { return diagonal.size(); }

    /// Largest sum of |values| in a row: no eigenvalue is larger.
    double bound() const {
        double most = 0;
        for (std::size_t i = 0; i < size(); ++i) {
            const double before = i > 0 ? std::abs(beside[i - 1]) : 0;
            const double after = i + 1 < size() ? std::abs(beside[i]) : 0;
            most = std::max(most, std::abs(diagonal[i]) + before + after);
        }
        return most;
    }

    /// Whether all eigenvalues are above x (Sturm): then so are all pivots of T - x.
    bool all_above(double x) const {
        double pivot = 1;
        for (std::size_t i = 0; i < size(); ++i) {
            const double before = i > 0 ? beside[i - 1] : 0;
            pivot = diagonal[i] - x - before * before / pivot;
            if (!(pivot > 0)) return false;
        }
        return true;
    }

    /// Solves (T - x) y = right, x below all eigenvalues, so that no pivot is in danger.
    Vector solve(double x, Vector right) const {
        Vector pivots(size());
        for (std::size_t i = 0; i < size(); ++i) {
            const double factor = i > 0 ? beside[i - 1] / pivots[i - 1] : 0;
            pivots[i] = diagonal[i] - x - (i > 0 ? factor * beside[i - 1] : 0);
            if (i > 0) right[i] -= factor * right[i - 1];
        }
        for (std::size_t i = size(); i-- > 0;)
            right[i] = (right[i] - (i + 1 < size() ? beside[i] * right[i + 1] : 0)) / pivots[i];
        return right;
    }

    /// The least eigenvalue, by bisection down to rounding, and its vector, by inverse iteration.
    std::pair<double, Vector> least() const {
        const double width = bound(), rounding = 4 * std::numeric_limits<double>::epsilon() * width;
        Vector y = scattered(size());
        if (width == 0) return {0, y};
        double below = -width - rounding, above = width;
        while (above - below > rounding) {
            const double middle = below + (above - below) / 2;
            (all_above(middle) ? below : above) = middle;
        }
        for (int i = 0; i < 4; ++i) {
            y = solve(below - 16 * rounding, y);
            normalize(y);
        }
        return {below, y};
    }
};

/// One run of Lanczos' method: an orthonormal basis that begins at a start vector and in which A is tridiagonal.
class Lanczos {
public:
    Lanczos(const SymmetricMap& matrix, Vector start) : matrix_(matrix) { basis_.push_back(std::move(start)); }

    /// Adds a vector to the basis; false: nothing is left outside of it.
    bool step() {
        const Vector& last = basis_.back();
        Vector next(matrix_.size);
        matrix_.apply(last, next);
        tridiagonal_.diagonal.push_back(dot(last, next));
        // Twice is enough (Kahan).
        for (int pass = 0; pass < 2; ++pass) {
            for (const Vector& old : basis_) add_multiple(-dot(old, next), old, next);
        }
        beside_ = normalize(next);
        const double rounding = std::numeric_limits<double>::epsilon() * static_cast<double>(matrix_.size);
        if (basis_.size() == matrix_.size || beside_ <= rounding * tridiagonal_.bound()) return false;
        tridiagonal_.beside.push_back(beside_);
        basis_.push_back(std::move(next));
        return true;
    }

    /// The best approximation so far, and how far it is from being an eigenvector.
    Eigenpair best() const {
        Tridiagonal done = tridiagonal_;
        done.beside.resize(done.size() - 1);
        const auto [value, y] = done.least();
        Eigenpair pair{value, Vector(matrix_.size), 0};
        for (std::size_t i = 0; i < y.size(); ++i) add_multiple(y[i], basis_[i], pair.vector);
        normalize(pair.vector);
        Vector difference(matrix_.size);
        matrix_.apply(pair.vector, difference);
        add_multiple(-pair.value, pair.vector, difference);
        pair.residual = std::sqrt(dot(difference, difference));
        return pair;
    }

    double bound() const { return tridiagonal_.bound(); }

private:
    const SymmetricMap& matrix_;
    std::vector<Vector> basis_;
    Tridiagonal tridiagonal_;
    double beside_ = 0;
};

}  // namespace

std::optional<double> critical_delay(double mu) {
    if (!(mu < -1)) return std::nullopt;
    return std::acos(1 / mu) / std::sqrt(mu * mu - 1);
}

double decay_rate(double mu, double delay) {
    assert(mu > 0 && mu < 1 && delay >= 0);
    // lambda + 1 - mu exp(-lambda delay) rises from below 0 at -1 to 1 - mu at 0.
    double low = -1, high = 0;
    for (int i = 0; i < 100; ++i) {
        const double middle = (low + high) / 2;
        (middle + 1 < mu * std::exp(-middle * delay) ? low : high) = middle;
    }
    return -high;
}

Eigenpair least_eigenpair(const SymmetricMap& matrix, double tolerance) {
    assert(matrix.size > 0);
    constexpr int restarts = 50, longest = 160, look_every = 20;
    Vector start = scattered(matrix.size);
    double residual = 0;
    for (int restart = 0; restart < restarts; ++restart) {
        Lanczos lanczos(matrix, start);
        for (int step = 1; step <= longest; ++step) {
            const bool more = lanczos.step();
            if (more && step % look_every != 0) continue;
            Eigenpair pair = lanczos.best();
            residual = pair.residual;
            if (residual <= tolerance * lanczos.bound()) return pair;
            start = std::move(pair.vector);
            if (!more) break;
        }
    }
    throw runtime_failure("least eigenvalue",
                          "Lanczos' method does not converge: the residual is still " + std::to_string(residual));
}

UnsaturatedBlock::UnsaturatedBlock(const ContinuousNetwork& network, const RateStates& states, int presentation) {
    assert(network.stuck.empty());
    const Wiring& wiring = network.wiring;
    std::vector<std::vector<std::size_t>> unsaturated(static_cast<std::size_t>(wiring.populations()));
    for (const int p : wiring.unclamped()) {
        const auto s = states.of(p, presentation);
        for (std::size_t i = 0; i < s.size(); ++i) {
            if (s[i] > 0 && s[i] < 1) unsaturated[static_cast<std::size_t>(p)].push_back(i);
        }
    }
    for (const auto& neurons : unsaturated) sizes.push_back(neurons.size());
    for (int number = 0; number < static_cast<int>(wiring.pathways().size()); ++number) {
        const Pathway& pathway = wiring.pathway(number);
        if (!pathway.transposed && pathway.source != wiring.input())
            parts.push_back(part_of(network, number, unsaturated[static_cast<std::size_t>(pathway.source)],
                                    unsaturated[static_cast<std::size_t>(pathway.target)]));
    }
}

UnsaturatedBlock::Part UnsaturatedBlock::part_of(const ContinuousNetwork& network, int number,
                                                 const std::vector<std::size_t>& from,
                                                 const std::vector<std::size_t>& to) {
    const Pathway& pathway = network.wiring.pathway(number);
    Part part{static_cast<std::size_t>(pathway.source), static_cast<std::size_t>(pathway.target), {}, {}};
    const std::vector<double>& all = network.weights[static_cast<std::size_t>(number)];
    const RateLinks& links = network.links[static_cast<std::size_t>(number)];
    const auto columns = static_cast<std::size_t>(network.wiring.size(pathway.target));
    const bool lateral = part.pre == part.post;
    if (links.dense() && !lateral) {
        for (const std::size_t i : from) {
            for (const std::size_t j : to) part.weights.push_back(all[i * columns + j]);
        }
        return part;
    }
    constexpr std::size_t saturated = std::numeric_limits<std::size_t>::max();
    std::vector<std::size_t> place(columns, saturated);
    for (std::size_t j = 0; j < to.size(); ++j) place[to[j]] = j;
    for (std::size_t i = 0; i < from.size(); ++i) {
        const auto add = [&](std::size_t j, double weight) {
            if (place[j] != saturated && (!lateral || place[j] > i)) part.links.push_back({i, place[j], weight});
        };
        for (std::size_t j = 0; links.dense() && j < columns; ++j) add(j, all[from[i] * columns + j]);
        if (links.dense()) continue;
        for (std::int64_t k = links.first[from[i]]; k < links.first[from[i] + 1]; ++k)
            add(static_cast<std::size_t>(links.target[static_cast<std::size_t>(k)]),
                links.weight[static_cast<std::size_t>(k)]);
    }
    return part;
}

std::size_t UnsaturatedBlock::unsaturated() const {
    return std::accumulate(sizes.begin(), sizes.end(), std::size_t{0});
}

SymmetricMap UnsaturatedBlock::map() const& {
    const std::size_t size = unsaturated();
    std::vector<std::size_t> first(sizes.size());
    std::exclusive_scan(sizes.begin(), sizes.end(), first.begin(), std::size_t{0});
    return {size, [this, first](std::span<const double> in, std::span<double> out) {
                std::fill(out.begin(), out.end(), 0.0);
                for (const Part& part : parts) {
                    const std::size_t pre = first[part.pre], post = first[part.post], columns = sizes[part.post];
                    for (const RateLink& link : part.links) {
                        out[pre + link.pre] += link.weight * in[post + link.post];
                        out[post + link.post] += link.weight * in[pre + link.pre];
                    }
                    if (part.weights.empty()) continue;
                    const double* w = part.weights.data();
                    for (std::size_t i = pre; i < pre + sizes[part.pre]; ++i, w += columns) {
                        double sum = 0;
                        for (std::size_t j = 0; j < columns; ++j) {
                            sum += w[j] * in[post + j];
                            out[post + j] += w[j] * in[i];
                        }
                        out[i] += sum;
                    }
                }
            }};
}

}  // namespace settle
