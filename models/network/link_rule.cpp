#include "models/network/link_rule.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <utility>

#include "core/draw.hpp"
#include "models/network/drawn_links.hpp"

namespace settle {

namespace {

using Pairs = std::pair<std::vector<std::int32_t>, std::vector<std::int32_t>>;

/// From `first` up to `end`.
struct Range {
    int first = 0, end = 0;

    int size() const { return end - first; }
};

/// For every place along one axis of `here` places, the places along the same axis of `there` that are within the
/// radius. In integers: |(2a + 1) there - (2b + 1) here| max(here, there) <= 2 here there radius.
std::vector<Range> near_places(std::int64_t here, std::int64_t there, std::int64_t radius) {
    const std::int64_t most = 2 * std::min(here, there) * radius;
    std::vector<Range> ranges(static_cast<std::size_t>(here));
    std::int64_t first = 0, end = 0;
    for (std::int64_t a = 0; a < here; ++a) {
        const std::int64_t place = (2 * a + 1) * there;
        while (first < there && (2 * first + 1) * here < place - most) ++first;
        while (end < there && (2 * end + 1) * here <= place + most) ++end;
        ranges[static_cast<std::size_t>(a)] = {static_cast<int>(first), static_cast<int>(std::max(first, end))};
    }
    return ranges;
}

double count_of(const WithinRadius& rule, const PopulationSpec& pre, const PopulationSpec& post, bool lateral) {
    const auto joined = [&](std::size_t axis) {
        double sum = 0;
        for (const Range& range : near_places(pre.shape[axis], post.shape[axis], rule.radius)) sum += range.size();
        return sum;
    };
    const double all = static_cast<double>(pre.shape[0]) * post.shape[0] * joined(1) * joined(2);
    return lateral ? (all - pre.size()) / 2 : all;
}

double count_of(const FanIn& rule, const PopulationSpec& /*pre*/, const PopulationSpec& post, bool /*lateral*/) {
    return static_cast<double>(rule.sources) * post.size();
}

double count_of(const WithProbability& rule, const PopulationSpec& pre, const PopulationSpec& post, bool lateral) {
    const double n = pre.size();
    return rule.probability * (lateral ? n * (n - 1) / 2 : n * post.size());
}

/// What draws are keyed by, and who may end them.
struct Drawing {
    std::uint64_t seed;
    int projection;
    const StopCheck& stop;

