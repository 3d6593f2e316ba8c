// Which of the sources of a block of ticks say the same at most of them: their rows of weights are added once for all
// ticks, and what they say otherwise is an exception.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace settle {

/// Half of the active pixels of a digit are white, or nearly so, and fire at (nearly) every tick.
class SteadySources {
public:
    /// Ticks that come one after the other in order(), each with so many exceptions.
    struct Run {
        std::int32_t exceptions, ticks;
    };

    /// Bit k of tick i (bits + i * words) belongs to source active[k]; bits beyond those are 0. A source with at most
    /// `few` exceptions counts as steady. What has been found before is forgotten; `active` is needed no longer.
    void find(std::span<const std::int32_t> active, const std::uint64_t* bits, std::ptrdiff_t words, int ticks,
              int few);

    /// Steady sources: the first on() of them fire at most ticks, the others at few.
    std::span<const std::int32_t> steady() const { return steady_; }
    std::size_t on() const { return on_; }
    /// All ticks of the block, those with as many exceptions side by side, so that a loop over the exceptions of one is
    /// as long as the one before.
    std::span<const std::int32_t> order() const { return order_; }
    std::span<const Run> runs() const { return runs_; }
    /// Tick after tick in that order: the place in steady() of a source that does not do what it does at most ticks.
    std::span<const std::int32_t> exceptions() const { return exceptions_; }
    /// All others, in their order: bit k of tick i, bits() + i * words(), belongs to varying()[k].
    std::span<const std::int32_t> varying() const { return varying_; }
    const std::uint64_t* bits() const { return rows_.data(); }
    std::ptrdiff_t words() const { return words_; }

private:
    /// Of 64 sources, a bit each.
    struct Kinds {
        std::uint64_t steady = 0;  ///< they fire at most ticks, or at few
        std::uint64_t on = 0;      ///< of them, those that fire at most
        std::uint64_t varying = 0;
    };

    static Kinds kinds_of(const std::uint64_t* bits, std::ptrdiff_t words, int ticks, int few);
    static std::uint64_t exceptions_in(Kinds kinds, std::uint64_t said);
    void list(std::span<const std::int32_t> active);
    void order_ticks(const std::uint64_t* bits, std::ptrdiff_t words, int ticks);
    void keep_exceptions(const std::uint64_t* bits, std::ptrdiff_t words);
    void gather_varying(const std::uint64_t* bits, std::ptrdiff_t words, int ticks);

    std::vector<Kinds> kinds_;  ///< by word
    std::vector<std::int32_t> steady_, varying_, order_, exceptions_;
    std::vector<std::int32_t> places_;  ///< in steady_, by the number of a bit
    std::vector<std::int32_t> counts_, firsts_;
    std::vector<Run> runs_;
    std::vector<std::uint64_t> rows_;
    std::size_t on_ = 0;
    std::ptrdiff_t words_ = 0;
};

}  // namespace settle
