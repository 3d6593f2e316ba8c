#include "sim/formats/hdf5_file.hpp"

#include <fmt/format.h>
#include <hdf5.h>

#include <algorithm>
#include <cassert>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <limits>
#include <type_traits>
#include <utility>

#include "sim/formats/hdf5_source.hpp"
#include "sim/formats/whole_file.hpp"

namespace settle {

static_assert(std::is_same_v<hid_t, std::int64_t>, "Hdf5Handle keeps the library's identifiers as int64");
static_assert(std::is_same_v<herr_t, int>);

namespace {

/// Before every use, since both settings have surprises as they are. The library tidies up when the program exits,
/// and crashes there once a full disk has made it fail to close a file; our handles tidy up. It prints its errors
/// unless told not to; in its thread-safe build, told by every thread.
void prepare_library() {
    [[maybe_unused]] static const herr_t told_once = H5dont_atexit();
    H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
}

herr_t keep_first(unsigned, const H5E_error2_t* error, void* text) {
    std::string& reason = *static_cast<std::string*>(text);
    if (reason.empty() && error->desc != nullptr) reason = error->desc;
    return 0;
}

hid_t memory_type(Hdf5Type type) {
    switch (type) {
        case Hdf5Type::float64:
            return H5T_NATIVE_DOUBLE;
        case Hdf5Type::float32:
            return H5T_NATIVE_FLOAT;
        case Hdf5Type::int64:
            return H5T_NATIVE_INT64;
        case Hdf5Type::uint64:
            return H5T_NATIVE_UINT64;
        case Hdf5Type::int32:
            return H5T_NATIVE_INT32;
        case Hdf5Type::uint32:
            return H5T_NATIVE_UINT32;
        case Hdf5Type::uint8:
            break;
    }
    return H5T_NATIVE_UINT8;
}

/// Little-endian in the file on every machine.
hid_t file_type(Hdf5Type type) {
    switch (type) {
        case Hdf5Type::float64:
            return H5T_IEEE_F64LE;
        case Hdf5Type::float32:
            return H5T_IEEE_F32LE;
        case Hdf5Type::int64:
            return H5T_STD_I64LE;
        case Hdf5Type::uint64:
            return H5T_STD_U64LE;
        case Hdf5Type::int32:
            return H5T_STD_I32LE;
        case Hdf5Type::uint32:
            return H5T_STD_U32LE;
        case Hdf5Type::uint8:
            break;
    }
    return H5T_STD_U8LE;
}

std::vector<hsize_t> to_extent(std::span<const std::int64_t> shape) {
    std::vector<hsize_t> extent;
    for (const std::int64_t n : shape) extent.push_back(static_cast<hsize_t>(n));
    return extent;
}

[[maybe_unused]] std::int64_t product(std::span<const std::int64_t> shape) {
    std::int64_t items = 1;
    for (const std::int64_t n : shape) items *= n;
    return items;
}

/// The class of plain numbers; an enumeration has that of the integers it names.
Hdf5Class class_of(hid_t type) {
    const H5T_class_t found = H5Tget_class(type);
    if (found == H5T_INTEGER || found == H5T_ENUM) return Hdf5Class::integer;
    return found == H5T_FLOAT ? Hdf5Class::floating : Hdf5Class::other;
}

bool is_signed(hid_t type) {
    if (H5Tget_class(type) != H5T_ENUM) return H5Tget_sign(type) == H5T_SGN_2;
    const Hdf5Handle inner(H5Tget_super(type), H5Tclose);
    return H5Tget_sign(inner.id()) == H5T_SGN_2;
}

/// Fills shape and items; refuses products beyond 63 bits of bytes, which no file holds.
void inspect_space(hid_t dataset, const std::string& path, const std::string& name, Hdf5Info& info) {
    const Hdf5Handle space(H5Dget_space(dataset), H5Sclose);
    const int rank = space.valid() ? H5Sget_simple_extent_ndims(space.id()) : -1;
    if (rank < 0 || H5Sget_simple_extent_type(space.id()) == H5S_NULL) {
        throw damaged_hdf5(path, name, "has no readable shape" + hdf5_reason());
    }
    std::vector<hsize_t> extent(static_cast<std::size_t>(rank));
    if (rank > 0) H5Sget_simple_extent_dims(space.id(), extent.data(), nullptr);
    std::int64_t bytes = std::max(info.item_bytes, 4);  // in the file or in memory, whichever is more
    info.items = 1;
    bool fits = true;
    for (const hsize_t n : extent) {
        const auto length = static_cast<std::int64_t>(n);
        fits = fits && length >= 0 && !__builtin_mul_overflow(bytes, std::max<std::int64_t>(length, 1), &bytes);
        info.shape.push_back(length);
        if (fits) info.items *= length;
    }
    if (!fits) throw damaged_hdf5(path, name, "claims an impossible shape of " + shape_text(info.shape));
}

/// Selects the rows in the file; returns the number of items, and the file's and the memory's selection.
struct Selection {
    std::int64_t items = 0;
    Hdf5Handle file;
    Hdf5Handle memory;
};

Selection select_rows(hid_t dataset, const std::string& path, const std::string& name, const Hdf5Info& info,
                      Hdf5Rows rows) {
    Selection selection;
    selection.items = info.items;
    selection.file = Hdf5Handle(H5Dget_space(dataset), H5Sclose);
    if (!info.shape.empty()) {
        const std::int64_t count = rows.count < 0 ? info.shape[0] - rows.first : rows.count;
        if (rows.first < 0 || count < 0 || rows.first > info.shape[0] - count) {
            throw input_error(path, name, fmt::format("has {} rows", info.shape[0]),
                              fmt::format("at least {}", rows.first + std::max<std::int64_t>(count, 0)));
        }
        if (count == 0 || info.items == 0) return Selection{};
        std::vector<hsize_t> first(info.shape.size(), 0);
        std::vector<hsize_t> extent = to_extent(info.shape);
        first[0] = static_cast<hsize_t>(rows.first);
        extent[0] = static_cast<hsize_t>(count);
        selection.items = info.items / info.shape[0] * count;
        H5Sselect_hyperslab(selection.file.id(), H5S_SELECT_SET, first.data(), nullptr, extent.data(), nullptr);
    }
    const auto items = static_cast<hsize_t>(selection.items);
    selection.memory = Hdf5Handle(H5Screate_simple(1, &items, nullptr), H5Sclose);
    return selection;
}

template <typename T>
std::vector<T> read_rows(hid_t file, const std::string& path, const std::string& name, const Hdf5Info& info,
                         Hdf5Rows rows, Hdf5Type type) {
    const Hdf5Handle dataset = open_hdf5_dataset(file, path, name);
    const Selection selection = select_rows(dataset.id(), path, name, info, rows);
    std::vector<T> values(static_cast<std::size_t>(selection.items));
    if (values.empty()) return values;
    const auto read = [&](hid_t as, void* to) {
        return H5Dread(dataset.id(), as, selection.memory.id(), selection.file.id(), H5P_DEFAULT, to) >= 0;
    };
    const Hdf5Handle stored(H5Dget_type(dataset.id()), H5Tclose);
    bool good = false;
    if (H5Tget_class(stored.id()) == H5T_ENUM) {
        // As they are first: the library would convert their names.
        const Hdf5Handle names(H5Tget_native_type(stored.id(), H5T_DIR_ASCEND), H5Tclose);
        const Hdf5Handle integers(H5Tget_super(names.id()), H5Tclose);
        std::vector<std::uint64_t> buffer(values.size());
        good = H5Tget_size(names.id()) <= sizeof(std::uint64_t) && read(names.id(), buffer.data()) &&
               H5Tconvert(integers.id(), memory_type(type), values.size(), buffer.data(), nullptr, H5P_DEFAULT) >= 0;
        std::memcpy(values.data(), buffer.data(), values.size() * sizeof(T));
    } else {
        good = read(memory_type(type), values.data());
    }
    if (!good) throw damaged_hdf5(path, name, "cannot be read" + hdf5_reason());
    return values;
}

/// Makes the groups that lead to `name`.
void make_groups(hid_t file, const std::string& path, const std::string& name) {
    for (std::size_t slash = name.find('/', 1); slash != std::string::npos; slash = name.find('/', slash + 1)) {
        const std::string group = name.substr(0, slash);
        if (H5Lexists(file, group.c_str(), H5P_DEFAULT) > 0) continue;
        const Hdf5Handle plan(H5Pcreate(H5P_GROUP_CREATE), H5Pclose);
        H5Pset_obj_track_times(plan.id(), false);
        const Hdf5Handle made(H5Gcreate2(file, group.c_str(), H5P_DEFAULT, plan.id(), H5P_DEFAULT), H5Gclose);
        if (!made.valid()) throw runtime_failure(path, "the group " + group + " cannot be written" + hdf5_reason());
    }
}

/// Of any length, so that h5py gives a str.
hid_t text_type() {
    const hid_t type = H5Tcopy(H5T_C_S1);
    H5Tset_size(type, H5T_VARIABLE);
    H5Tset_cset(type, H5T_CSET_UTF8);
    return type;
}

/// Of a file that is written, what leads to its data goes to disk all at once or not at all until it is closed: what is
/// there stays readable.
void keep_metadata(hid_t access) {
    H5AC_cache_config_t cache;
    cache.version = H5AC__CURR_CACHE_CONFIG_VERSION;
    if (H5Pget_mdc_config(access, &cache) < 0) return;
    cache.evictions_enabled = false;
    cache.incr_mode = H5C_incr__off;
    cache.flash_incr_mode = H5C_flash_incr__off;
    cache.decr_mode = H5C_decr__off;
    H5Pset_mdc_config(access, &cache);
}

Error write_failure(const std::string& path, const std::string& name) {
    return runtime_failure(path, (name.empty() ? "the file" : name) + " cannot be written" + hdf5_reason(),
                           "free space and permission to write there");
}

}  // namespace

std::string hdf5_reason() {
    std::string text;
    H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, keep_first, &text);
    // Each thread has errors of its own, which would outlive one that ends.
    H5Eclear2(H5E_DEFAULT);
    // Failures of the system come with times and addresses around the message that matters.
    const std::string marker = "error message = '";
    const std::size_t begin = text.find(marker);
    if (begin != std::string::npos) {
        const std::size_t end = text.find('\'', begin + marker.size());
        text = text.substr(begin + marker.size(), end - begin - marker.size());
    }
    if (text == std::strerror(EFBIG)) text = system_reason(EFBIG);
    return text.empty() ? text : " (" + text + ")";
}

