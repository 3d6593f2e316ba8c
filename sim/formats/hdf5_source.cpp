#include "sim/formats/hdf5_source.hpp"

#include <fmt/format.h>
#include <hdf5.h>

#include <algorithm>
#include <array>
#include <filesystem>

#include "sim/formats/shell_words.hpp"

namespace settle {

namespace fs = std::filesystem;

namespace {

// The most that deflate shrinks anything; a compressed data set that claims more is damaged. Others (zstd,
// scale-offset) go further with data that are all the same.
constexpr hsize_t largest_deflation = 1032;
constexpr hsize_t largest_compression = 1 << 20;

/// Virtual data sets of virtual data sets: more of them is a ring.
constexpr int deepest = 16;

/// For opening: files that links and virtual data sets lead to need no lock either.
Hdf5Handle access_of_links() {
    const Hdf5Handle file(H5Pcreate(H5P_FILE_ACCESS), H5Pclose);
    H5Pset_file_locking(file.id(), false, true);
    Hdf5Handle access(H5Pcreate(H5P_DATASET_ACCESS), H5Pclose);
    H5Pset_elink_fapl(access.id(), file.id());
    return access;
}

/// The file that an object is in, which a link may have led to.
std::string file_of(hid_t object) {
    const ssize_t length = H5Fget_name(object, nullptr, 0);
    if (length <= 0) return "";
    std::string name(static_cast<std::size_t>(length) + 1, '\0');
    H5Fget_name(object, name.data(), name.size());
    name.pop_back();
    return name;
}

/// A file that `linking` names. As the library does, an absolute path that is not there is tried in its folder, too:
/// files that were moved together stay together.
std::string beside(const std::string& linking, const std::string& named) {
    const fs::path folder = fs::path(linking).parent_path(), path = named;
    std::error_code failure;
    if (path.is_absolute() && !fs::exists(path, failure) && fs::exists(folder / path.filename(), failure))
        return (folder / path.filename()).string();
    return (path.is_absolute() ? path : folder / path).string();
}

/// What is wrong with the first link on the way to `name` that leads nowhere, `why` as the library has it; "" if none
/// does.
std::string broken_link(hid_t file, const std::string& path, const std::string& name, const std::string& why) {
    for (std::size_t end = name.find('/', 1);; end = name.find('/', end + 1)) {
        const std::string part = name.substr(0, end);
        H5L_info_t link;
        if (H5Lget_info(file, part.c_str(), &link, H5P_DEFAULT) < 0) return "";
        if (link.type == H5L_TYPE_SOFT && H5Oexists_by_name(file, part.c_str(), H5P_DEFAULT) <= 0) {
            std::vector<char> target(link.u.val_size + 1);
            H5Lget_val(file, part.c_str(), target.data(), link.u.val_size, H5P_DEFAULT);
            return fmt::format("is a link to {}, which is not there", target.data());
        }
        if (link.type == H5L_TYPE_EXTERNAL) {
            std::vector<char> value(link.u.val_size + 1);
            const char *other = nullptr, *inside = nullptr;
            unsigned flags = 0;
            H5Lget_val(file, part.c_str(), value.data(), link.u.val_size, H5P_DEFAULT);
            if (H5Lunpack_elink_val(value.data(), link.u.val_size, &flags, &other, &inside) < 0) return "";
            const std::string target = beside(path, other);
            std::error_code failure;
            if (!fs::exists(target, failure))
                return fmt::format("is a link to {} of {}, which is not there", inside, target);
            const Hdf5Handle access(H5Pcreate(H5P_FILE_ACCESS), H5Pclose);
            H5Pset_file_locking(access.id(), false, true);
            if (!Hdf5Handle(H5Fopen(target.c_str(), H5F_ACC_RDONLY, access.id()), H5Fclose).valid())
                return fmt::format("is a link to {} of {}, which cannot be read{}", inside, target, hdf5_reason());
            return fmt::format("is a link to {} of {}, where it cannot be opened{}", inside, target, why);
        }
        if (end == std::string::npos) return "";
    }
}

/// "lzf" for the number of a filter; its number where it has no name.
std::string filter_text(H5Z_filter_t filter, const char* name) {
    return *name != '\0' ? fmt::format("{} ({})", name, filter) : fmt::format("number {}", filter);
}

/// Goes through the files of a data set.
class Sources {
public:
    Sources(std::string path, std::string name) : path_(std::move(path)), name_(std::move(name)) {}