    Stream stream() const { return {seed, Purpose::link, static_cast<std::uint64_t>(projection)}; }
};

/// Room for so many and, of those that are drawn, a few more: growing would take twice as much.
void reserve(Pairs& pairs, double expected) {
    const auto room = static_cast<std::size_t>(std::min(expected + 4 * std::sqrt(expected), 0x1p31));
    pairs.first.reserve(room);
    pairs.second.reserve(room);
}

Pairs pairs_of(const WithinRadius& rule, const PopulationSpec& pre, const PopulationSpec& post, bool lateral,
               const Drawing& /*drawing*/) {
    assert(pre.shape.size() == 3 && post.shape.size() == 3);
    const std::vector<Range> rows = near_places(pre.shape[1], post.shape[1], rule.radius);
    const std::vector<Range> columns = near_places(pre.shape[2], post.shape[2], rule.radius);
    Pairs pairs;
    reserve(pairs, count_of(rule, pre, post, lateral));
    std::int32_t source = 0;
    for (int c = 0; c < pre.shape[0]; ++c) {
        for (const Range& row : rows) {
            for (const Range& column : columns) {
                for (int d = 0; d < post.shape[0]; ++d) {
                    for (int y = row.first; y < row.end; ++y) {
                        for (int x = column.first; x < column.end; ++x) {
                            const std::int32_t target = (d * post.shape[1] + y) * post.shape[2] + x;
                            if (lateral && target <= source) continue;
                            pairs.first.push_back(source);
                            pairs.second.push_back(target);
                        }
                    }
                }
                ++source;
            }
        }
    }
    return pairs;
}

Pairs pairs_of(const FanIn& rule, const PopulationSpec& pre, const PopulationSpec& post, bool lateral,
               const Drawing& drawing) {
    const int others = pre.size() - (lateral ? 1 : 0);
    assert(rule.sources <= others);
    const Stream stream = drawing.stream();
    std::vector<std::vector<std::int32_t>> heard(lateral ? static_cast<std::size_t>(pre.size()) : 0);
    std::vector<std::int32_t> drawn_for(static_cast<std::size_t>(pre.size()), -1);
    Pairs pairs;
    reserve(pairs, count_of(rule, pre, post, lateral));
    for (std::int32_t target = 0; target < post.size(); ++target) {
        give_up_if(drawing.stop);
        const auto mark = [&](std::int32_t one) -> std::int32_t& { return drawn_for[static_cast<std::size_t>(one)]; };
        // Floyd's way: distinct, with one draw each.
        for (int last = others - rule.sources; last < others; ++last) {
            const auto index = static_cast<std::uint64_t>(target) << 32 | static_cast<std::uint64_t>(last);
            auto one = static_cast<std::int32_t>(stream.below(index, static_cast<std::uint64_t>(last) + 1));
            if (mark(one) == target) one = last;
            mark(one) = target;
            if (!lateral) {
                pairs.first.push_back(one);
                pairs.second.push_back(target);
                continue;
            }
            const std::int32_t other = one < target ? one : one + 1;
            heard[static_cast<std::size_t>(std::min(other, target))].push_back(std::max(other, target));
        }
    }
    for (std::size_t i = 0; i < heard.size(); ++i) {
        std::sort(heard[i].begin(), heard[i].end());
        heard[i].erase(std::unique(heard[i].begin(), heard[i].end()), heard[i].end());
        for (const std::int32_t other : heard[i]) {
            pairs.first.push_back(static_cast<std::int32_t>(i));
            pairs.second.push_back(other);
        }
    }
    return pairs;
}

Pairs pairs_of(const WithProbability& rule, const PopulationSpec& pre, const PopulationSpec& post, bool lateral,
               const Drawing& drawing) {
    const Stream stream = drawing.stream();
    Pairs pairs;
    reserve(pairs, count_of(rule, pre, post, lateral));
    for (std::int32_t i = 0; i < pre.size(); ++i) {
        give_up_if(drawing.stop);
        for (std::int32_t j = lateral ? i + 1 : 0; j < post.size(); ++j) {
            const PhiloxBlock words = stream.block(static_cast<std::uint32_t>(i), static_cast<std::uint32_t>(j));
            if (unit_double(words[0], words[1]) >= rule.probability) continue;
            pairs.first.push_back(i);
            pairs.second.push_back(j);
        }
    }
    return pairs;
}

}  // namespace

double expected_links(const LinkRule& rule, const PopulationSpec& pre, const PopulationSpec& post, bool lateral) {
    return std::visit([&](const auto& one) { return count_of(one, pre, post, lateral); }, rule);
}

std::shared_ptr<const Links> draw_links(const LinkRule& rule, const PopulationSpec& pre, const PopulationSpec& post,
                                        bool lateral, std::uint64_t seed, int projection, const StopCheck& stop) {
    const Drawing drawing{seed, projection, stop};
    const Pairs pairs = std::visit([&](const auto& one) { return pairs_of(one, pre, post, lateral, drawing); }, rule);
    return make_links(pre.size(), post.size(), lateral, pairs.first, pairs.second);
}

std::shared_ptr<const Links> draw_links(const LinkRule& rule, const PopulationSpec& pre, const PopulationSpec& post,
                                        bool lateral, std::uint64_t seed, int projection) {
    return draw_links(rule, pre, post, lateral, seed, projection, nullptr);
}

}  // namespace settle