Error damaged_hdf5(const std::string& path, const std::string& name, const std::string& what) {
    return input_error(path, name, what, "an undamaged HDF5 file; copy or make it again");
}

Hdf5Handle::Hdf5Handle(Hdf5Handle&& other) noexcept
    : id_(std::exchange(other.id_, -1)), close_(std::exchange(other.close_, nullptr)) {}

Hdf5Handle& Hdf5Handle::operator=(Hdf5Handle&& other) noexcept {
    if (this == &other) return *this;
    let_go();
    id_ = std::exchange(other.id_, -1);
    close_ = std::exchange(other.close_, nullptr);
    return *this;
}

/// Nobody asks why it failed.
void Hdf5Handle::let_go() {
    if (!close()) H5Eclear2(H5E_DEFAULT);
}

bool Hdf5Handle::close() {
    if (!valid()) return true;
    return close_(std::exchange(id_, -1)) >= 0;
}

Hdf5Reader::Hdf5Reader(std::string path) : path_(std::move(path)) {
    prepare_library();
    std::error_code failure;
    const auto status = std::filesystem::status(path_, failure);
    if (const std::string obstacle = obstacle_at(path_); !obstacle.empty())
        throw input_error(path_, "", "cannot be read: " + obstacle, "an HDF5 file");
    if (!std::filesystem::exists(status)) throw input_error(path_, "", "no such file", "an HDF5 file");
    if (!std::filesystem::is_regular_file(status)) throw input_error(path_, "", "is not a file", "an HDF5 file");
    const Hdf5Handle access(H5Pcreate(H5P_FILE_ACCESS), H5Pclose);
    // Reading needs no lock, and some network file systems have none.
    H5Pset_file_locking(access.id(), false, true);
    file_ = Hdf5Handle(H5Fopen(path_.c_str(), H5F_ACC_RDONLY, access.id()), H5Fclose);
    if (!file_.valid()) throw damaged_hdf5(path_, "", "cannot be read as HDF5" + hdf5_reason());
}

