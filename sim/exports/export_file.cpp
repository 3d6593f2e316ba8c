#include "sim/exports/export_file.hpp"

#include <cerrno>
#include <cstdio>
#include <utility>

#include "core/error.hpp"
#include "sim/formats/whole_file.hpp"

namespace settle {

ExportFile::ExportFile(std::string path)
    : path_(std::move(path)), part_(path_ + ".part"), out_(part_, std::ios::binary | std::ios::trunc) {
    if (!out_) fail();
}

ExportFile::~ExportFile() {
    if (finished_) return;
    out_.close();
    std::remove(part_.c_str());
}

void ExportFile::fail() const {
    throw runtime_failure(path_, "cannot be written: " + system_reason(errno), "a place with room for it");
}

void ExportFile::write(std::string_view text) {
    out_.write(text.data(), static_cast<std::streamsize>(text.size()));
    if (!out_) fail();
    size_ += static_cast<std::int64_t>(text.size());
}

void ExportFile::overwrite(std::int64_t offset, std::string_view text) {
    out_.seekp(offset);
    out_.write(text.data(), static_cast<std::streamsize>(text.size()));
    out_.seekp(0, std::ios::end);
    if (!out_) fail();
}

void ExportFile::finish() {
    out_.close();
    if (!out_ || std::rename(part_.c_str(), path_.c_str()) != 0) fail();
    finished_ = true;
}

}  // namespace settle
