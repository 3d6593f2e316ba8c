// The certificate against asynchronous networks that are simulated message by message, and a schedule that breaks what
// has none.
#include "models/theory/certificate.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "core/draw.hpp"
#include "models/network/network.hpp"

using namespace settle;

namespace {

using Vector = std::vector<double>;

/// A chain 1-n-m whose input says nothing, with these weights between its hidden and its output layer, all at 1/2.
struct TwoLayers {
    TwoLayers(int hidden, int output, const Vector& weights)
        : wiring(chain({1, hidden, output})), network(ideal_network(Network(wiring))), states(wiring.sizes(), 1) {
        for (std::size_t k = 0; k < network.weights.size(); ++k) {
            const Pathway& pathway = wiring.pathway(static_cast<int>(k));
            if (pathway.source == 1 && pathway.target == 2) network.weights[k] = weights;
        }
        std::fill(states.values.begin(), states.values.end(), 0.5);
    }

    UnsaturatedBlock block() const { return {network, states, 0}; }

    Wiring wiring;
    ContinuousNetwork network;
    RateStates states;
};

double norm(const Vector& e, const PerronPair& pair) {
    double most = 0;
    for (std::size_t i = 0; i < e.size(); ++i) most = std::max(most, std::abs(e[i]) / pair.vector[i]);
    return most;
}

/// (n x n) What the map does.
Vector matrix_of(const SymmetricMap& map) {
    Vector matrix(map.size * map.size), unit(map.size), column(map.size);
    for (std::size_t j = 0; j < map.size; ++j) {
        unit[j] = 1;
        map.apply(unit, column);
        unit[j] = 0;
        for (std::size_t i = 0; i < map.size; ++i) matrix[i * map.size + j] = column[i];
    }
    return matrix;
}

/// Neurons that tick when they like, and send their state each time; a message takes some time or is lost, and what has
/// come last is held. Time is counted in steps; a neuron ticks in each step with a chance of its own, at the latest
/// after `longest`.
class LooseNetwork {
public:
    LooseNetwork(Vector matrix, Vector errors, double epsilon, const Stream& stream)
        : matrix_(std::move(matrix)),
          epsilon_(epsilon),
          stream_(stream),
          n_(errors.size()),
          errors_(std::move(errors)),
          held_(n_ * n_),
          held_since_(n_ * n_, 0),
          last_tick_(n_, 0),
          rate_(n_),
          longest_(static_cast<std::int64_t>(1 + 3 * draw())),
          latency_(5 * static_cast<double>(longest_) * draw()),
          loss_(0.5 * draw()) {
        for (std::size_t i = 0; i < n_; ++i) {
            rate_[i] = 0.2 + 0.8 * draw();
            for (std::size_t j = 0; j < n_; ++j) held_[i * n_ + j] = errors_[j];
        }
    }

    void step() {
        ++now_;
        std::erase_if(flying_, [this](const Flying& message) {
            if (message.arrives > now_) return false;
            held_[message.link] = message.value;
            held_since_[message.link] = message.sent;
            return true;
        });
        for (std::size_t i = 0; i < n_; ++i) {
            if (now_ - last_tick_[i] < longest_ && draw() > rate_[i]) continue;
            double sum = 0;
            for (std::size_t j = 0; j < n_; ++j) {
                if (matrix_[i * n_ + j] == 0) continue;
                sum += matrix_[i * n_ + j] * held_[i * n_ + j];
                oldest_ = std::max(oldest_, now_ - held_since_[i * n_ + j]);
            }
            longest_wait_ = std::max(longest_wait_, now_ - last_tick_[i]);
            last_tick_[i] = now_;
            errors_[i] = (1 - epsilon_) * errors_[i] + epsilon_ * sum;
            for (std::size_t k = 0; k < n_; ++k) {
                if (draw() >= loss_)
                    flying_.push_back(
                        {now_ + 1 + static_cast<std::int64_t>(latency_ * draw()), now_, k * n_ + i, errors_[i]});
            }
        }
    }

    const Vector& errors() const { return errors_; }
    std::int64_t now() const { return now_; }
    /// So many steps after a time, everything has been computed from what came after it.
    std::int64_t staleness() const { return oldest_ + longest_wait_ - 1; }

private:
    struct Flying {
        std::int64_t arrives, sent;
        std::size_t link;
        double value;
    };

    double draw() { return stream_.uniform(drawn_++); }

    const Vector matrix_;
    const double epsilon_;
    const Stream stream_;
    std::uint64_t drawn_ = 0;
    const std::size_t n_;
    Vector errors_, held_;
    std::vector<std::int64_t> held_since_, last_tick_;
    Vector rate_;
    const std::int64_t longest_;
    const double latency_, loss_;
    std::vector<Flying> flying_;
    std::int64_t now_ = 0, oldest_ = 0, longest_wait_ = 0;
};

}  // namespace

TEST_CASE("the radii of a network whose spectrum is known") {
    // Two hidden, two output neurons: W W' = 2 a^2, while the absolute values all add up.
    const TwoLayers frustrated(2, 2, {0.6, 0.6, 0.6, -0.6});
    const Certificate certificate = certificate_of(frustrated.block());
    CHECK(certificate.least == doctest::Approx(-0.6 * std::sqrt(2)));
    CHECK(certificate.greatest == doctest::Approx(0.6 * std::sqrt(2)));
    CHECK(certificate.spectral_radius() == doctest::Approx(0.6 * std::sqrt(2)));
    CHECK(certificate.absolute_radius == doctest::Approx(1.2));
    CHECK_FALSE(certificate.certified());
    const TwoLayers weak(2, 2, {0.4, 0.4, 0.4, -0.4});
    CHECK(certificate_of(weak.block()).absolute_radius == doctest::Approx(0.8));
    CHECK(certificate_of(weak.block()).certified());
    const TwoLayers none(2, 2, {0, 0, 0, 0});
    CHECK(certificate_of(none.block()).absolute_radius == 0);
    CHECK(perron_pair(none.block()).vector == Vector(4, 1.0));
}