bool Hdf5Reader::has(const std::string& name) const {
    prepare_library();
    // The library answers for a name only once every group on the way exists.
    for (std::size_t slash = name.find('/', 1); slash != std::string::npos; slash = name.find('/', slash + 1)) {
        if (H5Lexists(file_.id(), name.substr(0, slash).c_str(), H5P_DEFAULT) <= 0) return false;
    }
    return H5Lexists(file_.id(), name.c_str(), H5P_DEFAULT) > 0;
}

std::vector<std::string> Hdf5Reader::names(const std::string& group) const {
    prepare_library();
    std::vector<std::string> found;
    if (group != "/" && !has(group)) return found;
    const Hdf5Handle handle(H5Gopen2(file_.id(), group.c_str(), H5P_DEFAULT), H5Gclose);
    if (!handle.valid()) throw damaged_hdf5(path_, group, "cannot be opened as a group" + hdf5_reason());
    const auto collect = [](hid_t, const char* name, const H5L_info_t*, void* list) -> herr_t {
        static_cast<std::vector<std::string>*>(list)->push_back(name);
        return 0;
    };
    hsize_t position = 0;
    if (H5Literate(handle.id(), H5_INDEX_NAME, H5_ITER_NATIVE, &position, collect, &found) < 0) {
        throw damaged_hdf5(path_, group, "cannot be listed" + hdf5_reason());
    }
    std::sort(found.begin(), found.end());
    return found;
}