    /// Adds what `dataset` is stored in.
    void add(hid_t dataset, int depth) {
        if (depth > deepest)
            throw input_error(path_, name_, "is made of virtual data sets in a ring", "stored numbers");
        const Hdf5Handle plan(H5Dget_create_plist(dataset), H5Pclose);
        if (!plan.valid()) throw damaged_hdf5(path_, name_, "has no readable layout" + hdf5_reason());
        if (H5Pget_external_count(plan.id()) > 0)
            throw input_error(path_, name_, "is stored in other files, as raw bytes",
                              "a data set stored in HDF5 files");
        const std::string file = file_of(dataset);
        if (std::find(files_.begin(), files_.end(), file) == files_.end()) files_.push_back(file);
        if (H5Pget_layout(plan.id()) == H5D_VIRTUAL) {
            add_virtual(dataset, plan.id(), file, depth);
        } else {
            check_storage(dataset, plan.id(), file);
        }
    }

    const std::vector<std::string>& files() const { return files_; }

private:
    /// " in FILE" where that is another one than the reader's.
    std::string in_file(const std::string& file) const { return file == path_ ? "" : " in " + file; }

    /// The items must have been written, in the file that holds them, whose size is the bound of everything.
    void check_storage(hid_t dataset, hid_t plan, const std::string& file) {
        const hsize_t factor = check_filters(plan, file);
        const Hdf5Handle space(H5Dget_space(dataset), H5Sclose), type(H5Dget_type(dataset), H5Tclose);
        const Hdf5Handle owner(H5Iget_file_id(dataset), H5Fclose);
        const hssize_t items = H5Sget_simple_extent_npoints(space.id());
        hsize_t file_bytes = 0, needed = 0;
        H5Fget_filesize(owner.id(), &file_bytes);
        const hsize_t stored = H5Dget_storage_size(dataset);
        const bool fits = items >= 0 && !__builtin_mul_overflow(static_cast<hsize_t>(items),
                                                                static_cast<hsize_t>(H5Tget_size(type.id())), &needed);
        if (fits && stored <= file_bytes && needed / factor <= stored) return;
        throw damaged_hdf5(path_, name_,
                           fmt::format("claims {} numbers ({} bytes), but the file of {} bytes holds {} of them{}",
                                       items, needed, file_bytes, stored, in_file(file)));
    }

    /// How much the filters of a data set may shrink it.
    hsize_t check_filters(hid_t plan, const std::string& file) {
        hsize_t factor = 1;
        for (int i = 0; i < std::max(H5Pget_nfilters(plan), 0); ++i) {
            std::size_t values = 0;
            unsigned flags = 0;
            std::array<char, 64> name{};
            const H5Z_filter_t filter = H5Pget_filter2(plan, static_cast<unsigned>(i), &flags, &values, nullptr,
                                                       name.size(), name.data(), nullptr);
            name.back() = '\0';
            if (filter < 0) throw damaged_hdf5(path_, name_, "has no readable filters" + hdf5_reason());
            if (H5Zfilter_avail(filter) <= 0) throw missing_filter(filter_text(filter, name.data()), file);
            const bool plain = filter == H5Z_FILTER_SHUFFLE || filter == H5Z_FILTER_FLETCHER32;
            if (!plain)
                factor = std::max(factor, filter == H5Z_FILTER_DEFLATE ? largest_deflation : largest_compression);
        }
        // As it always was: with a filter of whatever kind.
        return factor == 1 && H5Pget_nfilters(plan) > 0 ? largest_deflation : factor;
    }

    Error missing_filter(const std::string& filter, const std::string& file) const {
        const std::string script =
            "import sys, h5py; a, b = h5py.File(sys.argv[1]), h5py.File(sys.argv[2], \"w\"); "
            "a.visititems(lambda n, d: b.create_dataset(n, data=d[()]) and None if isinstance(d, h5py.Dataset) else "
            "None)";
        return input_error(
            path_, name_, fmt::format("is compressed with the filter {}, which is not there{}", filter, in_file(file)),
            fmt::format(
                "gzip or no compression: write the file anew with python3 -c '{0}' {1} NEW.h5 (import hdf5plugin, "
                "too, for a filter of that package), or with h5repack -f GZIP=4 {1} NEW.h5 where HDF5's plugins "
                "have the filter",
                script, shell_quoted(file)));
    }

