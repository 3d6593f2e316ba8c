#include "sim/reports/text_size.hpp"

#include <algorithm>

namespace settle {

namespace {

/// Advance widths of ' ' to '~', in thousandths of the size.
constexpr int ascii_widths[] = {317, 400, 459, 837, 636, 950, 779, 274, 390, 390, 500, 837, 317, 360, 317, 336,
                                636, 636, 636, 636, 636, 636, 636, 636, 636, 636, 336, 336, 837, 837, 837, 530,
                                999, 684, 686, 698, 770, 631, 575, 774, 751, 294, 294, 655, 557, 862, 748, 787,
                                603, 787, 694, 634, 610, 731, 684, 988, 685, 610, 685, 390, 336, 390, 837, 500,
                                500, 612, 634, 549, 634, 615, 352, 634, 633, 277, 277, 579, 277, 974, 633, 611,
                                634, 634, 411, 520, 392, 633, 591, 817, 591, 591, 524, 636, 336, 636, 837};

/// Bytes of the character that begins at `at`; 1 for a byte that begins none.
std::size_t character_bytes(std::string_view text, std::size_t at) {
    const auto byte = static_cast<unsigned char>(text[at]);
    const std::size_t bytes = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1;
    return std::min(bytes, text.size() - at);
}

double character_width(std::string_view character) {
    const auto byte = static_cast<unsigned char>(character[0]);
    if (byte >= 0x20 && byte < 0x7f) return ascii_widths[byte - 0x20] / 1000.0;
    if (character >= "⁰" && character <= "⁾") return 0.55;  // raised
    // Latin, Greek and signs are at most as wide as m, what comes after U+2DFF is as wide as high.
    return character.size() < 3 ? 0.84 : byte >= 0xe2 ? 1.0 : 0.9;
}

/// Not within a number.
bool breaks_before(std::string_view text, std::size_t at) {
    const bool number = at < text.size() && text[at] >= '0' && text[at] <= '9';
    return std::string_view(number ? " /_=" : " ,/._=").find(text[at - 1]) != std::string_view::npos;
}

std::string trimmed(std::string_view text) {
    const std::size_t begin = text.find_first_not_of(' '), end = text.find_last_not_of(' ');
    return begin == std::string_view::npos ? "" : std::string(text.substr(begin, end - begin + 1));
}

}  // namespace

double text_width(std::string_view text) {
    double width = 0;
    for (std::size_t at = 0; at < text.size(); at += character_bytes(text, at)) {
        width += character_width(text.substr(at, character_bytes(text, at)));
    }
    return width;
}

std::vector<std::string> wrapped(std::string_view text, double width) {
    std::vector<std::string> lines;
    width = std::max(width, 2.0);
    std::size_t begin = 0, after_break = 0;
    double used = 0;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t bytes = character_bytes(text, at);
        const double wide = character_width(text.substr(at, bytes));
        while (used + wide > width && at > begin && text[at] != ' ') {
            const std::size_t end = after_break > begin ? after_break : at;
            lines.push_back(trimmed(text.substr(begin, end - begin)));
            begin = end;
            used = text_width(text.substr(begin, at - begin));
        }
        used += wide;
        at += bytes;
        if (bytes == 1 && breaks_before(text, at)) after_break = at;
    }
    const std::string last = trimmed(text.substr(begin));
    if (!last.empty() || lines.empty()) lines.push_back(last);
    return lines;
}

}  // namespace settle