Hdf5Info Hdf5Reader::inspect(const std::string& name) const {
    if (!has(name)) throw input_error(path_, name, "is missing", "a data set of this name");
    const Hdf5Handle dataset = open_hdf5_dataset(file_.id(), path_, name);
    const Hdf5Handle type(H5Dget_type(dataset.id()), H5Tclose);
    if (!type.valid()) throw damaged_hdf5(path_, name, "has no readable type" + hdf5_reason());
    Hdf5Info info;
    info.type = class_of(type.id());
    info.is_signed = info.type == Hdf5Class::integer && is_signed(type.id());
    const std::size_t item_bytes = H5Tget_size(type.id());
    if (info.type == Hdf5Class::other || item_bytes == 0 || item_bytes > 16) {
        throw input_error(path_, name, "does not hold plain numbers", "integers or floating point numbers");
    }
    info.item_bytes = static_cast<int>(item_bytes);
    inspect_space(dataset.id(), path_, name, info);
    info.files = checked_sources(dataset.id(), path_, name);
    return info;
}

std::optional<std::int64_t> Hdf5Reader::whole_attribute(const std::string& object, const std::string& name) const {
    prepare_library();
    if (object != "/" && !has(object)) return std::nullopt;
    const htri_t there = H5Aexists_by_name(file_.id(), object.c_str(), name.c_str(), H5P_DEFAULT);
    if (there < 0) throw damaged_hdf5(path_, object, "has no readable attributes" + hdf5_reason());
    if (there == 0) return std::nullopt;
    const Hdf5Handle attribute(H5Aopen_by_name(file_.id(), object.c_str(), name.c_str(), H5P_DEFAULT, H5P_DEFAULT),
                               H5Aclose);
    if (!attribute.valid()) throw damaged_hdf5(path_, object, "has a damaged attribute " + name + hdf5_reason());
    const Hdf5Handle type(H5Aget_type(attribute.id()), H5Tclose);
    const Hdf5Handle space(H5Aget_space(attribute.id()), H5Sclose);
    const bool is_one = space.valid() && H5Sget_simple_extent_npoints(space.id()) == 1;
    if (!type.valid() || !is_one || class_of(type.id()) != Hdf5Class::integer)
        throw input_error(path_, object, "has an attribute " + name + " that is no whole number", "one number");
    std::int64_t value = 0;
    if (H5Aread(attribute.id(), H5T_NATIVE_INT64, &value) < 0)
        throw damaged_hdf5(path_, object, "has a damaged attribute " + name + hdf5_reason());
    return value;
}

std::vector<float> Hdf5Reader::read_floats(const std::string& name, Hdf5Rows rows) const {
    return read_rows<float>(file_.id(), path_, name, inspect(name), rows, Hdf5Type::float32);
}

