// HDF5 files: the one place that talks to the HDF5 library. Every failure is an Error with the file, the data set and
// what to do; nothing is allocated before a header has been checked against the size of the file.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/error.hpp"
#include "sim/formats/shape_text.hpp"

namespace settle {

/// What the library said last, as " (reason)"; "" if it said nothing.
std::string hdf5_reason();

/// Of a file, or a data set in it, that cannot be what it should be.
Error damaged_hdf5(const std::string& path, const std::string& name, const std::string& what);

/// Owns one identifier of the HDF5 library.
class Hdf5Handle {
public:
    using Close = int (*)(std::int64_t);

    Hdf5Handle() = default;
    Hdf5Handle(std::int64_t id, Close closer) : id_(id), close_(closer) {}
    Hdf5Handle(Hdf5Handle&& other) noexcept;
    Hdf5Handle& operator=(Hdf5Handle&& other) noexcept;
    ~Hdf5Handle() { let_go(); }

    std::int64_t id() const { return id_; }
    bool valid() const { return id_ >= 0; }
    /// False when the library reports a failure, which is where a full disk may show.
    bool close();

private:
    void let_go();

    std::int64_t id_ = -1;
    Close close_ = nullptr;
};

enum class Hdf5Class { integer, floating, other };
enum class Hdf5Type { float64, float32, int64, uint64, int32, uint32, uint8 };

/// What the header of a data set says; `items` fit the file. Booleans and other enumerations (of h5py) are integers.
struct Hdf5Info {
    std::vector<std::int64_t> shape;
    Hdf5Class type = Hdf5Class::other;
    bool is_signed = false;
    int item_bytes = 0;
    std::int64_t items = 0;
    std::vector<std::string> files = {};  ///< that hold it, more than one for a virtual data set

    bool unsigned_bytes() const { return type == Hdf5Class::integer && item_bytes == 1 && !is_signed; }
};

/// Rows (first dimension) to read; count -1: all from `first` on.
struct Hdf5Rows {
    std::int64_t first = 0;
    std::int64_t count = -1;
};

/// An existing file. All failures are errors of the input. Names are absolute ("/weights/0"). Links to other files and
/// virtual data sets are followed, from the folder of the file that they stand in.
class Hdf5Reader {
public:
    explicit Hdf5Reader(std::string path);

    const std::string& path() const { return path_; }
    bool has(const std::string& name) const;
    /// Names directly inside a group, sorted; empty when there is no such group.
    std::vector<std::string> names(const std::string& group) const;
    /// Checked: plain numbers, of no more bytes than the files that hold them can have, no file of them missing, stored
    /// with filters that the library has.
    Hdf5Info inspect(const std::string& name) const;
    /// An attribute of an object ("/": of the file itself); nullopt: it has none of this name. Throws where it is no
    /// single whole number.
    std::optional<std::int64_t> whole_attribute(const std::string& object, const std::string& name) const;

    /// Row-major. Floats and doubles are read from any number, integers from integers (those that do not fit int32 are
    /// clipped to its range, those that do not fit int64 an error), bytes from 8-bit integers only.
    std::vector<float> read_floats(const std::string& name, Hdf5Rows rows = {}) const;
    std::vector<std::int32_t> read_integers(const std::string& name, Hdf5Rows rows = {}) const;
    std::vector<double> read_doubles(const std::string& name, Hdf5Rows rows = {}) const;
    std::vector<std::int64_t> read_wide_integers(const std::string& name, Hdf5Rows rows = {}) const;
    std::vector<std::uint8_t> read_bytes(const std::string& name, Hdf5Rows rows = {}) const;

private:
    std::string path_;
    Hdf5Handle file_;
};

/// A data set of fixed shape, being filled. Must not outlive its writer.
class Hdf5Dataset {
public:
    Hdf5Dataset(std::string path, std::string name, Hdf5Type type, Hdf5Handle handle);

    /// Writes the block of extent `count` at `first` (both: one item a dimension); the values are row-major, of the
    /// type the data set was made with.
    void write(std::span<const float> values, std::span<const std::int64_t> first, std::span<const std::int64_t> count);
    void write(std::span<const std::int32_t> values, std::span<const std::int64_t> first,
               std::span<const std::int64_t> count);
    void write(std::span<const std::uint8_t> values, std::span<const std::int64_t> first,
               std::span<const std::int64_t> count);
    void write(std::span<const std::int64_t> values, std::span<const std::int64_t> first,
               std::span<const std::int64_t> count);
    void write(std::span<const double> values, std::span<const std::int64_t> first,
               std::span<const std::int64_t> count);
    void write(std::span<const std::uint64_t> values, std::span<const std::int64_t> first,
               std::span<const std::int64_t> count);
    void write(std::span<const std::uint32_t> values, std::span<const std::int64_t> first,
               std::span<const std::int64_t> count);

private:
    void write_block(Hdf5Type type, const void* values, std::size_t items, std::span<const std::int64_t> first,
                     std::span<const std::int64_t> count);

    std::string path_;
    std::string name_;
    Hdf5Type type_;
    Hdf5Handle handle_;
};

/// A new file; an old one of that name is replaced. The same calls give the same bytes: no time stamps, no fill values.
/// All failures are run-time failures (a full disk, most of all). Missing groups of a name are made.
class Hdf5Writer {
public:
    explicit Hdf5Writer(std::string path);

    /// As it is now the file survives a kill of the process from here on, until the next commit, but for one that comes
    /// while this is being done. Data sets must not be open.
    void commit();

    /// Contiguous, its space reserved at once; what is never written reads as 0.
    Hdf5Dataset create(const std::string& name, Hdf5Type type, std::span<const std::int64_t> shape);

    void write(const std::string& name, std::span<const float> values, std::span<const std::int64_t> shape);
    void write(const std::string& name, std::span<const std::int32_t> values, std::span<const std::int64_t> shape);
    void write(const std::string& name, std::span<const std::uint8_t> values, std::span<const std::int64_t> shape);
    void write(const std::string& name, std::span<const std::int64_t> values, std::span<const std::int64_t> shape);

    /// An attribute of the file itself (of its root group): a text, a number, or some of them.
    void attribute(const std::string& name, const std::string& text);
    void attribute(const std::string& name, std::int64_t number);
    void attribute(const std::string& name, double number);
    void attribute(const std::string& name, const std::vector<std::string>& texts);
    void attribute(const std::string& name, std::span<const std::int64_t> numbers);

    /// Of a group or a data set.
    void attribute(const std::string& object, const std::string& name, const std::string& text);
    void attribute(const std::string& object, const std::string& name, const std::vector<std::string>& texts);
    void attribute(const std::string& object, const std::string& name, std::int64_t number);
    /// One of them is a single value.
    void attribute(const std::string& object, const std::string& name, std::span<const std::uint32_t> numbers);
    /// One of several words, stored as an enumeration of bytes that counts them from 0.
    void choice_attribute(const std::string& object, const std::string& name, const std::vector<std::string>& words,
                          std::uint8_t chosen);

    /// Takes a group or a data set out of the file, if it is there. Data sets of it must not be open.
    void remove(const std::string& name);

    /// Hands everything to the operating system.
    void flush();
    /// Ends the file; without it the destructor does, but then nobody hears of a failure.
    void close();

private:
    void write_attribute(const std::string& object, const std::string& name, std::int64_t type, const void* values,
                         std::int64_t count);

    std::string path_;
    Hdf5Handle file_;
    Hdf5Handle access_;
};

}  // namespace settle