    void add_virtual(hid_t dataset, hid_t plan, const std::string& file, int depth) {
        std::size_t count = 0;
        if (H5Pget_virtual_count(plan, &count) < 0) throw damaged_hdf5(path_, name_, "has no readable sources");
        hsize_t covered = 0;
        bool unlimited = false;
        for (std::size_t i = 0; i < count; ++i) {
            const Hdf5Handle target(H5Pget_virtual_vspace(plan, i), H5Sclose);
            const hssize_t points = H5Sget_select_npoints(target.id());
            unlimited = unlimited || points < 0;
            if (points >= 0) covered += static_cast<hsize_t>(points);
            add_source(dataset, text_of(plan, i, H5Pget_virtual_filename), text_of(plan, i, H5Pget_virtual_dsetname),
                       file, depth);
        }
        const Hdf5Handle space(H5Dget_space(dataset), H5Sclose);
        const hssize_t items = H5Sget_simple_extent_npoints(space.id());
        if (unlimited || items < 0 || covered >= static_cast<hsize_t>(items)) return;
        throw input_error(path_, name_,
                          fmt::format("is a virtual data set whose sources hold {} of its {} numbers{}", covered, items,
                                      in_file(file)),
                          "sources for all of them");
    }

    using GetText = ssize_t (*)(hid_t, std::size_t, char*, std::size_t);
    std::string text_of(hid_t plan, std::size_t index, GetText get) const {
        const ssize_t length = get(plan, index, nullptr, 0);
        if (length < 0) throw damaged_hdf5(path_, name_, "has no readable sources");
        std::string text(static_cast<std::size_t>(length) + 1, '\0');
        get(plan, index, text.data(), text.size());
        text.pop_back();
        if (text.find("%b") != std::string::npos)
            throw input_error(path_, name_, "is a virtual data set of numbered sources: " + text, "sources by name");
        for (std::size_t at = 0; (at = text.find("%%", at)) != std::string::npos; ++at) text.erase(at, 1);
        return text;
    }

    void add_source(hid_t dataset, const std::string& named, const std::string& inside, const std::string& file,
                    int depth) {
        if (named == ".") {
            const Hdf5Handle owner(H5Iget_file_id(dataset), H5Fclose);
            return add(open_source(owner.id(), file, inside).id(), depth + 1);
        }
        const std::string other = beside(file, named);
        std::error_code failure;
        if (!fs::exists(other, failure)) {
            throw input_error(path_, name_, fmt::format("takes {} from {}, which is not there", inside, other),
                              "the files that a virtual data set is made of, beside it");
        }
        const Hdf5Handle access(H5Pcreate(H5P_FILE_ACCESS), H5Pclose);
        H5Pset_file_locking(access.id(), false, true);
        const Hdf5Handle opened(H5Fopen(other.c_str(), H5F_ACC_RDONLY, access.id()), H5Fclose);
        if (!opened.valid())
            throw damaged_hdf5(path_, name_,
                               "takes " + inside + " from " + other + ", which cannot be read" + hdf5_reason());
        add(open_source(opened.id(), other, inside).id(), depth + 1);
    }

    Hdf5Handle open_source(hid_t file, const std::string& path, const std::string& inside) const {
        const Hdf5Handle access = access_of_links();
        Hdf5Handle source(H5Dopen2(file, inside.c_str(), access.id()), H5Dclose);
        if (source.valid()) return source;
        throw input_error(path_, name_, fmt::format("takes {} from {}, where there is no such data set", inside, path),
                          "the files that a virtual data set is made of, beside it");
    }

    const std::string path_, name_;
    std::vector<std::string> files_;
};

}  // namespace

Hdf5Handle open_hdf5_dataset(hid_t file, const std::string& path, const std::string& name) {
    const Hdf5Handle access = access_of_links();
    Hdf5Handle dataset(H5Dopen2(file, name.c_str(), access.id()), H5Dclose);
    if (dataset.valid()) return dataset;
    const std::string why = hdf5_reason(), link = broken_link(file, path, name, why);
    if (!link.empty()) throw input_error(path, name, link, "that file, with that data set, where the link says");
    if (Hdf5Handle(H5Gopen2(file, name.c_str(), access.id()), H5Gclose).valid())
        throw input_error(path, name, "is a group", "a data set of this name");
    throw damaged_hdf5(path, name, "cannot be opened as a data set" + why);
}

std::vector<std::string> checked_sources(hid_t dataset, const std::string& path, const std::string& name) {
    Sources sources(path, name);
    sources.add(dataset, 0);
    return sources.files();
}

}  // namespace settle