std::vector<std::int32_t> Hdf5Reader::read_integers(const std::string& name, Hdf5Rows rows) const {
    const Hdf5Info info = inspect(name);
    if (info.type != Hdf5Class::integer) throw input_error(path_, name, "holds floating point numbers", "integers");
    return read_rows<std::int32_t>(file_.id(), path_, name, info, rows, Hdf5Type::int32);
}

std::vector<double> Hdf5Reader::read_doubles(const std::string& name, Hdf5Rows rows) const {
    return read_rows<double>(file_.id(), path_, name, inspect(name), rows, Hdf5Type::float64);
}

std::vector<std::int64_t> Hdf5Reader::read_wide_integers(const std::string& name, Hdf5Rows rows) const {
    const Hdf5Info info = inspect(name);
    if (info.type != Hdf5Class::integer) throw input_error(path_, name, "holds floating point numbers", "integers");
    if (info.item_bytes <= 8 && (info.is_signed || info.item_bytes < 8))
        return read_rows<std::int64_t>(file_.id(), path_, name, info, rows, Hdf5Type::int64);
    const auto values = read_rows<std::uint64_t>(file_.id(), path_, name, info, rows, Hdf5Type::uint64);
    for (std::size_t i = 0; i < values.size(); ++i) {
        if (values[i] <= static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) continue;
        throw input_error(path_, name, fmt::format("number {} (from 0) is {}", i, values[i]), "integers of 63 bits");
    }
    return {values.begin(), values.end()};
}

std::vector<std::uint8_t> Hdf5Reader::read_bytes(const std::string& name, Hdf5Rows rows) const {
    const Hdf5Info info = inspect(name);
    if (info.type != Hdf5Class::integer || info.item_bytes != 1) {
        throw input_error(path_, name, "does not hold bytes", "8-bit integers");
    }
    return read_rows<std::uint8_t>(file_.id(), path_, name, info, rows, Hdf5Type::uint8);
}

Hdf5Dataset::Hdf5Dataset(std::string path, std::string name, Hdf5Type type, Hdf5Handle handle)
    : path_(std::move(path)), name_(std::move(name)), type_(type), handle_(std::move(handle)) {}

void Hdf5Dataset::write(std::span<const float> values, std::span<const std::int64_t> first,
                        std::span<const std::int64_t> count) {
    write_block(Hdf5Type::float32, values.data(), values.size(), first, count);
}

void Hdf5Dataset::write(std::span<const std::int32_t> values, std::span<const std::int64_t> first,
                        std::span<const std::int64_t> count) {
    write_block(Hdf5Type::int32, values.data(), values.size(), first, count);
}

void Hdf5Dataset::write(std::span<const std::uint8_t> values, std::span<const std::int64_t> first,
                        std::span<const std::int64_t> count) {
    write_block(Hdf5Type::uint8, values.data(), values.size(), first, count);
}

void Hdf5Dataset::write(std::span<const std::int64_t> values, std::span<const std::int64_t> first,
                        std::span<const std::int64_t> count) {
    write_block(Hdf5Type::int64, values.data(), values.size(), first, count);
}

void Hdf5Dataset::write(std::span<const double> values, std::span<const std::int64_t> first,
                        std::span<const std::int64_t> count) {
    write_block(Hdf5Type::float64, values.data(), values.size(), first, count);
}

void Hdf5Dataset::write(std::span<const std::uint64_t> values, std::span<const std::int64_t> first,
                        std::span<const std::int64_t> count) {
    write_block(Hdf5Type::uint64, values.data(), values.size(), first, count);
}

void Hdf5Dataset::write(std::span<const std::uint32_t> values, std::span<const std::int64_t> first,
                        std::span<const std::int64_t> count) {
    write_block(Hdf5Type::uint32, values.data(), values.size(), first, count);
}

void Hdf5Dataset::write_block(Hdf5Type type, const void* values, std::size_t items, std::span<const std::int64_t> first,
                              std::span<const std::int64_t> count) {
    assert(type == type_ && first.size() == count.size());
    assert(static_cast<std::int64_t>(items) == product(count));
    if (items == 0) return;
    prepare_library();
    const Hdf5Handle file_space(H5Dget_space(handle_.id()), H5Sclose);
    const auto memory_extent = static_cast<hsize_t>(items);
    const Hdf5Handle memory_space(H5Screate_simple(1, &memory_extent, nullptr), H5Sclose);
    if (!first.empty()) {
        H5Sselect_hyperslab(file_space.id(), H5S_SELECT_SET, to_extent(first).data(), nullptr, to_extent(count).data(),
                            nullptr);
    }
    // A block that sticks out of the shape is refused by the library, here.
    if (H5Dwrite(handle_.id(), memory_type(type), memory_space.id(), file_space.id(), H5P_DEFAULT, values) < 0) {
        throw write_failure(path_, name_);
    }
}