TEST_CASE(
    "the vector of the norm is positive, also where neurons are not connected, and its radius hardly above the least") {
    const TwoLayers apart(3, 3, {0.5, 0, 0, 0, -0.9, 0, 0, 0, 0});
    const PerronPair pair = perron_pair(apart.block());
    CHECK(pair.radius >= 0.9);
    CHECK(pair.radius <= 0.9 + 0.01 * 0.1 + 1e-12);
    const UnsaturatedBlock block = apart.block();
    const Vector matrix = matrix_of(block.map());
    for (std::size_t i = 0; i < 6; ++i) {
        CHECK(pair.vector[i] > 0);
        double sum = 0;
        for (std::size_t j = 0; j < 6; ++j) sum += std::abs(matrix[i * 6 + j]) * pair.vector[j];
        CHECK(sum <= pair.radius * pair.vector[i] * (1 + 1e-12));
    }
}

TEST_CASE("no schedule of ten thousand takes longer than the bound where the certificate holds") {
    int schedules = 0, violations = 0;
    double nearest = 0;
    for (std::uint64_t number = 0; schedules < 10'000; ++number) {
        const Stream stream(number, Purpose::random_inputs);
        std::uint64_t drawn = 1'000'000'000;
        const auto draw = [&] { return stream.uniform(drawn++); };
        const int hidden = 1 + static_cast<int>(4 * draw()), output = 1 + static_cast<int>(4 * draw());
        Vector weights(static_cast<std::size_t>(hidden) * static_cast<std::size_t>(output));
        for (double& weight : weights) weight = 1.2 * (draw() - 0.5);
        const TwoLayers layers(hidden, output, weights);
        const UnsaturatedBlock block = layers.block();
        const PerronPair pair = perron_pair(block);
        if (pair.radius >= 1) continue;
        ++schedules;
        Vector errors(block.unsaturated());
        for (double& error : errors) error = draw() - 0.5;
        const double epsilon = 0.05 + 0.95 * draw(), from = norm(errors, pair), tolerance = 0.1 * from;
        LooseNetwork network(matrix_of(block.map()), errors, epsilon, stream);
        std::int64_t settled = 0;  // the last step after which it was not
        for (int step = 0; step < 400; ++step) {
            network.step();
            if (norm(network.errors(), pair) > tolerance) settled = network.now();
        }
        const double bound =
            *settling_bound(pair.radius, epsilon, static_cast<double>(network.staleness()), from, tolerance);
        violations += static_cast<double>(settled) > bound;
        nearest = std::max(nearest, static_cast<double>(settled) / bound);
    }
    CHECK(violations == 0);
    // It is not so far away that anything would be below it.
    CHECK(nearest > 0.3);
}

TEST_CASE("a schedule breaks a network that all neurons at once would settle, where the certificate does not hold") {
    const double epsilon = 0.5;
    const TwoLayers layers(2, 2, {0.6, 0.6, 0.6, -0.6});
    const Certificate certificate = certificate_of(layers.block());
    REQUIRE(certificate.spectral_radius() < 1);
    REQUIRE_FALSE(certificate.certified());
    const UnsaturatedBlock block = layers.block();
    const Vector matrix = matrix_of(block.map());
    const auto tick = [&](Vector& e, const Vector& held) {
        const Vector before = e;
        for (std::size_t i = 0; i < 4; ++i) {
            double sum = 0;
            for (std::size_t j = 0; j < 4; ++j) sum += matrix[i * 4 + j] * held[i * 4 + j];
            e[i] = (1 - epsilon) * before[i] + epsilon * sum;
        }
    };
    Vector together(4, 1e-3), held(16);
    for (int t = 0; t < 300; ++t) {
        for (std::size_t i = 0; i < 16; ++i) held[i] = together[i % 4];
        tick(together, held);
    }
    CHECK(norm(together, {1, Vector(4, 1.0)}) < 1e-9);
    // Every neuron is driven up for eight ticks and down for eight, each a quarter of that later than the one before.
    // At the beginning of each half it hears, over every link, what was sent within the last sixteen ticks and drives
    // it most; all other messages are lost.
    constexpr int half = 8;
    const int begins[] = {0, 2 * half / 2, half / 2, 3 * half / 2};
    std::vector<Vector> sent;
    for (int t = 0; t < 2 * half; ++t) {
        Vector e(4);
        for (std::size_t i = 0; i < 4; ++i) e[i] = (t + 2 * half - begins[i]) % (2 * half) < half ? 1e-3 : -1e-3;
        sent.push_back(e);
    }
    Vector broken = sent.back();
    for (int t = 2 * half; t < 600; ++t) {
        for (std::size_t i = 0; i < 4; ++i) {
            const int phase = (t + 2 * half - begins[i]) % half;
            const double wanted = (t + 2 * half - begins[i]) % (2 * half) < half ? 1 : -1;
            for (std::size_t j = 0; phase == 0 && j < 4; ++j) {
                double best = -INFINITY;
                for (std::size_t back = 1; back <= 2 * half; ++back) {
                    const double value = sent[sent.size() - back][j];
                    if (wanted * matrix[i * 4 + j] * value <= best) continue;
                    best = wanted * matrix[i * 4 + j] * value;
                    held[i * 4 + j] = value;
                }
            }
        }
        tick(broken, held);
        sent.push_back(broken);
    }
    CHECK(norm(broken, {1, Vector(4, 1.0)}) > 1);
}
