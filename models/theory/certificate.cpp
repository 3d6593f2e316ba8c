#include "models/theory/certificate.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>

namespace settle {

namespace {

/// The same links with the absolute values of their weights.
UnsaturatedBlock absolute(UnsaturatedBlock block) {
    for (UnsaturatedBlock::Part& part : block.parts) {
        for (double& weight : part.weights) weight = std::abs(weight);
        for (UnsaturatedBlock::RateLink& link : part.links) link.weight = std::abs(link.weight);
    }
    return block;
}

SymmetricMap negative(const SymmetricMap& map) {
    return {map.size, [&map](std::span<const double> in, std::span<double> out) {
                map.apply(in, out);
                for (double& value : out) value = -value;
            }};
}

double greatest_eigenvalue(const SymmetricMap& map) {
    return -least_eigenpair(negative(map)).value;
}

}  // namespace

Certificate certificate_of(const UnsaturatedBlock& block) {
    Certificate certificate;
    const SymmetricMap map = block.map();
    if (map.size == 0) return certificate;
    certificate.least = least_eigenpair(map).value;
    certificate.greatest = greatest_eigenvalue(map);
    const UnsaturatedBlock magnitudes = absolute(block);
    const SymmetricMap absolute_map = magnitudes.map();
    certificate.absolute_radius = std::max(0.0, greatest_eigenvalue(absolute_map));
    return certificate;
}

namespace {

/// Solves (I - A / r) x = 1 by conjugate gradients: for r above the spectral radius of A that is positive definite.
std::vector<double> resolvent(const SymmetricMap& map, double r) {
    const std::size_t n = map.size;
    std::vector<double> x(n, 0.0), residual(n, 1.0), direction(n, 1.0), product(n);
    double square = static_cast<double>(n);
    const double enough = square * 1e-24;
    for (std::size_t step = 0; step < 10 * n + 100 && square > enough; ++step) {
        map.apply(direction, product);
        double curvature = 0;
        for (std::size_t i = 0; i < n; ++i) {
            product[i] = direction[i] - product[i] / r;
            curvature += direction[i] * product[i];
        }
        const double length = square / curvature;
        double next = 0;
        for (std::size_t i = 0; i < n; ++i) {
            x[i] += length * direction[i];
            residual[i] -= length * product[i];
            next += residual[i] * residual[i];
        }
        for (std::size_t i = 0; i < n; ++i) direction[i] = residual[i] + next / square * direction[i];
        square = next;
    }
    return x;
}

}  // namespace

/// v = (1 + |W| / r + |W|^2 / r^2 + ...) 1 for an r just above the radius: v >= 1 and |W| v < r v, of neurons with
/// links and of others alike. What the radius of the norm really is, is read off v, so that rounding does no harm.
PerronPair perron_pair(const UnsaturatedBlock& block) {
    const UnsaturatedBlock magnitudes = absolute(block);
    const SymmetricMap map = magnitudes.map();
    PerronPair pair{0, std::vector<double>(map.size, 1.0)};
    if (map.size == 0) return pair;
    const double radius = std::max(0.0, greatest_eigenvalue(map));
    if (radius == 0) return pair;
    const double above = radius + 0.01 * (radius < 1 ? std::max(1 - radius, 1e-6) : radius);
    pair.vector = resolvent(map, above);
    std::vector<double> product(map.size);
    map.apply(pair.vector, product);
    for (std::size_t i = 0; i < map.size; ++i) {
        assert(pair.vector[i] > 0);
        pair.radius = std::max(pair.radius, product[i] / pair.vector[i]);
    }
    const double largest = *std::max_element(pair.vector.begin(), pair.vector.end());
    for (double& value : pair.vector) value /= largest;
    return pair;
}

std::optional<double> settling_bound(double radius, double epsilon, double staleness, double error, double tolerance) {
    assert(epsilon > 0 && epsilon <= 1 && staleness >= 0 && tolerance > 0);
    if (!(radius < 1)) return std::nullopt;
    if (error <= tolerance) return 0;
    const double contraction = 1 - epsilon * (1 - radius);
    if (contraction <= 0) return 1 + staleness;
    return (1 + staleness) * std::log(error / tolerance) / std::log(1 / contraction);
}

}  // namespace settle