Hdf5Writer::Hdf5Writer(std::string path) : path_(std::move(path)) {
    prepare_library();
    const Hdf5Handle plan(H5Pcreate(H5P_FILE_CREATE), H5Pclose);
    H5Pset_obj_track_times(plan.id(), false);
    access_ = Hdf5Handle(H5Pcreate(H5P_FILE_ACCESS), H5Pclose);
    const Hdf5Handle& access = access_;
    // One process writes there, since directories are locked; and some network file systems have no locks.
    H5Pset_file_locking(access.id(), false, true);
    H5Pset_fclose_degree(access.id(), H5F_CLOSE_STRONG);
    keep_metadata(access.id());
    file_ = Hdf5Handle(H5Fcreate(path_.c_str(), H5F_ACC_TRUNC, plan.id(), access.id()), H5Fclose);
    if (!file_.valid()) throw write_failure(path_, "");
}

Hdf5Dataset Hdf5Writer::create(const std::string& name, Hdf5Type type, std::span<const std::int64_t> shape) {
    prepare_library();
    make_groups(file_.id(), path_, name);
    const Hdf5Handle plan(H5Pcreate(H5P_DATASET_CREATE), H5Pclose);
    H5Pset_layout(plan.id(), H5D_CONTIGUOUS);
    H5Pset_alloc_time(plan.id(), H5D_ALLOC_TIME_EARLY);
    H5Pset_fill_time(plan.id(), H5D_FILL_TIME_NEVER);
    H5Pset_obj_track_times(plan.id(), false);
    const std::vector<hsize_t> extent = to_extent(shape);
    const Hdf5Handle space(shape.empty() ? H5Screate(H5S_SCALAR)
                                         : H5Screate_simple(static_cast<int>(extent.size()), extent.data(), nullptr),
                           H5Sclose);
    Hdf5Handle dataset(
        H5Dcreate2(file_.id(), name.c_str(), file_type(type), space.id(), H5P_DEFAULT, plan.id(), H5P_DEFAULT),
        H5Dclose);
    if (!dataset.valid()) throw write_failure(path_, name);
    return Hdf5Dataset(path_, name, type, std::move(dataset));
}

void Hdf5Writer::write(const std::string& name, std::span<const float> values, std::span<const std::int64_t> shape) {
    create(name, Hdf5Type::float32, shape).write(values, std::vector<std::int64_t>(shape.size(), 0), shape);
}

void Hdf5Writer::write(const std::string& name, std::span<const std::int32_t> values,
                       std::span<const std::int64_t> shape) {
    create(name, Hdf5Type::int32, shape).write(values, std::vector<std::int64_t>(shape.size(), 0), shape);
}

void Hdf5Writer::write(const std::string& name, std::span<const std::uint8_t> values,
                       std::span<const std::int64_t> shape) {
    create(name, Hdf5Type::uint8, shape).write(values, std::vector<std::int64_t>(shape.size(), 0), shape);
}

void Hdf5Writer::write(const std::string& name, std::span<const std::int64_t> values,
                       std::span<const std::int64_t> shape) {
    create(name, Hdf5Type::int64, shape).write(values, std::vector<std::int64_t>(shape.size(), 0), shape);
}

/// `count` -1: a single value.
void Hdf5Writer::write_attribute(const std::string& object, const std::string& name, hid_t type, const void* values,
                                 std::int64_t count) {
    const auto extent = static_cast<hsize_t>(count);
    const Hdf5Handle space(count < 0 ? H5Screate(H5S_SCALAR) : H5Screate_simple(1, &extent, nullptr), H5Sclose);
    const Hdf5Handle made(H5Acreate_by_name(file_.id(), object.c_str(), name.c_str(), type, space.id(), H5P_DEFAULT,
                                            H5P_DEFAULT, H5P_DEFAULT),
                          H5Aclose);
    const Hdf5Handle native(H5Tget_native_type(type, H5T_DIR_ASCEND), H5Tclose);
    if (!made.valid() || H5Awrite(made.id(), native.id(), values) < 0) throw write_failure(path_, "attribute " + name);
}

