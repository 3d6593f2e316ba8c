#include "tools/settle/progress.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>

namespace settle {

namespace {

bool has_content(const char* variable) {
    const char* value = std::getenv(variable);
    return value != nullptr && *value != '\0';
}

std::string clock_text(double seconds) {
    const auto whole = static_cast<long>(seconds + 0.5);
    if (whole >= 3600) return fmt::format("{}:{:02}:{:02}", whole / 3600, whole / 60 % 60, whole % 60);
    return fmt::format("{}:{:02}", whole / 60, whole % 60);
}

}  // namespace

ProgressLine::ProgressLine(bool wanted)
    : enabled_(wanted && isatty(STDERR_FILENO) != 0), colour_(!has_content("NO_COLOR")) {}

bool ProgressLine::due() {
    if (!enabled_) return false;
    const auto now = std::chrono::steady_clock::now();
    if (shown_ && now - last_ < std::chrono::milliseconds(100)) return false;
    last_ = now;
    shown_ = true;
    return true;
}

void ProgressLine::write(const std::string& line) {
    std::fputs(("\r\033[K" + (colour_ ? "\033[2m" + line + "\033[0m" : line)).c_str(), stderr);
    std::fflush(stderr);
}

void ProgressLine::show(const BatchProgress& progress) {
    if (!due()) return;
    const double rate = progress.seconds > 0 ? progress.work / progress.seconds : 0;
    const std::string left = rate > 0 ? clock_text((progress.all - progress.work) / rate) + " left" : "";
    write(fmt::format("{} of {} runs  {:.0f} %  {}", progress.done, progress.all,
                      100 * progress.work / std::max(1, progress.all), left));
}

void ProgressLine::show(const Progress& progress) {
    if (!due()) return;
    const double rate = progress.seconds > 0 ? static_cast<double>(progress.done) / progress.seconds : 0;
    const double left = rate > 0 ? static_cast<double>(progress.all - progress.done) / rate : 0;
    const std::string line = fmt::format("epoch {}/{}  {} {:3.0f} %  {:.0f} presentations/s  error {:.2f} %  {} left",
                                         progress.epoch, progress.epochs, progress.activity,
                                         100.0 * static_cast<double>(progress.done) / static_cast<double>(progress.all),
                                         rate, 100 * progress.error, clock_text(left));
    write(line);
}

void ProgressLine::clear() {
    if (shown_) std::fputs("\r\033[K", stderr);
    shown_ = false;
}

}  // namespace settle