void Hdf5Writer::attribute(const std::string& name, std::int64_t number) {
    prepare_library();
    write_attribute("/", name, H5T_STD_I64LE, &number, -1);
}

void Hdf5Writer::attribute(const std::string& object, const std::string& name, std::int64_t number) {
    prepare_library();
    write_attribute(object, name, H5T_STD_I64LE, &number, -1);
}

void Hdf5Writer::attribute(const std::string& object, const std::string& name, std::span<const std::uint32_t> numbers) {
    prepare_library();
    const auto count = static_cast<std::int64_t>(numbers.size());
    write_attribute(object, name, H5T_STD_U32LE, numbers.data(), count == 1 ? -1 : count);
}

void Hdf5Writer::choice_attribute(const std::string& object, const std::string& name,
                                  const std::vector<std::string>& words, std::uint8_t chosen) {
    prepare_library();
    const Hdf5Handle type(H5Tenum_create(H5T_STD_U8LE), H5Tclose);
    for (std::size_t i = 0; i < words.size(); ++i) {
        const auto number = static_cast<std::uint8_t>(i);
        H5Tenum_insert(type.id(), words[i].c_str(), &number);
    }
    write_attribute(object, name, type.id(), &chosen, -1);
}

void Hdf5Writer::attribute(const std::string& name, double number) {
    prepare_library();
    write_attribute("/", name, H5T_IEEE_F64LE, &number, -1);
}

void Hdf5Writer::attribute(const std::string& name, std::span<const std::int64_t> numbers) {
    prepare_library();
    write_attribute("/", name, H5T_STD_I64LE, numbers.data(), static_cast<std::int64_t>(numbers.size()));
}

void Hdf5Writer::attribute(const std::string& name, const std::string& text) {
    attribute("/", name, text);
}

void Hdf5Writer::attribute(const std::string& name, const std::vector<std::string>& texts) {
    attribute("/", name, texts);
}

void Hdf5Writer::attribute(const std::string& object, const std::string& name, const std::string& text) {
    prepare_library();
    const Hdf5Handle type(text_type(), H5Tclose);
    const char* pointer = text.c_str();
    write_attribute(object, name, type.id(), &pointer, -1);
}

void Hdf5Writer::attribute(const std::string& object, const std::string& name, const std::vector<std::string>& texts) {
    prepare_library();
    const Hdf5Handle type(text_type(), H5Tclose);
    std::vector<const char*> pointers;
    for (const std::string& text : texts) pointers.push_back(text.c_str());
    write_attribute(object, name, type.id(), pointers.data(), static_cast<std::int64_t>(pointers.size()));
}

void Hdf5Writer::remove(const std::string& name) {
    prepare_library();
    const std::string path = name.ends_with('/') ? name.substr(0, name.size() - 1) : name;
    const std::string parent = path.substr(0, path.rfind('/'));
    if (!parent.empty() && H5Lexists(file_.id(), parent.c_str(), H5P_DEFAULT) <= 0) return;
    if (H5Lexists(file_.id(), path.c_str(), H5P_DEFAULT) <= 0) return;
    if (H5Ldelete(file_.id(), path.c_str(), H5P_DEFAULT) < 0) throw write_failure(path_, name);
}

void Hdf5Writer::commit() {
    prepare_library();
    // Closed and opened again: what the library has kept in memory is gone, too.
    if (!file_.close()) throw write_failure(path_, "");
    file_ = Hdf5Handle(H5Fopen(path_.c_str(), H5F_ACC_RDWR, access_.id()), H5Fclose);
    if (!file_.valid()) throw write_failure(path_, "");
}

void Hdf5Writer::flush() {
    prepare_library();
    if (H5Fflush(file_.id(), H5F_SCOPE_LOCAL) < 0) throw write_failure(path_, "");
}

void Hdf5Writer::close() {
    prepare_library();
    if (!file_.close()) throw write_failure(path_, "");
}

}  // namespace settle
